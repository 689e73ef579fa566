import { DeleteItemCommand, type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import { overdueOf } from '../keys/registry.ts';
import { FORMAT } from '../keys/tables.ts';
import { readKept, type Tables, type UnreadableItem } from '../questions/query.ts';
import { log } from '../runtime/log.ts';
import { readPartition } from '../store/items.ts';
import { type OverdueState, overdueKey, overdueState } from './overdue.ts';

/** The overdue backups. Has one writer at a time. */
export interface Overdues {
  /** The overdue backups of a primary, by client and policy. */
  list(primary: string): AsyncGenerator<OverdueState>;
  put(state: OverdueState): Promise<void>;
  remove(state: OverdueState): Promise<void>;
}

/** `onUnreadable` is called with each item that a list leaves out because it cannot be read. */
export function createOverdues(
  client: DynamoDBClient,
  table: string,
  onUnreadable: Tables['onUnreadable'] = logUnreadable,
): Overdues {
  return {
    list(primary) {
      const items = readPartition(client, table, overdueOf(primary));
      return readKept({ onUnreadable }, table, items, Date.now(), v.parser(overdueState));
    },
    async put(state) {
      const item = { ...overdueKey(state.primary, state), format: FORMAT, ...state };
      await client.send(
        new PutItemCommand({ TableName: table, Item: marshall(item, { removeUndefinedValues: true }) }),
      );
    },
    async remove(state) {
      await client.send(new DeleteItemCommand({ TableName: table, Key: marshall(overdueKey(state.primary, state)) }));
    },
  };
}

function logUnreadable(item: UnreadableItem): void {
  log.error('Cannot read the state of an overdue backup: it may be reported again', { ...item });
}
