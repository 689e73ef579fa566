import { expect } from 'vitest';
import { type BackupOverdueIntent, type BackupResumedIntent, readIntent } from '../../../functions/alerts/intent.ts';
import { leaseKey, type SeriesName, seriesKey } from '../../../functions/keys/records.ts';
import { createRecords } from '../../../functions/records/records.ts';
import { runItem } from '../../../functions/records/series.ts';
import { createSeriesStore } from '../../../functions/records/series-store.ts';
import type { EndpointState } from '../../../functions/registry/endpoint.ts';
import { createExpectations } from '../../../functions/registry/expectations.ts';
import { createFeeds } from '../../../functions/registry/feeds.ts';
import { createOverdues } from '../../../functions/registry/overdues.ts';
import { putIfAbsent } from '../../../functions/store/items.ts';
import { createLease } from '../../../functions/store/lease.ts';
import type { WatchContext } from '../../../functions/watch/context.ts';
import { newOverdueMemory } from '../../../functions/watch/overdue-memory.ts';
import { watchOverdue } from '../../../functions/watch/overdue-watch.ts';
import { createSeriesQuestions } from '../../../functions/watch/series-questions.ts';
import { allItems, testTables } from '../support.ts';
import { contextOf, endpointOf } from './support.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Epoch ms: 22:00 (UTC) of a Monday. */
export const MONDAY = Date.parse('2026-11-02T22:00Z');
export const evening = (day: number) => MONDAY + day * DAY;
export const days = (count: number, first = 0) => Array.from({ length: count }, (_, index) => first + index);

export const PLENTY = () => 50_000;

/** What a process remembers that has just started: nothing. */
export const COLD = () => ({ overdueMemory: newOverdueMemory() });

type Names = Partial<SeriesName>;

/** Real tables with backups of some primaries, and an overdue watch whose clock the test sets. */
export async function setUp(...endpoints: EndpointState[]) {
  const { client, records, registry, ledger } = await testTables();
  const clock = { now: MONDAY };
  const now = () => clock.now;
  const series = createSeriesStore(client, records, now);
  const registered = endpoints.length > 0 ? endpoints : [endpointOf('demo')];
  const overdues = createOverdues(client, registry);
  const feeds = createFeeds(client, registry, now);
  const context = contextOf({
    endpoints: {
      async *list() {
        yield* registered;
      },
      async *connections() {},
    },
    feeds,
    records: createRecords(client, records),
    expectations: createExpectations(client, registry),
    overdues,
    overdueLease: createLease(client, records, leaseKey('overdue')),
    series: createSeriesQuestions({ client, ledger, records, registry }),
    now,
  });
  let jobId = 0;
  const intents = async () => {
    const notices = (await allItems(client, records)).filter(({ pk }) => String(pk).startsWith('notice#'));
    const order = notices.sort((a, b) => Number(a.receivedAt) - Number(b.receivedAt));
    return order.map((item) => readIntent(item) as BackupOverdueIntent | BackupResumedIntent);
  };
  return {
    ...{ clock, context, feeds, overdues, client, registered },
    tables: { client, records, registry, ledger, onUnreadable: () => expect.unreachable() },
    expectations: createExpectations(client, registry),
    /** Records a gap that is over: nothing was heard through an endpoint between these times (epoch ms). */
    async unheard(from: number, to: number, endpoint = 'demo') {
      await feeds.addGap({ endpoint, primary: 'demo' }, { from, to });
      await feeds.put({ endpoint, primary: 'demo', aliveAt: to, restoredAt: to });
    },
    /** Marks the feed of an endpoint as lost from this time on (epoch ms). */
    lost: (lostFrom: number, endpoint = 'demo') =>
      feeds.put({ endpoint, primary: 'demo', aliveAt: lostFrom, lostFrom }),
    /** Adds runs of a series that ended at these times (epoch ms) with a status, each kept for `keptDays` days. */
    async ran(times: readonly number[], names: Names = {}, status = 0, keptDays?: number) {
      const name = {
        ...{ primary: 'demo', clientName: 'sql01', policyName: 'Nightly', scheduleType: 'ST_FULL', jobType: 'BACKUP' },
        ...names,
      };
      const runs = times.map((receivedAt) => {
        jobId += 1;
        const [startTime, messageTime] = [jobId, Math.floor(receivedAt / 1_000)];
        const expiresAt = keptDays && messageTime + (keptDays * DAY) / 1_000;
        return { ...name, policyType: 'STANDARD', jobId, startTime, status, messageTime, receivedAt, expiresAt };
      });
      await Promise.all(runs.map((run) => putIfAbsent(client, records, runItem(run))));
      await series.refold(seriesKey(name).pk);
    },
    /** Runs the watch at a time. Returns its messages, each as its kind, its clients, and how many it leaves out. */
    async watchAt(time: number, other: Partial<WatchContext> = {}, timeLeft = PLENTY) {
      const before = (await intents()).length;
      clock.now = time;
      await watchOverdue({ ...context, ...other }, timeLeft);
      return (await intents())
        .slice(before)
        .map(({ kind, backups, leftOut }) => [
          kind,
          ...backups.map(({ client }) => client).sort(),
          ...(leftOut ? [leftOut] : []),
        ]);
    },
    intents,
    open: async (primary = 'demo') => Array.fromAsync(overdues.list(primary)),
  };
}
