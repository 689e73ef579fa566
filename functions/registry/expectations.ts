import { DeleteItemCommand, type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import { expectationKey } from '../keys/registry.ts';
import { FORMAT } from '../keys/tables.ts';
import { readKept, type Tables, type UnreadableItem } from '../questions/query.ts';
import { log } from '../runtime/log.ts';
import { type Item, readPartition } from '../store/items.ts';
import { type Expectation, expectation } from './expectation.ts';

/** What people said about backups. `at`: epoch ms. */
export interface Expectations {
  /** Every expectation, of every primary. */
  list(): AsyncGenerator<Expectation>;
  /** Says that these backups run every `every` ms, replacing what was said about them before. */
  declare(backups: ExpectedBackups & { policy: string }, every: number, at: number): Promise<Expectation>;
  /** Says that no more of these backups are expected, until one runs. */
  retire(backups: ExpectedBackups, at: number): Promise<Expectation>;
  /** Withdraws what was said about exactly these backups. False when nothing was. */
  remove(backups: ExpectedBackups): Promise<boolean>;
}

type ExpectedBackups = Pick<Expectation, 'primary' | 'client'> & { policy?: string };

/** `onUnreadable` is called with each item that a list leaves out because it cannot be read. `now`: epoch ms. */
export function createExpectations(
  client: DynamoDBClient,
  table: string,
  { onUnreadable = logUnreadable, now = Date.now }: { onUnreadable?: Tables['onUnreadable']; now?: () => number } = {},
): Expectations {
  const placeOf = ({ primary, client, policy }: ExpectedBackups) => ({
    TableName: table,
    Key: marshall(expectationKey(primary, client, policy)),
  });

  async function update(backups: ExpectedBackups, expression: string, values: Item): Promise<Expectation> {
    const names = Object.entries(backups).filter(([, name]) => name !== undefined);
    const set = names.map(([name]) => `#${name} = :${name}`).join(', ');
    const { Attributes = {} } = await client.send(
      new UpdateItemCommand({
        ...placeOf(backups),
        UpdateExpression: `SET #format = :format, ${set}, ${expression}`,
        ExpressionAttributeNames: Object.fromEntries(
          ['format', ...names.map(([name]) => name)].map((n) => [`#${n}`, n]),
        ),
        ExpressionAttributeValues: marshall({
          ':format': FORMAT,
          ...Object.fromEntries(names.map(([name, value]) => [`:${name}`, value])),
          ...values,
        }),
        ReturnValues: 'ALL_NEW',
      }),
    );
    return v.parse(expectation, unmarshall(Attributes));
  }

  return {
    list() {
      const items = readPartition(client, table, expectationKey('', '').pk);
      return readKept({ onUnreadable }, table, items, now(), v.parser(expectation));
    },
    declare: (backups, every, at) =>
      update(backups, 'every = :every, declaredAt = :at REMOVE retiredAt', { ':every': every, ':at': at }),
    // The declaration stays in the item and counts again after the next run.
    retire: (backups, at) => update(backups, 'retiredAt = :at', { ':at': at }),
    async remove(backups) {
      const { Attributes } = await client.send(new DeleteItemCommand({ ...placeOf(backups), ReturnValues: 'ALL_OLD' }));
      return Attributes !== undefined;
    },
  };
}

/** An item that somebody broke by hand must not disable the others. */
function logUnreadable(item: UnreadableItem): void {
  log.error('Cannot read an expectation: it has no effect', { ...item });
}
