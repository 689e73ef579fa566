import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import { type StoredMessage, storedMessage } from '../alerts/outbox.ts';
import { messageKey, messagesOf } from '../keys/records.ts';
import { isKept, queryItems } from '../store/items.ts';
import type { Tables } from './query.ts';
import { daysOf, type Range } from './range.ts';

/** A message that people or machines were told, with its id. */
export type Message = StoredMessage & { id: string };

const read = (item: Record<string, unknown>): Message => ({ ...v.parse(storedMessage, item), id: String(item.sk) });

/**
 * The messages about what was received in a range, newest first. A message lies under the day of the first thing that it tells of: one
 * query for each day.
 */
export async function* messagesByDay(
  { client, records }: Tables,
  { from, to }: Range,
  now: number,
): AsyncGenerator<Message> {
  for (const day of daysOf({ from, to }, true)) {
    const items = queryItems(client, {
      TableName: records,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: marshall({ ':pk': messagesOf(day) }),
      ScanIndexForward: false,
    });
    for await (const item of items) {
      const at = Number.parseInt(String(item.sk), 10);
      if (at >= from && at <= to && isKept(item, now)) yield read(item);
    }
  }
}

/** A message by its id, read consistently. */
export async function readMessage({ client, records }: Tables, id: string, now: number): Promise<Message | undefined> {
  if (!/^\d{1,15}-\w+$/.test(id)) return undefined;
  const Key = marshall(messageKey(id));
  const { Item } = await client.send(new GetItemCommand({ TableName: records, Key, ConsistentRead: true }));
  const item = Item && unmarshall(Item);
  return item && isKept(item, now) ? read(item) : undefined;
}
