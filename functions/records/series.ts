import type { JobEntry } from '../nbwss/job.ts';
import { last, orderBy } from './order.ts';

/** What makes jobs a series: the same client, policy, schedule type and job type of one primary, again and again. */
export interface SeriesIdentity {
  primary: string;
  clientName: string;
  policyName: string;
  scheduleType: string;
  jobType: string;
}

/** Job types that a schedule repeats. Others (restores, imports, housekeeping) stand alone: nobody waits for the next one. */
const REPEATING: ReadonlySet<string> = new Set(['ARCHIVE', 'BACKUP', 'DBBACKUP', 'SNAPSHOT']);

/** The series that a job belongs to; undefined for one without a policy or of a type that does not repeat. */
export function seriesOf(primary: string, entry: JobEntry): SeriesIdentity | undefined {
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

/** One DONE fact of a series. Facts never change, and so neither does this. */
export interface SeriesItem {
  jobId: number;
  startTime: number;
  status: number;
  /** The message's `timeStamp`, epoch seconds. */
  messageTime: number;
  /** Epoch ms. */
  receivedAt: number;
}

/** What a series amounts to. Times are epoch ms of receipt. */
export interface SeriesState {
  /** Failed runs since the last usable one. */
  streak: number;
  lastStatus: number;
  lastJobId: number;
  lastAt: number;
  /** 0: none is known. */
  lastUsableAt: number;
}

const decidesRun = orderBy<SeriesItem>(
  (item) => item.messageTime,
  (item) => item.status,
  (item) => item.receivedAt,
);
const inTime = orderBy<SeriesItem>(
  (item) => item.receivedAt,
  (item) => item.jobId,
  (item) => item.startTime,
);

/**
 * Folds the newest items of a series, in any order, to what it amounts to. They must reach back to the last usable run, or to the
 * first run of all. A run that was reported DONE more than once counts once, by the report sent last. Undefined only for none.
 */
export function foldSeries(items: readonly SeriesItem[]): SeriesState | undefined {
  const runs = [...Map.groupBy(items, ({ jobId, startTime }) => `${jobId} ${startTime}`).values()]
    .flatMap((ofRun) => last(ofRun, decidesRun) ?? [])
    .sort(inTime);
  const newest = runs.at(-1);
  if (!newest) return undefined;
  const lastUsable = runs.findLastIndex(({ status }) => runOutcome(status) === 'usable');
  return {
    streak: runs.slice(lastUsable + 1).filter(({ status }) => runOutcome(status) === 'failed').length,
    lastStatus: newest.status,
    lastJobId: newest.jobId,
    lastAt: newest.receivedAt,
    lastUsableAt: runs[lastUsable]?.receivedAt ?? 0,
  };
}
