import { readFileSync } from 'node:fs';
import { CreateTableCommand, type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { RECORDS_INDEXES } from '../../functions/keys/indexes.ts';
import { PARTITION_KEY, SORT_KEY } from '../../functions/keys/tables.ts';
import {
  type FactItem,
  type FactRetention,
  factItem,
  type ImageFact,
  type JobFact,
  type Receipt,
  readFact,
} from '../../functions/ledger/fact.ts';
import { type Entry, readNotification } from '../../functions/nbwss/notification.ts';
import type { Item } from '../../functions/store/items.ts';
import { anyCharacter } from '../support/any-character.ts';
import { testDatabase } from '../support/database.ts';

export type Content = Record<string, unknown>;

/** 2026-11-23T19:33:33.034Z. */
export const RECEIVED = 1_795_462_413_034;

export const FOREVER: FactRetention = { jobDays: undefined, imageDays: undefined };

/** What must be there; fails the test when it is not. */
export function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('nothing is there');
  return value;
}

/** The text of a message of `examples/`. */
export function exampleText(file: string): string {
  return readFileSync(new URL(`../../examples/${file}`, import.meta.url), 'utf8');
}

/** A JOB entry as NetBackup sends it: `examples/08-job-failed.json`. */
export function jobContent(other: Content = {}): Content {
  const names = { clientName: 'DummyTestVM', policyName: 'vmware2' };
  const kinds = { policyType: 'VMWARE', jobType: 'BACKUP', scheduleType: 'ST_FULL' };
  return {
    ...{ jobId: 148, parentJobId: 148, state: 'DONE', status: 156, startTime: 1_459_830_500 },
    ...names,
    ...kinds,
    ...other,
  };
}

/** An IMAGE entry as NetBackup sends it: `examples/05-image-deleted.json`. */
export function imageContent(other: Content = {}): Content {
  return {
    ...{ backupId: 'localhost_1458601200', operationId: 'DELETE', createdTime: 1_459_832_492 },
    ...{ backupTime: 1_458_601_200, clientName: 'localhost', clientType: 'VMWARE', ...other },
  };
}

export function receiptOf(other: Partial<Receipt> = {}): Receipt {
  return {
    ...{ primary: 'demo', endpoint: 'demo', receivedAt: RECEIVED, messageId: 'm-1', messageTime: 1_459_812_600 },
    ...{ connectionId: 'c-1', requestId: 'r-1', ...other },
  };
}

/** An entry as ingest reads it, without the fields that are undefined. Fails for one that cannot be read. */
export function readEntry(object: 'JOB' | 'IMAGE', content: Content): Entry {
  const given = Object.fromEntries(Object.entries(content).filter(([, value]) => value !== undefined));
  return must(readNotification([{ notificationType: 'INFO', object, data: [given] }]).entries[0]);
}

export function jobItem(content: Content = {}, receipt: Partial<Receipt> = {}, retention = FOREVER): FactItem {
  return factItem(readEntry('JOB', jobContent(content)), receiptOf(receipt), retention);
}

export function imageItem(content: Content = {}, receipt: Partial<Receipt> = {}, retention = FOREVER): FactItem {
  return factItem(readEntry('IMAGE', imageContent(content)), receiptOf(receipt), retention);
}

/** A fact as the projection reads it from the ledger. */
export function jobFact(content: Content = {}, receipt: Partial<Receipt> = {}, retention = FOREVER): JobFact {
  const fact = readFact(jobItem(content, receipt, retention));
  if (fact.object !== 'JOB') throw new Error('not a job');
  return fact;
}

/** A fact as the projection reads it from the ledger. */
export function imageFact(content: Content = {}, receipt: Partial<Receipt> = {}): ImageFact {
  const fact = readFact(imageItem(content, receipt));
  if (fact.object !== 'IMAGE') throw new Error('not an image');
  return fact;
}

/** Any text that UTF-8 can hold, the characters that keys are made of often among them. */
export const unicode = fc.string({
  unit: fc.oneof(fc.constantFrom('#', '%', '~', '0', '2', '3', '5', '7', 'E'), anyCharacter),
});

/** A signal that never fires. */
export const NEVER = new AbortController().signal;

/** The stack's three tables, with their indexes, in a database of this test's own, with their names as the environment gives them. */
/** Of a table itself all reads are consistent. DynamoDB Local is so anyway: only what is asked for shows what DynamoDB would do. */
const READS: ReadonlySet<string> = new Set(['GetItemCommand', 'BatchGetItemCommand', 'QueryCommand', 'ScanCommand']);

export async function testTables() {
  const { client, createTable, url, accessKeyId } = testDatabase();
  await Promise.all([createTable('Ledger'), createTable('Registry'), createRecordsTable(client)]);
  client.middlewareStack.add((next, { commandName }) => (args) => {
    const input = Object(args.input);
    const reads = commandName === 'BatchGetItemCommand' ? Object.values(input.RequestItems) : [input];
    // How often a backup runs is read newest first, and a run that came a moment ago changes nothing of that.
    const mayBeOld = input.IndexName !== undefined || input.ScanIndexForward === false;
    const isRead = READS.has(String(commandName)) && !mayBeOld;
    if (isRead && reads.some((one) => !Object(one).ConsistentRead))
      throw new Error(`${commandName} may read what is old`);
    return next(args);
  });
  return { client, url, accessKeyId, ledger: 'Ledger', records: 'Records', registry: 'Registry' };
}

async function createRecordsTable(client: DynamoDBClient): Promise<void> {
  const keys = (hash: string, range: string) => [
    { AttributeName: hash, KeyType: 'HASH' as const },
    { AttributeName: range, KeyType: 'RANGE' as const },
  ];
  const indexes = Object.values(RECORDS_INDEXES);
  const texts = new Set([PARTITION_KEY, SORT_KEY, ...indexes.map(({ partitionKey }) => partitionKey)]);
  const numbers = new Set(indexes.map(({ sortKey }) => sortKey));
  await client.send(
    new CreateTableCommand({
      TableName: 'Records',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: keys(PARTITION_KEY, SORT_KEY),
      AttributeDefinitions: [
        ...[...texts].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
        ...[...numbers].map((AttributeName) => ({ AttributeName, AttributeType: 'N' as const })),
      ],
      GlobalSecondaryIndexes: indexes.map(({ name, partitionKey, sortKey }) => ({
        IndexName: name,
        KeySchema: keys(partitionKey, sortKey),
        Projection: { ProjectionType: 'ALL' },
      })),
    }),
  );
}

/** Every item of a table, in the order of its keys. */
export async function allItems(client: DynamoDBClient, table: string): Promise<Item[]> {
  const items: Item[] = [];
  for await (const { Items = [] } of paginateScan({ client }, { TableName: table, ConsistentRead: true })) {
    items.push(...Items.map((item) => unmarshall(item)));
  }
  const place = ({ pk, sk }: Item) => JSON.stringify([pk, sk]);
  return items.sort((a, b) => (place(a) < place(b) ? -1 : 1));
}
