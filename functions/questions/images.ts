import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import { clientOf, dayOf, LEDGER_INDEXES, RECORDS_INDEXES } from '../keys/indexes.ts';
import { imagePartition } from '../keys/ledger.ts';
import { imageRecordKey } from '../keys/records.ts';
import { type ImageFact, readFact } from '../ledger/fact.ts';
import { inOrder } from '../records/image.ts';
import { isKept, readPartition } from '../store/items.ts';
import { ask, type Tables } from './query.ts';
import { daysOf, type Range } from './range.ts';

const imageSchema = v.object({
  primary: v.string(),
  backupId: v.string(),
  condition: v.picklist(['RESTORABLE', 'NO_LOCAL_COPY', 'DELETED', 'UNKNOWN']),
  clientName: v.string(),
  clientType: v.string(),
  backupTime: v.number(),
  operationId: v.string(),
  createdTime: v.number(),
  receivedAt: v.number(),
  requestId: v.string(),
  ageAtDeletion: v.optional(v.number()),
  facts: v.number(),
});

/** An image as it is now. Times as in `ImageState`. */
export type Image = v.InferOutput<typeof imageSchema>;

/** An image by its backup id, read consistently. The same backup id may be on several primaries (AIR): ask each. */
export async function readImage(
  tables: Tables,
  primary: string,
  backupId: string,
  now: number,
): Promise<Image | undefined> {
  const Key = marshall(imageRecordKey(primary, backupId));
  const { Item } = await tables.client.send(
    new GetItemCommand({ TableName: tables.records, Key, ConsistentRead: true }),
  );
  const item = Item && unmarshall(Item);
  return item && isKept(item, now) ? v.parse(imageSchema, item) : undefined;
}

/** All that happened to an image, oldest first, read consistently. */
export async function imageHistory(
  { client, ledger }: Pick<Tables, 'client' | 'ledger'>,
  primary: string,
  backupId: string,
  now = Date.now(),
): Promise<ImageFact[]> {
  const items = await Array.fromAsync(readPartition(client, ledger, imagePartition(primary, backupId)));
  return items
    .filter((item) => isKept(item, now))
    .map(readFact)
    .filter((fact) => fact.object === 'IMAGE')
    .sort(inOrder);
}

/** The images of a client, restorable or gone, newest news first. */
export async function* imagesOfClient(
  { client, records }: Tables,
  primary: string,
  clientName: string,
  range: Range,
  now: number,
): AsyncGenerator<Image> {
  const partition = clientOf('image', primary, clientName);
  const query = { table: records, index: RECORDS_INDEXES.byClient, partition, range };
  for await (const item of ask(client, query, now)) yield v.parse(imageSchema, item);
}

/** What happened to images, by the day it was received, newest first: created, updated, deleted, without local copy. */
export async function* imageEventsByDay(
  { client, ledger }: Tables,
  primary: string,
  range: Range,
  now: number,
): AsyncGenerator<ImageFact> {
  for (const day of daysOf(range, true)) {
    const query = { table: ledger, index: LEDGER_INDEXES.byDay, partition: dayOf('image', primary, day), range };
    for await (const item of ask(client, query, now)) {
      const fact = readFact(item);
      if (fact.object === 'IMAGE') yield fact;
    }
  }
}
