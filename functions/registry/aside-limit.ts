import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { asideDigestsKey } from '../keys/registry.ts';
import { FORMAT } from '../keys/tables.ts';
import { unlessRefused } from '../store/items.ts';

/** How much of a primary is put aside whole in an hour. A primary that sends nothing but nonsense must not fill the ledger. */
export const ASIDES_PER_HOUR = 100;

/** How often it is decided again when another function added some meanwhile. */
const RETRIES = 3;

const DAY_SECONDS = 86_400;

/** Decides what is still put aside whole. */
export interface AsideLimit {
  /** Those of these digests that may be kept in the hour of `at` (epoch ms): what is kept already, and what still fits. */
  admit(primary: string, at: number, digests: readonly string[], signal: AbortSignal): Promise<ReadonlySet<string>>;
}

export function createAsideLimit(client: DynamoDBClient, table: string): AsideLimit {
  async function admit(
    primary: string,
    at: number,
    digests: readonly string[],
    signal: AbortSignal,
    retries: number,
  ): Promise<ReadonlySet<string>> {
    const Key = marshall(asideDigestsKey(primary, at));
    const read = new GetItemCommand({ TableName: table, Key, ConsistentRead: true });
    const { Item } = await client.send(read, { abortSignal: signal });
    const kept = (Item && (unmarshall(Item).digests as Set<string>)) ?? new Set<string>();
    const fresh = [...new Set(digests)].filter((digest) => !kept.has(digest)).slice(0, ASIDES_PER_HOUR - kept.size);
    const admitted = digests.filter((digest) => kept.has(digest));
    if (fresh.length === 0) return new Set(admitted);
    const add = new UpdateItemCommand({
      TableName: table,
      Key,
      UpdateExpression: 'ADD digests :fresh SET #format = :format, expiresAt = :expires',
      ConditionExpression: 'attribute_not_exists(digests) OR size(digests) <= :room',
      ExpressionAttributeNames: { '#format': 'format' },
      ExpressionAttributeValues: marshall({
        ':format': FORMAT,
        ':fresh': new Set(fresh),
        ':expires': Math.floor(at / 1000) + DAY_SECONDS,
        ':room': ASIDES_PER_HOUR - fresh.length,
      }),
    });
    const refused = await unlessRefused(client.send(add, { abortSignal: signal }));
    if (!refused) return new Set([...admitted, ...fresh]);
    // Another function added some meanwhile: fewer still fit. Refused as often as this, the hour is all but full.
    return retries > 0 ? admit(primary, at, digests, signal, retries - 1) : new Set(admitted);
  }

  return { admit: (primary, at, digests, signal) => admit(primary, at, digests, signal, RETRIES) };
}
