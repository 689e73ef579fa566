import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { messageKey } from '../keys/records.ts';
import type { Outbox, StoredMessage } from './outbox.ts';
import { noteSent } from './sent.ts';

/**
 * Ends a message that SNS does not take: what it tells of is pending no more, and the message keeps when and why. Under the publisher's
 * lease only. It is taken out of the unpublished last, so that whoever dies before can do it again.
 */
export async function dropMessage(
  client: DynamoDBClient,
  table: string,
  outbox: Pick<Outbox, 'settle' | 'forget'>,
  { id, members }: Pick<StoredMessage, 'members'> & { id: string },
  reason: string,
  now: number,
): Promise<void> {
  await outbox.settle(id, members);
  await noteSent(client, table, id, now);
  await client.send(
    new UpdateItemCommand({
      TableName: table,
      Key: marshall(messageKey(id)),
      UpdateExpression: 'SET droppedAt = :now, dropReason = :reason',
      ExpressionAttributeValues: marshall({ ':now': now, ':reason': reason }),
    }),
  );
  await outbox.forget(id);
}
