import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { asideDigestsKey } from '../keys/registry.ts';
import { FORMAT } from '../keys/tables.ts';
import { unlessRefused } from '../store/items.ts';

/** How many contents per primary and hour are put aside whole, so that pure nonsense cannot fill the ledger. */
export const ASIDES_PER_HOUR = 100;

/** How often `admit` tries again when another function has added digests meanwhile. */
const RETRIES = 3;

const DAY_SECONDS = 86_400;

/** Decides which contents are still put aside whole. */
export interface AsideLimit {
  /** The digests that may be kept in the hour of `at` (epoch ms): those kept already, and those that still fit. */
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
    // Another function added some meanwhile, so fewer still fit. After so many refusals the hour is all but full.
    return retries > 0 ? admit(primary, at, digests, signal, retries - 1) : new Set(admitted);
  }

  return { admit: (primary, at, digests, signal) => admit(primary, at, digests, signal, RETRIES) };
}
