import * as v from 'valibot';
import { clientOf, dayOf, LEDGER_INDEXES, RECORDS_INDEXES } from '../keys/indexes.ts';
import { imagePartition } from '../keys/ledger.ts';
import { imageRecordKey } from '../keys/records.ts';
import { type ImageFact, readFact } from '../ledger/fact.ts';
import { inOrder } from '../records/image.ts';
import { readPartition } from '../store/items.ts';
import { ask, type IndexQuery, readKept, readOne, type Tables } from './query.ts';
import { daysOf, type Range } from './range.ts';

/** The conditions that an image can be in. */
export const CONDITIONS = ['RESTORABLE', 'NO_LOCAL_COPY', 'DELETED', 'UNKNOWN'] as const;

const imageSchema = v.object({
  primary: v.string(),
  backupId: v.string(),
  condition: v.picklist(CONDITIONS),
  clientName: v.string(),
  clientType: v.string(),
  backupTime: v.number(),
  operationId: v.string(),
  createdTime: v.number(),
  receivedAt: v.number(),
  requestId: v.string(),
  /** Missing in records that were written before this attribute existed. */
  firstAt: v.optional(v.number()),
  ageAtDeletion: v.optional(v.number()),
  facts: v.number(),
  /** When the newest of these facts was received. */
  newestAt: v.number(),
});

/** An image as it is now. Times as in `ImageState`. */
export type Image = v.InferOutput<typeof imageSchema>;

const readImageItem = v.parser(imageSchema);

/** An image by its backup id, read consistently. Several primaries may have the same backup id (AIR): ask each. */
export function readImage(tables: Tables, primary: string, backupId: string, now: number): Promise<Image | undefined> {
  return readOne(tables, imageRecordKey(primary, backupId), now, readImageItem);
}

/** Everything that happened to an image, oldest first, read consistently. */
export async function imageHistory(
  tables: Pick<Tables, 'client' | 'ledger' | 'onUnreadable'>,
  primary: string,
  backupId: string,
  now = Date.now(),
): Promise<ImageFact[]> {
  const items = readPartition(tables.client, tables.ledger, imagePartition(primary, backupId));
  const facts = await Array.fromAsync(readKept(tables, tables.ledger, items, now, readFact));
  return facts.filter((fact) => fact.object === 'IMAGE').sort(inOrder);
}

/** The images of a client, restorable or gone, the most recently reported first. */
export function imagesOfClient(
  tables: Tables,
  primary: string,
  clientName: string,
  range: Range,
  now: number,
  more: Pick<IndexQuery, 'only' | 'pageSize'> = {},
): AsyncGenerator<Image> {
  const partition = clientOf('image', primary, clientName);
  const query = { table: tables.records, index: RECORDS_INDEXES.byClient, partition, range, ...more };
  return ask(tables, query, now, readImageItem);
}

/**
 * What happened to images (created, updated, deleted, without local copy), by day of receipt; newest first unless
 * `oldestFirst`.
 */
export async function* imageEventsByDay(
  tables: Tables,
  primary: string,
  range: Range,
  now: number,
  oldestFirst = false,
): AsyncGenerator<ImageFact> {
  for (const day of daysOf(range, !oldestFirst)) {
    const partition = dayOf('image', primary, day);
    const query = { table: tables.ledger, index: LEDGER_INDEXES.byDay, partition, range, oldestFirst };
    for await (const fact of ask(tables, query, now, readFact)) if (fact.object === 'IMAGE') yield fact;
  }
}
