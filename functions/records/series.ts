import * as v from 'valibot';
import { isPartial, statusJudgement } from '../alerts/status-judgement.ts';
import { type SeriesName, seriesRunKey } from '../keys/records.ts';
import { FORMAT, type ItemKey } from '../keys/tables.ts';
import type { JobFact } from '../ledger/fact.ts';
import type { JobEntry } from '../nbwss/job.ts';
import { last, orderBy } from './order.ts';

/** Job types that a schedule repeats. Of others (restores, imports, housekeeping) nobody waits for the next one. */
const REPEATING: ReadonlySet<string> = new Set(['ARCHIVE', 'BACKUP', 'DBBACKUP', 'SNAPSHOT']);

/** The series that a job belongs to; undefined for a job without a policy or of a type that does not repeat. */
export function seriesOf(primary: string, entry: JobEntry): SeriesName | undefined {
  const { clientName, policyName, scheduleType, jobType } = entry;
  if (policyName === '' || !REPEATING.has(jobType)) return undefined;
  return { primary, clientName, policyName, scheduleType, jobType };
}

/** `usable`: there is something to restore from. `failed`: there is not. `neutral`: says nothing about it. */
type RunOutcome = 'usable' | 'neutral' | 'failed';

/**
 * By the catalogue: success and partial success are usable. A run that a person ended (150 and the like) neither ends a
 * streak of failures nor lengthens it.
 */
export function runOutcome(status: number): RunOutcome {
  if (status === 0 || isPartial(status)) return 'usable';
  return statusJudgement(status)?.class === 'cancelled' ? 'neutral' : 'failed';
}

/** One DONE fact, as kept under its series. */
export const seriesRun = v.object({
  primary: v.string(),
  clientName: v.string(),
  policyName: v.string(),
  scheduleType: v.string(),
  jobType: v.string(),
  /** Absent in items of earlier versions. */
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

/** The run that a DONE fact reports to its series; undefined if it belongs to none. */
export function runOf({ primary, entry, messageTime, receivedAt, expiresAt }: JobFact): SeriesRun | undefined {
  const series = seriesOf(primary, entry);
  const { jobId, startTime, status, policyType } = entry;
  return series && { ...series, policyType, jobId, startTime, status, messageTime, receivedAt, expiresAt };
}

/** The item of a run, under its series. */
export function runItem(run: SeriesRun): ItemKey & Record<string, unknown> {
  return { ...seriesRunKey(run, run.receivedAt, run), format: FORMAT, ...run };
}

/** Makes text compare as in DynamoDB, by its UTF-8 bytes. */
const byBytes = (text: string) => Buffer.from(text, 'utf8').toString('latin1');

/**
 * Orders reports that share a place; the last one holds it. They were received at the same time and differ only in the
 * time of their message, in capital letters or in the policy type. The one that was sent last wins, whichever arrived
 * first.
 */
export const winsPlace = orderBy<SeriesRun>(
  (run) => run.messageTime,
  (run) => byBytes(run.clientName),
  (run) => byBytes(run.policyName),
  (run) => byBytes(run.policyType),
);

/** The state of a series, with names as in its newest run. Times are epoch ms of receipt. */
export interface SeriesState extends SeriesName {
  /** Failed runs since the last usable one. */
  streak: number;
  lastStatus: number;
  lastJobId: number;
  lastAt: number;
  /** 0 when none is known. */
  lastUsableAt: number;
  /** When the first failed run since then was received; 0 when there is none. */
  failingSince: number;
  /** Epoch seconds: when the newest run's facts expire. */
  expiresAt?: number | undefined;
}

const decidesRun = orderBy<SeriesRun>(
  (run) => run.messageTime,
  (run) => run.status,
  (run) => run.receivedAt,
);
/** The order of the runs' keys, which are text: of the runs that one message reports, job 10 comes before job 9. */
const inTime = orderBy<SeriesRun>(
  (run) => run.receivedAt,
  (run) => String(run.jobId),
  (run) => String(run.startTime),
);

/** The reported runs, oldest first. A run that was reported DONE repeatedly counts once, by the report sent last. */
export function runsOf(reports: readonly SeriesRun[]): SeriesRun[] {
  return [...Map.groupBy(reports, ({ jobId, startTime }) => `${jobId} ${startTime}`).values()]
    .flatMap((ofRun) => last(ofRun, decidesRun) ?? [])
    .sort(inTime);
}

/**
 * Folds the newest reports of a series, in any order, to its state. They must reach back to the last usable run, or to
 * the first run of all. Undefined only for no reports.
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

/** Since when runs have failed, and the last usable run before that. */
type Failing = Pick<SeriesState, 'failingSince' | 'lastUsableAt'>;

/**
 * Completes a result for so many failures in a row that older runs were not read, with what was known about those
 * before. Otherwise a series would, after a thousand failures, seem never to have succeeded, and each further failure
 * would seem to begin a new streak.
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
  /** The last usable run before them; 0 when none is known. */
  lastUsableAt: number;
  /** Their statuses, in ascending order. */
  statuses: number[];
  /** The latest of them, at most LATEST, oldest first. */
  latest: SeriesRun[];
}

/** For how many failures in a row the fate of each is looked up. */
const LATEST = 20;

/** The failures after the last usable run, to which the reports must reach back; undefined when there are none. */
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
