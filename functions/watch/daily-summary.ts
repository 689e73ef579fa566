import { type DailySummaryIntent, noticeItem, pendingSince } from '../alerts/intent.ts';
import { noticeKey } from '../keys/records.ts';
import { orderBy } from '../records/order.ts';
import { RESERVED_PRIMARY } from '../registry/endpoint.ts';
import { log } from '../runtime/log.ts';
import type { WatchContext } from './context.ts';
import { type CountedDay, countDay } from './count-day.ts';
import type { Counts } from './duties.ts';
import { type SummaryDay, summaryDue } from './summary-due.ts';

type SummaryContext = Pick<WatchContext, 'endpoints' | 'records' | 'day' | 'counted' | 'settings' | 'now'>;

/** The time that a run reserves for one more page of a query, with its retries, and for the write. */
const RESERVE_MS = 15_000;

/** How many statuses are listed, the most frequent first. */
const STATUSES = 20;

/** How long a fact that came just before the hour may take to reach its record, ms. */
const SETTLES_MS = 120_000;

/**
 * Writes the summary of a day, with totals of every primary, once it is due. If a run has no time for all primaries,
 * the next goes on.
 */
export async function summarize(context: SummaryContext, timeLeft: () => number): Promise<Counts> {
  const { records, settings, now } = context;
  const day = summaryDue(now() - SETTLES_MS, settings);
  if (!day || (await records.read(noticeKey(day.until, 'DailySummary', [day.date])))) return {};
  const primaries = await primariesOf(context, day);
  const days = await countAll(context, day, primaries, () => timeLeft() > RESERVE_MS);
  if (days.length < primaries.length) {
    const progress = { date: day.date, counted: days.length, primaries: primaries.length };
    log.warn('The daily summary ran out of time; the next run continues', progress);
  } else if (days.length > 0) {
    await records.writeOnce({ ...itemOf(day, days), ...pendingSince(now()) });
    context.counted.clear();
    log.info('Wrote the daily summary', { date: day.date, primaries: primaries.length });
  }
  return {};
}

/**
 * Every primary that had an endpoint on that day. A primary whose endpoints were revoked earlier is silent for good.
 */
async function primariesOf({ endpoints }: SummaryContext, { from, until }: SummaryDay): Promise<string[]> {
  const primaries = new Set<string>();
  for await (const { primary, createdAt, revokedAt = Number.POSITIVE_INFINITY } of endpoints.list())
    if (primary !== RESERVED_PRIMARY && createdAt < until && revokedAt > from) primaries.add(primary);
  return [...primaries].sort();
}

/** Counts the day of each primary in turn, while there is time. The counts stay in this process for the next run. */
async function countAll(
  { day: ask, counted, settings, now }: SummaryContext,
  day: SummaryDay,
  primaries: readonly string[],
  hasTime: () => boolean,
): Promise<CountedDay[]> {
  const days: CountedDay[] = [];
  for (const primary of primaries) {
    const place = `${day.date} ${primary}`;
    const ofPrimary = counted.get(place) ?? (await countDay(ask, settings, primary, day, now(), hasTime));
    if (!ofPrimary) break;
    counted.set(place, ofPrimary);
    days.push(ofPrimary);
  }
  return days;
}

function itemOf({ date, from, until }: SummaryDay, days: readonly CountedDay[]): object {
  const jobs = new Map<number, number>();
  for (const [status, more] of days.flatMap(({ statuses }) => [...statuses]))
    jobs.set(status, (jobs.get(status) ?? 0) + more);
  const mostFirst = orderBy<{ status: number; jobs: number }>(
    (one) => -one.jobs,
    (one) => one.status,
  );
  const intent = {
    ...{ kind: 'DailySummary' as const, receivedAt: until, date, from, until },
    primaries: days.map(({ totals }) => totals),
    statuses: Array.from(jobs, ([status, jobs]) => ({ status, jobs }))
      .sort(mostFirst)
      .slice(0, STATUSES),
  };
  return noticeItem<DailySummaryIntent>(intent, [date]);
}
