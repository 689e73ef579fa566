import * as v from 'valibot';
import type { SeriesName } from '../keys/records.ts';
import type { JobEntry } from '../nbwss/job.ts';
import { last, orderBy } from './order.ts';

/** Job types that a schedule repeats. Others (restores, imports, housekeeping) stand alone: nobody waits for the next one. */
const REPEATING: ReadonlySet<string> = new Set(['ARCHIVE', 'BACKUP', 'DBBACKUP', 'SNAPSHOT']);

/** The series that a job belongs to; undefined for one without a policy or of a type that does not repeat. */
export function seriesOf(primary: string, entry: JobEntry): SeriesName | undefined {
  const { clientName, policyName, scheduleType, jobType } = entry;
  if (policyName === '' || !REPEATING.has(jobType)) return undefined;
  return { primary, clientName, policyName, scheduleType, jobType };
}

/** `usable`: there is something to restore from. `neutral`: says nothing about that. `failed`: there is not. */
export type RunOutcome = 'usable' | 'neutral' | 'failed';

/** 150: a person ended the job. It neither ends a streak of failures nor makes it longer. */
const NEUTRAL: ReadonlySet<number> = new Set([150]);

export function runOutcome(status: number): RunOutcome {
  if (status === 0 || status === 1) return 'usable';
  return NEUTRAL.has(status) ? 'neutral' : 'failed';
}

/** One DONE fact of a series, as it is kept under the series. */
export const seriesRun = v.object({
  primary: v.string(),
  clientName: v.string(),
  policyName: v.string(),
  scheduleType: v.string(),
  jobType: v.string(),
  jobId: v.number(),
  startTime: v.number(),
  status: v.number(),
  /** The message's `timeStamp`, epoch seconds. */
  messageTime: v.number(),
  /** Epoch ms. */
  receivedAt: v.number(),
  /** Epoch seconds. */
  expiresAt: v.optional(v.number()),
});
export type SeriesRun = v.InferOutput<typeof seriesRun>;

/** What a series amounts to, named as its newest run names it. Times are epoch ms of receipt. */
export interface SeriesState extends SeriesName {
  /** Failed runs since the last usable one. */
  streak: number;
  lastStatus: number;
  lastJobId: number;
  lastAt: number;
  /** 0: none is known. */
  lastUsableAt: number;
  /** Epoch seconds: when the newest run's facts expire. */
  expiresAt?: number | undefined;
}

const decidesRun = orderBy<SeriesRun>(
  (run) => run.messageTime,
  (run) => run.status,
  (run) => run.receivedAt,
);
const inTime = orderBy<SeriesRun>(
  (run) => run.receivedAt,
  (run) => run.jobId,
  (run) => run.startTime,
);

/**
 * Folds the newest items of a series, in any order, to what it amounts to. They must reach back to the last usable run, or to the
 * first run of all. A run that was reported DONE more than once counts once, by the report sent last. Undefined only for none.
 */
export function foldSeries(reports: readonly SeriesRun[]): SeriesState | undefined {
  const runs = [...Map.groupBy(reports, ({ jobId, startTime }) => `${jobId} ${startTime}`).values()]
    .flatMap((ofRun) => last(ofRun, decidesRun) ?? [])
    .sort(inTime);
  const newest = runs.at(-1);
  if (!newest) return undefined;
  const lastUsable = runs.findLastIndex(({ status }) => runOutcome(status) === 'usable');
  const { primary, clientName, policyName, scheduleType, jobType, expiresAt } = newest;
  return {
    ...{ primary, clientName, policyName, scheduleType, jobType, expiresAt },
    streak: runs.slice(lastUsable + 1).filter(({ status }) => runOutcome(status) === 'failed').length,
    lastStatus: newest.status,
    lastJobId: newest.jobId,
    lastAt: newest.receivedAt,
    lastUsableAt: runs[lastUsable]?.receivedAt ?? 0,
  };
}
