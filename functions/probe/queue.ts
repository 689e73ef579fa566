import { DeleteMessageCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';

/** The queue that gets the messages of the canary. */
export interface Queue {
  /** The messages that are there, or else those that come within WAIT_SECONDS; possibly none. */
  receive(signal: AbortSignal): Promise<QueuedMessage[]>;
  remove(message: QueuedMessage, signal: AbortSignal): Promise<void>;
}

export interface QueuedMessage {
  body: string;
  handle: string;
}

/** The longest that SQS waits, so that waiting costs few calls. */
const WAIT_SECONDS = 20;

/** Settings for a client of the queue: an answer may take as long as SQS waits. */
export const WAITING = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, socketTimeout: (WAIT_SECONDS + 5) * 1_000 },
};

export function createQueue(client: SQSClient, QueueUrl: string): Queue {
  return {
    async receive(abortSignal) {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: WAIT_SECONDS }),
        { abortSignal },
      );
      return Messages.map(({ Body = '', ReceiptHandle = '' }) => ({ body: Body, handle: ReceiptHandle }));
    },
    async remove({ handle }, abortSignal) {
      await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: handle }), { abortSignal });
    },
  };
}
