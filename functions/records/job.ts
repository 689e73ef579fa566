import type { JobFact } from '../ledger/fact.ts';
import { DONE, type JobEntry } from '../nbwss/job.ts';
import { greatest, last, least, orderBy, tieBreak } from './order.ts';

/** The state of a job, or of one run of it, by the fact that decides it. Times in seconds are NetBackup's, as sent. */
export interface JobState
  extends Pick<
    JobEntry,
    'jobId' | 'state' | 'status' | 'startTime' | 'clientName' | 'policyName' | 'policyType' | 'jobType' | 'scheduleType'
  > {
  primary: string;
  /** The job's own id when it has no parent. */
  parentJobId: number;
  /** When the deciding fact was received, epoch ms, and its correlation id. */
  receivedAt: number;
  requestId: string;
}

export interface JobFold {
  /** Its `startTime` is that of its latest run, or 0. */
  job: JobState;
  /** One for each `startTime` above 0, oldest first. */
  runs: JobState[];
  /**
   * Since when the job is unfinished (epoch ms): the first receipt of a fact about it after its last end. Undefined
   * once it has ended.
   */
  unfinishedSince: number | undefined;
}

/** The order of a job's states, for those reported in the same second. Unknown states rank in the middle. */
const STATE_RANKS: Readonly<Record<string, number>> = {
  QUEUED: 0,
  REQUEUED: 1,
  ACTIVE: 2,
  SUSPENDED: 4,
  INCOMPLETE: 4,
  [DONE]: 5,
};
const UNKNOWN_STATE_RANK = 3;

const stateRank = (state: string) =>
  (Object.hasOwn(STATE_RANKS, state) ? STATE_RANKS[state] : undefined) ?? UNKNOWN_STATE_RANK;

/** Within a run DONE wins, whenever it was sent; otherwise the state sent last, by the message's `timeStamp`. */
const decides = orderBy<JobFact>(
  (fact) => (fact.entry.state === DONE ? 1 : 0),
  (fact) => fact.messageTime,
  (fact) => stateRank(fact.entry.state),
  (fact) => fact.entry.state,
  (fact) => fact.entry.status,
  tieBreak,
);

/**
 * Folds every fact of one job, in any order, to the job and its runs. Each `startTime` is a run: job ids start again
 * after a disaster recovery, and jobs are restarted. The job shows its latest run. Facts with `startTime` 0 belong to
 * no run. They count while the job has no run, or once they say DONE, by a later message than the fact that decides its
 * latest run. Undefined only for no facts.
 */
export function foldJob(facts: readonly JobFact[]): JobFold | undefined {
  const decided = [...Map.groupBy(facts, (fact) => fact.entry.startTime).values()]
    .flatMap((ofRun) => last(ofRun, decides) ?? [])
    .sort(byStart);
  const runs = decided.filter(({ entry }) => entry.startTime > 0);
  const [latest, unstarted] = [runs.at(-1), decided.find(({ entry }) => entry.startTime === 0)];
  const deciding = latest && unstarted ? decidingOf(latest, unstarted) : (latest ?? unstarted);
  if (!deciding) return undefined;
  const job = stateOf(deciding);
  return {
    job,
    runs: runs.map(stateOf),
    unfinishedSince: job.state === DONE ? undefined : unfinishedSince(facts, job),
  };
}

const byStart = orderBy<JobFact>((fact) => fact.entry.startTime);

/**
 * Decides between the latest run and facts without a run. These may be about another job that got the same id after a
 * reset and was cancelled or expired before it started. A waiting state is no such sign: a late message about the time
 * in which the job was queued has a later time too, and would hide how the job ended.
 */
function decidingOf(latest: JobFact, unstarted: JobFact): JobFact {
  return unstarted.entry.state === DONE && unstarted.messageTime > latest.messageTime ? unstarted : latest;
}

/**
 * Looks at all facts, not at runs: a job is queued before it has a run, and must not move in its index when it gets
 * one. Only a late end moves it.
 */
function unfinishedSince(facts: readonly JobFact[], { receivedAt }: JobState): number {
  const times = (done: boolean) =>
    facts.filter(({ entry }) => (entry.state === DONE) === done).map((fact) => fact.receivedAt);
  const endedAt = greatest(times(true));
  return least([receivedAt, ...times(false).filter((at) => at > endedAt)]);
}

function stateOf({ entry, primary, receivedAt, requestId }: JobFact): JobState {
  const { jobId, state, status, startTime, clientName, policyName, policyType, jobType, scheduleType } = entry;
  const named = { clientName, policyName, policyType, jobType, scheduleType };
  return {
    primary,
    jobId,
    parentJobId: entry.parentJobId ?? jobId,
    state,
    status,
    startTime,
    ...named,
    receivedAt,
    requestId,
  };
}
