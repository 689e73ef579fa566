import { BatchGetItemCommand, type DynamoDBClient, paginateQuery } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { type PlainItem, plainItem } from '../../functions/archive/line.ts';
import { dayOf, LEDGER_INDEXES } from '../../functions/keys/indexes.ts';
import type { ItemKey } from '../../functions/keys/tables.ts';
import { queryOf } from '../../functions/questions/query.ts';
import type { Range } from '../../functions/questions/range.ts';

/** The ledger as `verify` reads it: raw items, whatever somebody may have done to them. */
export interface LedgerFacts {
  /** The image facts of a primary within a range of one day (UTC), from the index, which may lag. */
  ofDay(primary: string, range: Range): AsyncIterable<PlainItem>;
  /** The items that exist at these places, read consistently, in any order. */
  at(places: readonly ItemKey[]): AsyncIterable<PlainItem>;
}

/** The most keys that one BatchGetItem accepts. */
const BATCH = 100;

export function createLedgerFacts(client: DynamoDBClient, table: string): LedgerFacts {
  return {
    async *ofDay(primary, range) {
      const partition = dayOf('image', primary, range.from);
      const query = queryOf({ table, index: LEDGER_INDEXES.byDay, partition, range, oldestFirst: true });
      for await (const { Items = [] } of paginateQuery({ client }, query)) yield* Items.map(plainItem);
    },

    async *at(places) {
      for (let first = 0; first < places.length; first += BATCH) {
        let Keys = places.slice(first, first + BATCH).map(({ pk, sk }) => marshall({ pk, sk }));
        while (Keys.length > 0) {
          const command = new BatchGetItemCommand({ RequestItems: { [table]: { Keys, ConsistentRead: true } } });
          const { Responses, UnprocessedKeys } = await client.send(command);
          yield* (Responses?.[table] ?? []).map(plainItem);
          Keys = UnprocessedKeys?.[table]?.Keys ?? [];
        }
      }
    },
  };
}
