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

/** An item as DynamoDB returned it. A schema reads it before anything relies on a field of it. */
export type Item = Record<string, unknown>;

/**
 * Writes an item where none is, and returns undefined; where one is, changes nothing and returns that one. Repeating the write
 * after its answer was lost is harmless, and a refused one makes no stream record.
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

/** Waits for a conditional write. Undefined when it was done; the item that stands there when its condition did not hold. */
export async function unlessRefused(write: Promise<unknown>): Promise<Item | undefined> {
  try {
    await write;
    return undefined;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return error.Item ? unmarshall(error.Item) : {};
    throw error;
  }
}

/** The condition of a write that an item is still as it was read, or that there is still none. Whatever came meanwhile then wins. */
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

/** An item as it would be read back. */
export function asKept(item: object): Item {
  return unmarshall(marshall(item, { removeUndefinedValues: true }));
}

/** Every item of a query, page after page. */
export async function* queryItems(client: DynamoDBClient, query: QueryCommandInput): AsyncGenerator<Item> {
  for await (const page of paginateQuery({ client }, query)) {
    for (const item of page.Items ?? []) yield unmarshall(item);
  }
}

/** Every item of one partition in key order, read consistently: a write that was answered is among them. */
export function readPartition(client: DynamoDBClient, table: string, pk: string): AsyncGenerator<Item> {
  return queryItems(client, {
    TableName: table,
    KeyConditionExpression: `${PARTITION_KEY} = :pk`,
    ExpressionAttributeValues: { ':pk': { S: pk } },
    ConsistentRead: true,
  });
}

/** The most keys that one BatchGetItem takes. */
const BATCH = 100;

/** The items at these places, read consistently; those that are there, in any order. No place may come twice. */
export async function* readItems(
  client: DynamoDBClient,
  table: string,
  places: readonly { pk: string; sk: string }[],
): AsyncGenerator<Item> {
  for (let first = 0; first < places.length; first += BATCH) {
    let Keys = places.slice(first, first + BATCH).map(({ pk, sk }) => marshall({ pk, sk }));
    while (Keys.length > 0) {
      const command = new BatchGetItemCommand({ RequestItems: { [table]: { Keys, ConsistentRead: true } } });
      const { Responses, UnprocessedKeys } = await client.send(command);
      for (const item of Responses?.[table] ?? []) yield unmarshall(item);
      // A batch over 16 MB, or one that was throttled in part, is answered in part.
      Keys = UnprocessedKeys?.[table]?.Keys ?? [];
    }
  }
}

/** Whether an item counts at a time (epoch ms): TTL deletes late, so what has expired may still be there. */
export function isKept(item: Item, now: number): boolean {
  const expiresAt = item[EXPIRES_AT];
  return typeof expiresAt !== 'number' || expiresAt * 1000 > now;
}
