import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  paginateQuery,
  type QueryCommandInput,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { EXPIRES_AT, PARTITION_KEY } from '../keys/tables.ts';

/** An item as DynamoDB returned it. A schema checks it before anything relies on one of its fields. */
export type Item = Record<string, unknown>;

/**
 * Writes an item if its place is empty, and returns undefined; otherwise changes nothing and returns the item that is
 * there. Repeating the write after its answer was lost is harmless, and a refused write makes no stream record.
 */
export async function putIfAbsent(
  client: DynamoDBClient,
  table: string,
  item: object,
  signal?: AbortSignal,
): Promise<Item | undefined> {
  const command = new PutItemCommand({
    TableName: table,
    Item: marshall(item, { removeUndefinedValues: true }),
    ConditionExpression: `attribute_not_exists(${PARTITION_KEY})`,
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  return unlessRefused(client.send(command, signal && { abortSignal: signal }));
}

/**
 * Waits for a conditional write. Undefined if it was done; the item that is there (`{}` if none came back) if its
 * condition did not hold.
 */
export async function unlessRefused(write: Promise<unknown>): Promise<Item | undefined> {
  try {
    await write;
    return undefined;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return error.Item ? unmarshall(error.Item) : {};
    throw error;
  }
}

/**
 * A write condition: the item is still as it was read, or there is still none. So whatever was written meanwhile wins.
 */
export function unchanged(before: Item | undefined) {
  if (!before) return { ConditionExpression: `attribute_not_exists(${PARTITION_KEY})` };
  const attributes = Object.entries(before);
  return {
    ConditionExpression: attributes.map((_, index) => `#a${index} = :a${index}`).join(' AND '),
    ExpressionAttributeNames: Object.fromEntries(attributes.map(([name], index) => [`#a${index}`, name])),
    ExpressionAttributeValues: marshall(
      Object.fromEntries(attributes.map(([, value], index) => [`:a${index}`, value])),
    ),
  };
}

/** An item as it would be read back from the table. */
export function asKept(item: object): Item {
  return unmarshall(marshall(item, { removeUndefinedValues: true }));
}

/** Every item of a query, page after page. */
export async function* queryItems(client: DynamoDBClient, query: QueryCommandInput): AsyncGenerator<Item> {
  for await (const page of paginateQuery({ client }, query)) {
    for (const item of page.Items ?? []) yield unmarshall(item);
  }
}

/** Every item of one partition in key order, read consistently: it includes every write that was answered. */
export function readPartition(client: DynamoDBClient, table: string, pk: string): AsyncGenerator<Item> {
  return queryItems(client, {
    TableName: table,
    KeyConditionExpression: `${PARTITION_KEY} = :pk`,
    ExpressionAttributeValues: { ':pk': { S: pk } },
    ConsistentRead: true,
  });
}

/** The most keys that one BatchGetItem takes. */
export const KEYS_PER_BATCH = 100;

/** The items that exist at these places, read consistently, in any order. No place may be given twice. */
export async function* readItems(
  client: DynamoDBClient,
  table: string,
  places: readonly { pk: string; sk: string }[],
): AsyncGenerator<Item> {
  for (let first = 0; first < places.length; first += KEYS_PER_BATCH) {
    let Keys = places.slice(first, first + KEYS_PER_BATCH).map(({ pk, sk }) => marshall({ pk, sk }));
    while (Keys.length > 0) {
      const command = new BatchGetItemCommand({ RequestItems: { [table]: { Keys, ConsistentRead: true } } });
      const { Responses, UnprocessedKeys } = await client.send(command);
      for (const item of Responses?.[table] ?? []) yield unmarshall(item);
      // DynamoDB answers a batch in part if it exceeds 16 MB or was throttled in part.
      Keys = UnprocessedKeys?.[table]?.Keys ?? [];
    }
  }
}

/** Whether an item has not expired at a time (epoch ms). TTL deletes late, so expired items may still be there. */
export function isKept(item: Item, now: number): boolean {
  const expiresAt = item[EXPIRES_AT];
  return typeof expiresAt !== 'number' || expiresAt * 1000 > now;
}
