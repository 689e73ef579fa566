import * as v from 'valibot';
import { isPartial, statusJudgement } from '../alerts/status-judgement.ts';
import { type SeriesName, seriesRunKey } from '../keys/records.ts';
import { FORMAT, type ItemKey } from '../keys/tables.ts';
import type { JobFact } from '../ledger/fact.ts';
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

/** By the catalogue: success and partial success are usable; what a person ended (150 and the like) neither ends a streak of failures nor makes it longer. */
export function runOutcome(status: number): RunOutcome {
  if (status === 0 || isPartial(status)) return 'usable';
  return statusJudgement(status)?.class === 'cancelled' ? 'neutral' : 'failed';
}

/** One DONE fact of a series, as it is kept under the series. */
export const seriesRun = v.object({
  primary: v.string(),
  clientName: v.string(),
  policyName: v.string(),
  scheduleType: v.string(),
  jobType: v.string(),
  /** Absent in what earlier versions wrote. */
  policyType: v.optional(v.string(), ''),
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

/** The run of its series that a DONE fact tells of; undefined where it belongs to none. */
export function runOf({ primary, entry, messageTime, receivedAt, expiresAt }: JobFact): SeriesRun | undefined {
  const series = seriesOf(primary, entry);
  const { jobId, startTime, status, policyType } = entry;
  return series && { ...series, policyType, jobId, startTime, status, messageTime, receivedAt, expiresAt };
}

/** The item of a run, under its series. */
export function runItem(run: SeriesRun): ItemKey & Record<string, unknown> {
  return { ...seriesRunKey(run, run.receivedAt, run), format: FORMAT, ...run };
}

/** Text in the order that DynamoDB knows: by its bytes in UTF-8. */
const byBytes = (text: string) => Buffer.from(text, 'utf8').toString('latin1');

/**
 * Which of the reports that share a place has it: they were received at once, and differ only in the time of their message, in capital
 * letters or in the policy's type. The one that was sent last, whichever came first.
 */
export const hasPlace = orderBy<SeriesRun>(
  (run) => run.messageTime,
  (run) => byBytes(run.clientName),
  (run) => byBytes(run.policyName),
  (run) => byBytes(run.policyType),
);

/** What a series amounts to, named as its newest run names it. Times are epoch ms of receipt. */
export interface SeriesState extends SeriesName {
  /** Failed runs since the last usable one. */
  streak: number;
  lastStatus: number;
  lastJobId: number;
  lastAt: number;
  /** 0: none is known. */
  lastUsableAt: number;
  /** When the first of the failed runs since then was received; 0: there are none. */
  failingSince: number;
  /** Epoch seconds: when the newest run's facts expire. */
  expiresAt?: number | undefined;
}

const decidesRun = orderBy<SeriesRun>(
  (run) => run.messageTime,
  (run) => run.status,
  (run) => run.receivedAt,
);
/** As their keys are in order, which are text: of runs that one message tells of, 10 is before 9. */
const inTime = orderBy<SeriesRun>(
  (run) => run.receivedAt,
  (run) => String(run.jobId),
  (run) => String(run.startTime),
);

/** The runs that reports tell of, oldest first. A run that was reported DONE more than once counts once, by the report sent last. */
export function runsOf(reports: readonly SeriesRun[]): SeriesRun[] {
  return [...Map.groupBy(reports, ({ jobId, startTime }) => `${jobId} ${startTime}`).values()]
    .flatMap((ofRun) => last(ofRun, decidesRun) ?? [])
    .sort(inTime);
}

/**
 * Folds the newest items of a series, in any order, to what it amounts to. They must reach back to the last usable run, or to the
 * first run of all. Undefined only for none.
 */
export function foldSeries(reports: readonly SeriesRun[]): SeriesState | undefined {
  const runs = runsOf(reports);
  const newest = runs.at(-1);
  if (!newest) return undefined;
  const lastUsable = runs.findLastIndex(({ status }) => runOutcome(status) === 'usable');
  const failed = runs.slice(lastUsable + 1).filter(({ status }) => runOutcome(status) === 'failed');
  const { primary, clientName, policyName, scheduleType, jobType, expiresAt } = newest;
  return {
    ...{ primary, clientName, policyName, scheduleType, jobType, expiresAt },
    streak: failed.length,
    lastStatus: newest.status,
    lastJobId: newest.jobId,
    lastAt: newest.receivedAt,
    lastUsableAt: runs[lastUsable]?.receivedAt ?? 0,
    failingSince: failed[0]?.receivedAt ?? 0,
  };
}

/** Since when runs fail, and the last usable one before. */
type Failing = Pick<SeriesState, 'failingSince' | 'lastUsableAt'>;

/**
 * What was found in so many failures in a row that older runs were not read, with what was known of these before. Else a series would
 * seem never to have succeeded after a thousand failures, and each of them would begin failures of its own.
 */
export function reachingBack<T extends Failing>(found: T, before: Partial<Record<keyof Failing, unknown>> = {}): T {
  const known = (at: unknown) => (typeof at === 'number' && at > 0 && at < found.failingSince ? at : undefined);
  return {
    ...found,
    failingSince: known(before.failingSince) ?? found.failingSince,
    lastUsableAt: known(before.lastUsableAt) ?? found.lastUsableAt,
  };
}

/** Failures in a row. Times are epoch ms of receipt. */
export interface Streak {
  failures: number;
  /** The first of them. */
  failingSince: number;
  /** The last usable run before them; 0: none is known. */
  lastUsableAt: number;
  /** Which statuses they had, in ascending order. */
  statuses: number[];
  /** The latest of them, at most LATEST, oldest first. */
  latest: SeriesRun[];
}

/** Of how many failures in a row it is looked up what became of each. */
const LATEST = 20;

/** The failures at the end of some runs that reach back to the last usable one; undefined when the last that says anything is usable. */
export function streakOf(reports: readonly SeriesRun[]): Streak | undefined {
  const runs = runsOf(reports);
  const lastUsable = runs.findLastIndex(({ status }) => runOutcome(status) === 'usable');
  const failed = runs.slice(lastUsable + 1).filter(({ status }) => runOutcome(status) === 'failed');
  const [first] = failed;
  return (
    first && {
      failures: failed.length,
      failingSince: first.receivedAt,
      lastUsableAt: runs[lastUsable]?.receivedAt ?? 0,
      statuses: [...new Set(failed.map(({ status }) => status))].sort((a, b) => a - b),
      latest: failed.slice(-LATEST),
    }
  );
}
