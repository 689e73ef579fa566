import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import { expect, it, vi } from 'vitest';
import { connectionKey } from '../../../functions/keys/registry.ts';
import { connectionState } from '../../../functions/registry/endpoint.ts';
import { gapsBetween } from '../../../functions/registry/gaps.ts';
import { connectionsOf, countConnections } from '../../../functions/watch/live-connections.ts';
import { NO_SCHEDULES, startTestRun } from '../../support/test-run.ts';
import { RECEIVED } from '../support.ts';
import { contextOf, endpointOf, logged } from './support.ts';

const MINUTE = 60_000;

/** Connections by id: opened and last heard how many minutes ago; if the gateway lost them or told of their end. */
type Known = Record<string, { minutes: number; heard?: number; gone?: true; closed?: true }>;

async function several(known: Known) {
  const closed: Record<string, number> = {};
  const asked: string[] = [];
  const context: Parameters<typeof connectionsOf>[0] = {
    now: () => RECEIVED,
    endpoints: {
      async *list() {},
      async *connections(endpoint) {
        for (const [connectionId, { minutes, heard, closed: at }] of Object.entries(known).sort(
          ([, a], [, b]) => a.minutes - b.minutes,
        )) {
          const openedAt = RECEIVED - minutes * MINUTE;
          const state = {
            ...{ connectionId, endpoint, primary: 'p', tokenHash: 'h', sourceIp: '192.0.2.1', openedAt },
            ...(heard !== undefined && { heardAt: RECEIVED - heard * MINUTE }),
          };
          yield at ? { ...state, closedAt: RECEIVED } : state;
        }
      },
    },
    registry: {
      closed: async (id, at) => {
        closed[id] = at;
      },
    },
    liveness: async (id) => {
      asked.push(id);
      return known[id]?.gone ? undefined : {};
    },
  };
  const { several, open, opened } = await connectionsOf(context, 'e');
  return { alive: several.map(({ connectionId }) => connectionId), open, opened, closed, asked };
}

it.each<[string, Known, string[]]>([
  ['one connection is not several', { a: { minutes: 30 } }, []],
  ['two are not, while the second opened only a moment ago', { a: { minutes: 30 }, b: { minutes: 1 } }, []],
  ['two are, once both are two minutes old', { a: { minutes: 30 }, b: { minutes: 2 } }, ['b', 'a']],
  ['two are not when one was closed', { a: { minutes: 30, closed: true }, b: { minutes: 2 } }, []],
  ['two are not when one is older than the gateway allows', { a: { minutes: 131 }, b: { minutes: 2 } }, []],
  [
    'a third, just opened, is reported too',
    { a: { minutes: 9 }, b: { minutes: 8 }, c: { minutes: 0 } },
    ['c', 'b', 'a'],
  ],
])('several live connections of an endpoint: %s', async (_, known, expected) => {
  expect((await several(known)).alive).toEqual(expected);
});

it.each<[string, Known, { open: number; opened: number }]>([
  ['none', {}, { open: 0, opened: 0 }],
  ['one, open for 90 minutes', { a: { minutes: 90 } }, { open: 1, opened: 0 }],
  [
    'one that replaced another that was cut',
    { a: { minutes: 9, closed: true }, b: { minutes: 8 } },
    { open: 1, opened: 2 },
  ],
  [
    'two, one of which the gateway no longer has',
    { a: { minutes: 40, gone: true }, b: { minutes: 15 } },
    { open: 1, opened: 0 },
  ],
  ['two that are both alive', { a: { minutes: 40 }, b: { minutes: 14 } }, { open: 2, opened: 1 }],
])(
  'counts the open connections of an endpoint and those opened in the last 15 minutes: %s',
  async (_, known, expected) => {
    const { open, opened } = await several(known);
    expect({ open, opened }).toEqual(expected);
  },
);

it.each([
  [4, 0],
  [5, 1],
])(
  'an endpoint that connected %i times within 15 minutes adds %i to the churn, and only churn is logged',
  async (times, churn) => {
    const warned = logged('warn');
    const connection = (minutes: number) => ({
      ...{ connectionId: `c-${minutes}`, endpoint: 'demo', primary: 'demo', tokenHash: 'h', sourceIp: '192.0.2.1' },
      ...{ openedAt: RECEIVED - minutes * MINUTE, ...(minutes > 0 && { closedAt: RECEIVED }) },
    });
    const counts = await countConnections(
      contextOf({
        now: () => RECEIVED,
        endpoints: {
          async *list() {
            yield endpointOf('demo');
            yield endpointOf('ended', { revokedAt: 1 });
          },
          async *connections() {
            for (let minutes = 0; minutes < times; minutes++) yield connection(minutes);
          },
        },
      }),
    );
    vi.restoreAllMocks();
    expect(counts).toEqual({ Connections: 1, SeveralConnections: 0, ConnectionChurn: churn });
    expect(warned.map(([, fields]) => fields)).toEqual(
      churn === 0 ? [] : [{ endpoint: 'demo', primary: 'demo', opened: 5 }],
    );
  },
);

it.each([
  ['heard', { heard: 20 }, 20],
  ['never heard', {}, 40],
])(
  'a connection that was %s and that the gateway lost without notice is closed, not counted, and leaves its gap',
  async (_, heard, lastHeard) => {
    const { alive, closed, asked } = await several({ old: { minutes: 40, ...heard, gone: true }, new: { minutes: 5 } });
    expect({ alive, asked }).toEqual({ alive: [], asked: ['new', 'old'] });
    const minutesAgo = (minutes: number) => RECEIVED - minutes * MINUTE;
    const gaps = gapsBetween([
      { openedAt: minutesAgo(40), heardAt: minutesAgo(lastHeard), closedAt: closed.old, state: 'closed' },
      { openedAt: minutesAgo(5), state: 'alive' },
    ]);
    expect(gaps).toEqual([{ from: minutesAgo(lastHeard), to: minutesAgo(5), sinceHeard: true }]);
  },
);

it('a single connection costs no call to the gateway', async () => {
  expect(await several({ a: { minutes: 30 } })).toMatchObject({ asked: [] });
});

it('in the stack, watch counts two primaries on one endpoint and logs their connections and addresses', async () => {
  // On a slow machine, a run that the schedule starts could log the earlier state.
  const { run, primary, items, logs, troubles, endpoint } = await startTestRun({ clock: NO_SCHEDULES });
  const primaries = [primary(), primary()];
  await Promise.all(primaries.map((one) => one.start()));
  await run.idle();
  const bound = async () =>
    (await items('RegistryTable'))
      .filter(({ sk }) => sk === 'connection')
      .map((item) => v.parse(connectionState, item));
  for (const { connectionId, openedAt } of await bound()) {
    await run.dynamodb.send(
      new UpdateItemCommand({
        TableName: run.deployment.outputs.RegistryTable,
        Key: marshall(connectionKey(connectionId)),
        UpdateExpression: 'SET openedAt = :at',
        ExpressionAttributeValues: marshall({ ':at': openedAt - 3 * MINUTE }),
      }),
    );
  }
  const watch = run.deployment.functions.find(({ id }) => id.startsWith('Watch'))?.id ?? '';
  const count = async () => {
    expect(await run.functions.invoke(watch, {})).toMatchObject({ ok: true });
    const lines = logs.filter((line) => line.includes('"WatchFailed":'));
    return JSON.parse(lines.at(-1) ?? '{}').SeveralConnections;
  };
  expect(await count()).toBe(1);
  const said = logs.find((line) => line.includes('several live connections'));
  for (const { connectionId } of await bound()) expect(said).toContain(connectionId);
  expect(said).toContain('127.0.0.1');
  expect(said).not.toContain(endpoint.token);
  await primaries[0]?.stop();
  await expect.poll(async () => (await bound()).filter(({ closedAt }) => closedAt).length).toBe(1);
  expect(await count()).toBeUndefined();
  expect(troubles).toEqual([]);
});
