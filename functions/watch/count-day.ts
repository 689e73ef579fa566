import type { AlertSettings } from '../alerts/alert-settings.ts';
import type { DailySummaryIntent } from '../alerts/intent.ts';
import { severityOf } from '../alerts/job-severity.ts';
import { isAtLeast, type Severity } from '../alerts/severity.ts';
import { asidesByDay } from '../questions/asides.ts';
import { imageEventsByDay } from '../questions/images.ts';
import { endsOf, type Job, jobsByDay } from '../questions/jobs.ts';
import type { Tables } from '../questions/query.ts';
import type { Range } from '../questions/range.ts';
import { seriesFailing } from '../questions/series.ts';
import { log } from '../runtime/log.ts';
import type { SummaryDay } from './summary-due.ts';

/** The queries about a primary for its summary. */
export interface DayQuestions {
  jobs(primary: string, range: Range, now: number): AsyncIterable<Job>;
  imageEvents(primary: string, range: Range, now: number): AsyncIterable<{ entry: { operationId: string } }>;
  asides(primary: string, range: Range, now: number): AsyncIterable<unknown>;
  seriesFailing(primary: string, now: number): AsyncIterable<unknown>;
}

/** Unreadable items are logged and not counted: one bad item must not cost everybody the summary. */
export function createDayQuestions(places: Omit<Tables, 'onUnreadable'>): DayQuestions {
  const tables: Tables = {
    ...places,
    onUnreadable: (item) => log.warn('Cannot read an item: it is not in the daily summary', { ...item }),
  };
  return {
    jobs: (primary, range, now) => jobsByDay(tables, primary, range, now),
    imageEvents: (primary, range, now) => imageEventsByDay(tables, primary, range, now),
    asides: (primary, range, now) => asidesByDay(tables, primary, range, now),
    seriesFailing: (primary, now) => seriesFailing(tables, primary, now),
  };
}

type Totals = DailySummaryIntent['primaries'][number];

/**
 * The counts of one day of one primary. `statuses`: how many jobs ended with each nonzero status of severity warning or
 * above.
 */
export interface CountedDay {
  totals: Totals;
  statuses: ReadonlyMap<number, number>;
}

/** How the ends of jobs are grouped for people who did not get a mail about each. */
const OUTCOMES = {
  information: 'cancelled',
  warning: 'warnings',
  error: 'failed',
  critical: 'failed',
} as const satisfies Record<Severity, keyof Totals>;

/**
 * Counts a day of one primary. It asks `hasTime` for each item; once that returns false, the day stays uncounted and
 * undefined is returned.
 */
export async function countDay(
  ask: DayQuestions,
  settings: Pick<AlertSettings, 'severities'>,
  primary: string,
  { from, until }: SummaryDay,
  now: number,
  hasTime: () => boolean,
): Promise<CountedDay | undefined> {
  const day = { from, to: until - 1 };
  const jobs = { succeeded: 0, warnings: 0, cancelled: 0, failed: 0 };
  const statuses = new Map<number, number>();
  // The index finds a job only by its latest run, which may have come after the day on which an earlier run ended.
  for await (const job of ask.jobs(primary, { from, to: now }, now)) {
    if (!hasTime()) return undefined;
    for (const { status } of endsOf(job, day)) {
      const severity = severityOf({ ...job, status }, settings);
      jobs[status === 0 ? 'succeeded' : OUTCOMES[severity]] += 1;
      if (status !== 0 && isAtLeast(severity, 'warning')) statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  }
  const operations = { CREATE: 0, DELETE: 0 };
  for await (const { entry } of ask.imageEvents(primary, day, now)) {
    if (!hasTime()) return undefined;
    if (entry.operationId === 'CREATE' || entry.operationId === 'DELETE') operations[entry.operationId] += 1;
  }
  const putAside = await count(ask.asides(primary, day, now), hasTime);
  const failing = await count(ask.seriesFailing(primary, now), hasTime);
  if (putAside === undefined || failing === undefined) return undefined;
  const images = { imagesCreated: operations.CREATE, imagesDeleted: operations.DELETE };
  return { totals: { primary, ...jobs, ...images, putAside, seriesFailing: failing }, statuses };
}

async function count(things: AsyncIterable<unknown>, hasTime: () => boolean): Promise<number | undefined> {
  let counted = 0;
  for await (const _ of things) {
    if (!hasTime()) return undefined;
    counted += 1;
  }
  return counted;
}
