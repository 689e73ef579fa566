import { type AttributeValue, paginateScan } from '@aws-sdk/client-dynamodb';
import { paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { projectionOf, SHAPES } from '../../functions/keys/shapes.ts';
import { EXPIRES_AT, PARTITION_KEY, SORT_KEY } from '../../functions/keys/tables.ts';
import { HOST, REGION } from '../../local/environment.ts';
import type { Run } from '../../local/run.ts';
import { type Line, sum } from './book.ts';
import { kindOf } from './parts.ts';
import { MONTH_HOURS } from './prices.ts';
import { type Attribute, itemBytes } from './units.ts';

const GB = 2 ** 30;
const MONTH_MS = MONTH_HOURS * 3_600_000;

/** What DynamoDB adds to each item of a table or an index, bytes (Developer Guide, "Storage considerations"). */
const OVERHEAD = 100;

/** Something that is kept, where, and until when (epoch ms; Infinity: permanently). */
export interface Kept {
  part: string;
  in: 'table' | 'index' | 'bucket';
  bytes: number;
  until: number;
}

/** The months after which storage is reported: 13 months cover the 400 days for which facts of jobs are kept. */
export const AFTER_MONTHS = [1, 13] as const;

/** All that a run keeps: the items of tables, the same again in each index, and what the archive wrote. */
export async function everythingKept(run: Run): Promise<Kept[]> {
  const kept: Kept[] = [];
  for (const name of ['ledger', 'records', 'registry'] as const) {
    const table = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    const TableName = run.deployment.outputs[`${table}Table`];
    for await (const { Items = [] } of paginateScan({ client: run.dynamodb }, { TableName }))
      kept.push(...Items.flatMap((item) => keptOf(table, SHAPES[name].indexes, item)));
  }
  // Past the proxy, which would take this for a call of the product.
  const endpoint = `http://${HOST}:${run.messaging.port}`;
  const credentials = { accessKeyId: 'bench', secretAccessKey: 'local' };
  const client = new S3Client({ region: REGION, endpoint, credentials, forcePathStyle: true });
  try {
    const Bucket = run.deployment.outputs.ArchiveBucket;
    for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket }))
      for (const { Size = 0 } of Contents)
        kept.push({ part: 'archive', in: 'bucket', bytes: Size, until: Number.POSITIVE_INFINITY });
  } finally {
    client.destroy();
  }
  return kept;
}

type Item = Readonly<Record<string, AttributeValue>>;
type Indexes = (typeof SHAPES)[keyof typeof SHAPES]['indexes'];

/** An item everywhere that it is kept: in its table, and in each index for which it has both keys. */
export function keptOf(table: string, indexes: Indexes, item: Item): Kept[] {
  const kind = kindOf({ pk: String(item[PARTITION_KEY]?.S), sk: String(item[SORT_KEY]?.S) });
  const until = item[EXPIRES_AT]?.N === undefined ? Number.POSITIVE_INFINITY : Number(item[EXPIRES_AT].N) * 1_000;
  const one = (part: string, where: Kept['in'], held: Record<string, unknown>) => ({
    ...{ part: `${part}, ${kind}`, in: where, until },
    bytes: itemBytes(held as Record<string, Attribute>) + OVERHEAD,
  });
  const inIndexes = indexes.flatMap((index) => {
    const { name, partitionKey, sortKey } = index;
    if (!(partitionKey in item && sortKey in item)) return [];
    const keys = [PARTITION_KEY, SORT_KEY, partitionKey, sortKey];
    const mere = Object.fromEntries(Object.entries(item).filter(([attribute]) => keys.includes(attribute)));
    return one(`index ${table}.${name}`, 'index', projectionOf(index) === 'ALL' ? item : mere);
  });
  return [one(`table ${table}`, 'table', item), ...inIndexes];
}

/**
 * What a month of storage costs when as much as this came in each of so many months, and goes when its time is over.
 * `since`: when it came, epoch ms. Point-in-time recovery is billed only for a table: its indexes are made from it.
 */
export function storageOf(kept: readonly Kept[], since: number, months: number): Line[] {
  return sum(
    kept.flatMap(({ part, in: where, bytes, until }): Line[] => {
      const amount = (bytes / GB) * Math.max(0, Math.min(months, (until - since) / MONTH_MS));
      if (where === 'bucket') return [{ part, unit: 'objectGb', amount }];
      const stored = { part, unit: 'storedGb', amount } as const;
      return where === 'table' ? [stored, { part, unit: 'recoveryGb', amount }] : [stored];
    }),
  );
}
