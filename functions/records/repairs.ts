import { DeleteItemCommand, type DynamoDBClient, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { SERIES_RUN_PREFIX } from '../keys/records.ts';
import { type ItemKey, PARTITION_KEY, SORT_KEY } from '../keys/tables.ts';
import { type Item, queryItems, readItems, unchanged, unlessRefused } from '../store/items.ts';

/** What a rebuild does to Records, beside what projections do. Each write says whether it was done: traffic meanwhile wins. */
export interface Repairs {
  /** What stands at these places, read consistently. No place may come twice. */
  read(places: readonly ItemKey[]): AsyncIterable<Item>;
  /** Where the runs of a series are. */
  runsOf(seriesPk: string): AsyncIterable<ItemKey>;
  /** Writes an item in the place of one that was read, or where none was. */
  replace(before: Item | undefined, item: ItemKey & Item): Promise<boolean>;
  /** Sets these attributes of an item, without those that are undefined, and leaves its others as they are. */
  amend(item: ItemKey & Item): Promise<boolean>;
  /** Deletes an item that was read. */
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
