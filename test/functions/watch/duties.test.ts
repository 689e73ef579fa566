import { afterEach, expect, it, vi } from 'vitest';
import { DEFAULT_ALERT_SETTINGS } from '../../../functions/alerts/alert-settings.ts';
import type { WatchContext } from '../../../functions/watch/context.ts';
import { watch } from '../../../functions/watch/duties.ts';
import { newOverdueMemory } from '../../../functions/watch/overdue-memory.ts';
import { contextOf, endpointOf, logged } from './support.ts';

afterEach(() => vi.restoreAllMocks());

const PLENTY = () => 50_000;

/** A minute in which every duty has something to do. */
function everything(other: Partial<WatchContext> = {}) {
  const written: unknown[] = [];
  const said = { info: logged('info'), warn: logged('warn'), error: logged('error') };
  const context = contextOf({
    endpoints: {
      async *list() {
        yield endpointOf('demo');
      },
      async *connections() {},
    },
    topics: [{ async *subscriptions() {}, subscribers: ['email a@example.com'] }],
    records: { read: async () => undefined, writeOnce: async (item) => void written.push(item) },
    givenUp: async () => 3,
    settings: DEFAULT_ALERT_SETTINGS,
    now: () => Date.parse('2026-11-24T08:07Z'),
    ...other,
  });
  const counted = () =>
    said.info.flatMap(([message, fields]) => (message === 'watched' ? [JSON.parse(JSON.stringify(fields))] : []));
  return { context, written, said, counted };
}

const fails = async (): Promise<never> => {
  throw new Error('throttled');
};
async function* failsAtOnce(): AsyncGenerator<never> {
  yield await fails();
}

/** Two connections heard of a moment ago: only the check for several connections asks the gateway about them. */
async function* twoNew() {
  for (const connectionId of ['a', 'b']) {
    const openedAt = Date.parse('2026-11-24T08:02Z');
    yield { ...{ connectionId, openedAt, endpoint: 'demo', primary: 'demo' }, tokenHash: 'h', sourceIp: '192.0.2.1' };
  }
}

const BOTH = { Connections: 0, SubscriptionsMissing: 1 };
const LATER = new Map([['demo', Date.parse('2026-11-25T08:00Z')]]);
const BROKEN = [{ subscriptions: failsAtOnce, subscribers: [] }];

it('a run does every duty and logs one line with all their counts', async () => {
  const { context, written, counted } = everything();
  await watch(context, PLENTY);
  expect(counted()).toMatchObject([{ ...{ Connections: 0, PendingIntents: 0, OldestIntent: 0 } }]);
  expect(counted()).toMatchObject([{ SubscriptionsMissing: 1, GivenUp: 3, WatchFailed: 0, failed: [] }]);
  // A metric costs money: where a missing value satisfies the alarm, 0 is not written.
  expect(Object.keys(counted()[0] ?? {})).not.toContain('SeveralConnections');
  expect(written).toMatchObject([{ kind: 'DailySummary' }]);
});

it.each<[string, Partial<WatchContext>, { counts: object; written: number }]>([
  [
    'connections',
    { liveness: fails, endpoints: { ...everything().context.endpoints, connections: twoNew } },
    { counts: { SubscriptionsMissing: 1 }, written: 1 },
  ],
  [
    'feeds',
    // The other duty that lists feeds has already looked at this primary.
    { feeds: { ...contextOf().feeds, list: failsAtOnce }, overdueMemory: { ...newOverdueMemory(), lookedAt: LATER } },
    { counts: BOTH, written: 1 },
  ],
  ['overdue backups', { expectations: { list: failsAtOnce } }, { counts: BOTH, written: 1 }],
  ['pending intents', { outbox: { ...contextOf().outbox, pendingSince: failsAtOnce } }, { counts: BOTH, written: 1 }],
  ['given-up records', { givenUp: fails }, { counts: BOTH, written: 1 }],
  ['deletions', { images: { ...contextOf().images, events: failsAtOnce } }, { counts: BOTH, written: 1 }],
  ['subscriptions', { topics: BROKEN }, { counts: { Connections: 0 }, written: 1 }],
  ['daily summary', { records: { read: fails, writeOnce: fails } }, { counts: BOTH, written: 0 }],
])('when the duty “%s” fails, the others are done, it is logged, and the run fails', async (duty, broken, expected) => {
  const { context, written, counted, said } = everything(broken);
  await expect(watch(context, PLENTY)).rejects.toThrow(`Failed: ${duty}`);
  expect(written).toHaveLength(expected.written);
  expect(said.error.map(([, fields]) => fields)).toEqual([{ duty, error: 'Error: throttled' }]);
  const [line] = counted();
  const { failed, Connections, SubscriptionsMissing, WatchFailed } = line;
  expect({ failed, WatchFailed }).toEqual({ failed: [duty], WatchFailed: 1 });
  expect(JSON.parse(JSON.stringify({ Connections, SubscriptionsMissing }))).toEqual(expected.counts);
});

it('when several duties fail, each is logged and the error names them all', async () => {
  const endpoints = { list: failsAtOnce, connections: failsAtOnce };
  const { context, said } = everything({ endpoints, topics: BROKEN });
  await expect(watch(context, PLENTY)).rejects.toThrow(
    'Failed: connections, daily summary, deletions, feeds, overdue backups, subscriptions',
  );
  expect(said.error).toHaveLength(6);
});

it.each<[string, string, Partial<WatchContext>, string]>([
  ['subscriptions', '08:07', { topics: BROKEN }, 'SubscriptionsMissing'],
  ['given-up records', '08:07', { givenUp: fails }, 'GivenUp'],
  [
    'certificate',
    '08:37',
    { certificate: { host: 'h', read: fails, seen: { get: fails, put: async () => {} } } },
    'CertificateDaysLeft',
  ],
])(
  'the duty “%s” is retried in each run after it failed in its minute, until it succeeds',
  async (duty, minute, broken, metric) => {
    let now = Date.parse(`2026-11-24T${minute}Z`);
    const { context, counted } = everything({ ...broken, now: () => now });
    const whole = everything().context;
    for (let run = 0; run < 5; run++, now += 60_000)
      await expect(watch(context, PLENTY)).rejects.toThrow(`Failed: ${duty}`);
    expect(counted().map(({ WatchFailed }) => WatchFailed)).toEqual([1, 1, 1, 1, 1]);
    // Once it works, its count is there at once, and then it waits for its minute again.
    const validUntil = now + 40 * 86_400_000;
    const chain = [{ subject: 'CN=h', issuer: 'CN=a', fingerprint: 'AB', validUntil }];
    const seen = { host: 'h', lookedAt: now, since: now, certificate: { seenAt: now, trusted: true, chain } };
    const repaired = { ...context, topics: whole.topics, givenUp: whole.givenUp };
    repaired.certificate = { host: 'h', read: fails, seen: { get: async () => seen, put: async () => {} } };
    while (new Date(now).getUTCMinutes() % 5 === 2) now += 60_000;
    await watch(repaired, PLENTY);
    now += 60_000;
    await watch(repaired, PLENTY);
    const [first, second] = counted().slice(5);
    expect([first, second].map((line) => metric in line)).toEqual([true, false]);
  },
);
