import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { sentKey } from '../keys/records.ts';
import { EXPIRES_AT, FORMAT } from '../keys/tables.ts';
import { putIfAbsent } from '../store/items.ts';
import type { Outbox } from './outbox.ts';

/** At least as long as the message, seconds. */
const KEPT_SECONDS = 400 * 86_400;

/**
 * Notes under its day (UTC) that a message was done with: sent, or dropped. What it tells of may be months older, and it lies under
 * that. First, and twice does no harm: a death before the message says so itself leaves it to be done with again.
 */
export async function noteSent(client: DynamoDBClient, table: string, id: string, at: number): Promise<void> {
  const expiresAt = Math.floor(at / 1000) + KEPT_SECONDS;
  await putIfAbsent(client, table, { ...sentKey(at, id), format: FORMAT, [EXPIRES_AT]: expiresAt });
}

/** An outbox whose messages are found by the day on which they were sent. */
export function notingSent(outbox: Outbox, client: DynamoDBClient, table: string): Outbox {
  return {
    ...outbox,
    async markPublished(id, now) {
      await noteSent(client, table, id, now);
      await outbox.markPublished(id, now);
    },
  };
}
