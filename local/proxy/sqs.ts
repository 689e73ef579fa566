import { ACCOUNT, REGION } from '../environment.ts';
import type { Asked } from './call.ts';
import { text } from './json.ts';

/** A batch needs the permission of the single operation. */
const batches: ReadonlyMap<string, string> = new Map([
  ['SendMessageBatch', 'SendMessage'],
  ['DeleteMessageBatch', 'DeleteMessage'],
  ['ChangeMessageVisibilityBatch', 'ChangeMessageVisibility'],
]);

/** `body` is the parsed request of `X-Amz-Target: AmazonSQS.OPERATION`; a queue's URL ends in `/ACCOUNT/NAME`. */
export function sqsRequest(operation: string, body: Record<string, unknown>): Asked {
  const action = `sqs:${batches.get(operation) ?? operation}`;
  const [name, account = ACCOUNT] = text(body.QueueUrl)?.split('/').reverse() ?? [text(body.QueueName)];
  const resource = name ? `arn:aws:sqs:${REGION}:${account}:${name}` : '*';
  return { service: 'sqs', action, needs: [{ action, resource }] };
}
