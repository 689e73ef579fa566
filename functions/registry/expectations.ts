import { DeleteItemCommand, type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import { expectationKey } from '../keys/registry.ts';
import { FORMAT } from '../keys/tables.ts';
import { readKept, type Tables, type UnreadableItem } from '../questions/query.ts';
import { log } from '../runtime/log.ts';
import { type Item, readPartition } from '../store/items.ts';
import { type Expectation, expectation } from './expectation.ts';

/** What people said of backups. `at`: epoch ms. */
export interface Expectations {
  /** All that was said, of every primary. */
  list(): AsyncGenerator<Expectation>;
  /** Says that backups come each so many ms, in the place of what was said of them before. */
  declare(backups: Said & { policy: string }, every: number, at: number): Promise<Expectation>;
  /** Says that no more of these backups are to come, until one does. */
  retire(backups: Said, at: number): Promise<Expectation>;
  /** Takes back what was said of exactly these. False when nothing was. */
  remove(backups: Said): Promise<boolean>;
}

type Said = Pick<Expectation, 'primary' | 'client'> & { policy?: string };

/** `onUnreadable` is told of each that a list leaves out because it cannot be read; `now`: epoch ms. */
export function createExpectations(
  client: DynamoDBClient,
  table: string,
  { onUnreadable = logUnreadable, now = Date.now }: { onUnreadable?: Tables['onUnreadable']; now?: () => number } = {},
): Expectations {
  const placeOf = ({ primary, client, policy }: Said) => ({
    TableName: table,
    Key: marshall(expectationKey(primary, client, policy)),
  });

  async function say(backups: Said, expression: string, values: Item): Promise<Expectation> {
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
      say(backups, 'every = :every, declaredAt = :at REMOVE retiredAt', { ':every': every, ':at': at }),
    // What was declared stays: it counts again once a run came.
    retire: (backups, at) => say(backups, 'retiredAt = :at', { ':at': at }),
    async remove(backups) {
      const { Attributes } = await client.send(new DeleteItemCommand({ ...placeOf(backups), ReturnValues: 'ALL_OLD' }));
      return Attributes !== undefined;
    },
  };
}

/** One that somebody broke by hand must not cost the others their effect. */
function logUnreadable(item: UnreadableItem): void {
  log.error('What was said of backups cannot be read and has no effect', { ...item });
}
