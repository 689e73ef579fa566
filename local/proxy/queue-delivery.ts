import { GetSubscriptionAttributesCommand, paginateListSubscriptionsByTopic, SNSClient } from '@aws-sdk/client-sns';
import { QueueDoesNotExist, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { ACCOUNT, REGION } from '../environment.ts';
import { Unsupported } from './call.ts';
import type { MessageAttribute } from './message-attributes.ts';
import type { Published } from './sns-rules.ts';
import { passesFilter } from './subscription-filter.ts';

/** Delivers published messages to the queues that subscribe to their topic. */
export interface QueueDelivery {
  deliver(message: Published): Promise<void>;
  close(): void;
}

/**
 * The emulator at `url` has topics, subscriptions and queues, but its own filters compare a list of values as one text.
 */
export function createQueueDelivery(url: string): QueueDelivery {
  const client = { region: REGION, endpoint: url, credentials: { accessKeyId: 'sns', secretAccessKey: 'local' } };
  const [sns, sqs] = [new SNSClient(client), new SQSClient(client)];

  async function deliverTo(queueArn: string, message: Published, subscriptionArn: string): Promise<void> {
    const asked = new GetSubscriptionAttributesCommand({ SubscriptionArn: subscriptionArn });
    const { Attributes = {} } = await sns.send(asked);
    const { FilterPolicy, FilterPolicyScope, RawMessageDelivery } = Attributes;
    if (FilterPolicyScope === 'MessageBody')
      throw new Unsupported('A filter policy on the message body is not supported.');
    if (FilterPolicy !== undefined && !passesFilter(FilterPolicy, message.attributes)) return;
    // A queue outside the stack has a stand-in of the same name here.
    const QueueUrl = `${url}/${ACCOUNT}/${queueArn.slice(queueArn.lastIndexOf(':') + 1)}`;
    const body = message.bodies.sqs ?? message.bodies.default ?? '';
    const sent =
      RawMessageDelivery === 'true'
        ? { MessageBody: body, MessageAttributes: rawAttributes(message.attributes) }
        : { MessageBody: envelope(message, body, subscriptionArn) };
    await sqs.send(new SendMessageCommand({ QueueUrl, ...sent }));
  }

  return {
    async deliver(message) {
      const pages = paginateListSubscriptionsByTopic({ client: sns }, { TopicArn: message.topicArn });
      for await (const { Subscriptions = [] } of pages) {
        for (const { Protocol, Endpoint = '', SubscriptionArn = '' } of Subscriptions) {
          if (Protocol !== 'sqs') continue;
          try {
            await deliverTo(Endpoint, message, SubscriptionArn);
          } catch (error) {
            // SNS reports nothing to the publisher if a queue is gone.
            if (!(error instanceof QueueDoesNotExist)) throw error;
          }
        }
      }
    },
    close() {
      sns.destroy();
      sqs.destroy();
    },
  };
}

/** With raw delivery, the attributes become those of the queue's message. */
function rawAttributes(attributes: Readonly<Record<string, MessageAttribute>>) {
  const given = Object.entries(attributes).map(([name, { type: DataType, value }]) => {
    const isBinary = DataType === 'Binary';
    return [name, { DataType, ...(isBinary ? { BinaryValue: Buffer.from(value, 'base64') } : { StringValue: value }) }];
  });
  return Object.fromEntries(given);
}

/** The JSON in which SNS wraps a message; without a real signature, because nobody checks one here. */
function envelope({ messageId, topicArn, subject, attributes }: Published, body: string, subscriptionArn: string) {
  const given = Object.entries(attributes).map(([name, { type, value }]) => [name, { Type: type, Value: value }]);
  return JSON.stringify({
    Type: 'Notification',
    MessageId: messageId,
    TopicArn: topicArn,
    Subject: subject,
    Message: body,
    Timestamp: new Date().toISOString(),
    SignatureVersion: '1',
    Signature: 'none',
    SigningCertURL: `https://sns.${REGION}.amazonaws.com/none.pem`,
    UnsubscribeURL: `https://sns.${REGION}.amazonaws.com/?Action=Unsubscribe&SubscriptionArn=${subscriptionArn}`,
    ...(given.length > 0 && { MessageAttributes: Object.fromEntries(given) }),
  });
}
