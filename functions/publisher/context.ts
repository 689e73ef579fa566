import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  InvalidParameterException,
  InvalidParameterValueException,
  PublishCommand,
  SNSClient,
} from '@aws-sdk/client-sns';
import type * as v from 'valibot';
import type { AlertSettings } from '../alerts/alert-settings.ts';
import type { SnsMessage } from '../alerts/message.ts';
import { messageFor } from '../alerts/message-for.ts';
import { createOutbox, type Outbox, type TopicName } from '../alerts/outbox.ts';
import { PATIENT } from '../runtime/clients.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { createSilences, type Silences } from '../silences/silences.ts';
import { publisherEnvironment } from './environment.ts';

/** Everything that the publisher uses from outside. */
export interface PublisherContext {
  outbox: Outbox;
  silences: Pick<Silences, 'list'>;
  /**
   * Publishes to a topic the forms of a message that are for it. Returns SNS's message id; undefined if SNS will never
   * take this message as it is.
   */
  publish(topic: TopicName, message: SnsMessage): Promise<string | undefined>;
  settings: AlertSettings;
  /** Epoch ms. */
  now: () => number;
  newHolder: () => string;
}

export function createContext(variables: NodeJS.ProcessEnv): PublisherContext {
  const environment = readEnvironment(publisherEnvironment, variables);
  const sns = new SNSClient(PATIENT);
  const arns = {
    alerts: environment.ALERTS_TOPIC_ARN,
    chat: environment.CHAT_TOPIC_ARN,
    probe: environment.PROBE_TOPIC_ARN,
  };
  return createPublisher(environment, new DynamoDBClient(PATIENT), async (topic, message) => {
    // The message is for a probe that was taken out of the stack a moment ago.
    const TopicArn = arns[topic];
    if (TopicArn === undefined) return undefined;
    try {
      const { MessageId } = await sns.send(new PublishCommand({ TopicArn, ...messageFor(topic, message) }));
      return MessageId ?? '';
    } catch (error) {
      if (error instanceof InvalidParameterException || error instanceof InvalidParameterValueException)
        return undefined;
      throw error;
    }
  });
}

type Environment = v.InferOutput<typeof publisherEnvironment>;

/** A publisher on the tables of its environment. Scenarios make their own, with their own clock (epoch ms). */
export function createPublisher(
  environment: Pick<Environment, 'RECORDS_TABLE' | 'REGISTRY_TABLE' | 'ALERT_SETTINGS'>,
  client: DynamoDBClient,
  publish: PublisherContext['publish'],
  now: () => number = Date.now,
): PublisherContext {
  return {
    outbox: createOutbox(client, environment.RECORDS_TABLE),
    silences: createSilences(client, environment.REGISTRY_TABLE),
    publish,
    settings: environment.ALERT_SETTINGS,
    now,
    newHolder: randomUUID,
  };
}
