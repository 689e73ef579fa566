import { type DynamoDBClient, GetItemCommand, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Index } from '../keys/indexes.ts';
import type { ItemKey } from '../keys/tables.ts';
import { reasonOf } from '../nbwss/issues.ts';
import { type Item, isKept, queryItems } from '../store/items.ts';
import type { Range } from './range.ts';

/** Where questions are asked. */
export interface Tables {
  client: DynamoDBClient;
  ledger: string;
  records: string;
  registry: string;
  /** Called for each item that an answer leaves out because it cannot be read. */
  onUnreadable(item: UnreadableItem): void;
}

/** An item that this version cannot read: one that a later version wrote, or that somebody changed by hand. */
export interface UnreadableItem extends ItemKey {
  table: string;
  /** Names attributes and rules, never values. */
  reason: string;
}

/** One Query of an index: a partition, within a range of its sort key, newest first unless `oldestFirst`. */
export interface IndexQuery {
  table: string;
  index: Index;
  partition: string;
  range: Range;
  oldestFirst?: boolean;
  /** Only items with this value of an attribute. A filter: the items that it leaves out are read and paid for too. */
  only?: { attribute: string; value: string };
  /** How many items are read at a time, for callers that may stop before the end. */
  pageSize?: number;
}

/**
 * The parameters of the Query. Exported for the documentation's tests, which check that the documented query is the one
 * used.
 */
export function queryOf({
  table,
  index,
  partition,
  range,
  oldestFirst = false,
  only,
  pageSize,
}: IndexQuery): QueryCommandInput {
  const values = { ':partition': partition, ':from': range.from, ':to': range.to };
  return {
    TableName: table,
    IndexName: index.name,
    KeyConditionExpression: '#partition = :partition AND #at BETWEEN :from AND :to',
    ...(only && { FilterExpression: '#only = :only' }),
    ExpressionAttributeNames: {
      '#partition': index.partitionKey,
      '#at': index.sortKey,
      ...(only && { '#only': only.attribute }),
    },
    ExpressionAttributeValues: marshall({ ...values, ...(only && { ':only': only.value }) }),
    ScanIndexForward: oldestFirst,
    ...(pageSize !== undefined && { Limit: pageSize }),
  };
}

/**
 * Runs a query, page after page. `read` throws for an item that it cannot read. Leaves out what `readKept` leaves out.
 */
export async function* ask<T>(
  tables: Tables,
  query: IndexQuery,
  now: number,
  read: (item: Item) => T,
): AsyncGenerator<T> {
  // DynamoDB refuses a range that ends before it begins, and there is nothing in it.
  if (query.range.from > query.range.to) return;
  yield* readKept(tables, query.table, queryItems(tables.client, queryOf(query)), now, read);
}

/**
 * Reads items. Leaves out those that have expired but are not deleted yet, and those that cannot be read, which it
 * reports to `onUnreadable`.
 */
export async function* readKept<T>(
  { onUnreadable }: Pick<Tables, 'onUnreadable'>,
  table: string,
  items: AsyncIterable<Item> | Iterable<Item>,
  now: number,
  read: (item: Item) => T,
): AsyncGenerator<T> {
  for await (const item of items) {
    if (!isKept(item, now)) continue;
    let answer: T;
    try {
      answer = read(item);
    } catch (error) {
      onUnreadable({ table, pk: String(item.pk), sk: String(item.sk), reason: reasonOf(error) });
      continue;
    }
    yield answer;
  }
}

/** The item at a place of Records, read consistently; undefined if there is none, or none that `readKept` yields. */
export async function readOne<T>(
  tables: Tables,
  place: ItemKey,
  now: number,
  read: (item: Item) => T,
): Promise<T | undefined> {
  const command = new GetItemCommand({ TableName: tables.records, Key: marshall(place), ConsistentRead: true });
  const { Item } = await tables.client.send(command);
  const [found] = await Array.fromAsync(readKept(tables, tables.records, Item ? [unmarshall(Item)] : [], now, read));
  return found;
}
