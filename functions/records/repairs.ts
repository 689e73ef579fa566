import { DeleteItemCommand, type DynamoDBClient, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { SERIES_RUN_PREFIX } from '../keys/records.ts';
import { type ItemKey, PARTITION_KEY, SORT_KEY } from '../keys/tables.ts';
import { type Item, queryItems, readItems, unchanged, unlessRefused } from '../store/items.ts';

/**
 * What a rebuild does to Records beyond what projections do. Each write returns whether it was done: if traffic has
 * changed the item meanwhile, the traffic wins.
 */
export interface Repairs {
  /** The items at these places, read consistently. No place may occur twice. */
  read(places: readonly ItemKey[]): AsyncIterable<Item>;
  /** The keys of a series' runs. */
  runsOf(seriesPk: string): AsyncIterable<ItemKey>;
  /** Replaces an item as it was read (`before`), or writes one where none was. */
  replace(before: Item | undefined, item: ItemKey & Item): Promise<boolean>;
  /** Sets these attributes of an item, removes those that are undefined, and leaves all others as they are. */
  amend(item: ItemKey & Item): Promise<boolean>;
  /** Deletes an item if it is still as it was read. */
  remove(before: Item): Promise<boolean>;
}

export function createRepairs(client: DynamoDBClient, table: string): Repairs {
  const done = async (write: Promise<unknown>) => (await unlessRefused(write)) === undefined;
  return {
    read: (places) => readItems(client, table, places),
    async *runsOf(seriesPk) {
      const keys = queryItems(client, {
        TableName: table,
        KeyConditionExpression: `${PARTITION_KEY} = :pk AND begins_with(${SORT_KEY}, :run)`,
        ExpressionAttributeValues: marshall({ ':pk': seriesPk, ':run': SERIES_RUN_PREFIX }),
        ProjectionExpression: [PARTITION_KEY, SORT_KEY].join(', '),
        ConsistentRead: true,
      });
      for await (const { pk, sk } of keys) yield { pk: String(pk), sk: String(sk) };
    },
    replace: (before, item) =>
      done(
        client.send(
          new PutItemCommand({
            TableName: table,
            Item: marshall(item, { removeUndefinedValues: true }),
            ...unchanged(before),
          }),
        ),
      ),
    amend({ pk, sk, ...attributes }) {
      const named = Object.entries(attributes).map(([name, value], index) => ({ name, value, at: `a${index}` }));
      const set = named.filter(({ value }) => value !== undefined);
      const removed = named.filter(({ value }) => value === undefined);
      return done(
        client.send(
          new UpdateItemCommand({
            TableName: table,
            Key: marshall({ pk, sk }),
            UpdateExpression: [
              `SET ${set.map(({ at }) => `#${at} = :${at}`).join(', ')}`,
              ...(removed.length > 0 ? [`REMOVE ${removed.map(({ at }) => `#${at}`).join(', ')}`] : []),
            ].join(' '),
            ConditionExpression: `attribute_exists(${PARTITION_KEY})`,
            ExpressionAttributeNames: Object.fromEntries(named.map(({ at, name }) => [`#${at}`, name])),
            ExpressionAttributeValues: marshall(Object.fromEntries(set.map(({ at, value }) => [`:${at}`, value]))),
          }),
        ),
      );
    },
    remove: (before) =>
      done(
        client.send(
          new DeleteItemCommand({
            TableName: table,
            Key: marshall({ pk: before[PARTITION_KEY], sk: before[SORT_KEY] }),
            ...unchanged(before),
          }),
        ),
      ),
  };
}
