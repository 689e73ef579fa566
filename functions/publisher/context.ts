import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  InvalidParameterException,
  InvalidParameterValueException,
  PublishCommand,
  SNSClient,
} from '@aws-sdk/client-sns';
import type { SnsMessage } from '../alerts/message.ts';
import { createOutbox, type Outbox } from '../alerts/outbox.ts';
import { PATIENT } from '../runtime/clients.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { publisherEnvironment } from './environment.ts';

/** All that the publisher reaches. */
export interface PublisherContext {
  outbox: Outbox;
  /** Publishes to the `alerts` topic and returns SNS's message id; undefined when SNS will never take this message as it is. */
  publish(message: SnsMessage): Promise<string | undefined>;
  now: () => number;
  newHolder: () => string;
}

export function createContext(variables: NodeJS.ProcessEnv): PublisherContext {
  const environment = readEnvironment(publisherEnvironment, variables);
  const sns = new SNSClient(PATIENT);
  return {
    outbox: createOutbox(new DynamoDBClient(PATIENT), environment.RECORDS_TABLE),
    async publish(message) {
      try {
        const { MessageId } = await sns.send(
          new PublishCommand({ TopicArn: environment.ALERTS_TOPIC_ARN, ...message }),
        );
        return MessageId ?? '';
      } catch (error) {
        if (error instanceof InvalidParameterException || error instanceof InvalidParameterValueException)
          return undefined;
        throw error;
      }
    },
    now: Date.now,
    newHolder: randomUUID,
  };
}
