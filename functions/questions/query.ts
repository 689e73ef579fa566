import type { DynamoDBClient, QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Index } from '../keys/indexes.ts';
import { type Item, isKept, queryItems } from '../store/items.ts';
import type { Range } from './range.ts';

/** Where questions are asked. */
export interface Tables {
  client: DynamoDBClient;
  ledger: string;
  records: string;
  registry: string;
}

/** One Query of an index: a partition, within a range of its sort key, newest first unless asked otherwise. */
export interface IndexQuery {
  table: string;
  index: Index;
  partition: string;
  range: Range;
  oldestFirst?: boolean;
}

/** The parameters of the Query. Public for the documentation's tests: what is written there is what is asked. */
export function queryOf({ table, index, partition, range, oldestFirst = false }: IndexQuery): QueryCommandInput {
  return {
    TableName: table,
    IndexName: index.name,
    KeyConditionExpression: '#partition = :partition AND #at BETWEEN :from AND :to',
    ExpressionAttributeNames: { '#partition': index.partitionKey, '#at': index.sortKey },
    ExpressionAttributeValues: marshall({ ':partition': partition, ':from': range.from, ':to': range.to }),
    ScanIndexForward: oldestFirst,
  };
}

/** Asks, page after page. Leaves out what has expired and is not yet deleted. */
export async function* ask(client: DynamoDBClient, query: IndexQuery, now: number): AsyncGenerator<Item> {
  // DynamoDB refuses a range that ends before it begins; nothing is in it.
  if (query.range.from > query.range.to) return;
  for await (const item of queryItems(client, queryOf(query))) {
    if (isKept(item, now)) yield item;
  }
}
