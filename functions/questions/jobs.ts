import * as v from 'valibot';
import { type JobFailedIntent, readFailure } from '../alerts/intent.ts';
import { clientOf, dayOf, parentOf, policyOf, RECORDS_INDEXES, unfinishedOf } from '../keys/indexes.ts';
import { jobRecordKey } from '../keys/records.ts';
import { DONE } from '../nbwss/job.ts';
import { type Order, orderBy } from '../records/order.ts';
import { merge, newestFirst } from './merge.ts';
import { ask, type IndexQuery, readOne, type Tables } from './query.ts';
import { daysOf, EVER, type Range } from './range.ts';

const run = v.object({ startTime: v.number(), state: v.string(), status: v.number(), receivedAt: v.number() });

const jobSchema = v.object({
  primary: v.string(),
  jobId: v.number(),
  parentJobId: v.number(),
  state: v.string(),
  status: v.number(),
  startTime: v.number(),
  clientName: v.string(),
  policyName: v.string(),
  policyType: v.string(),
  jobType: v.string(),
  scheduleType: v.string(),
  receivedAt: v.number(),
  requestId: v.string(),
  runs: v.array(run),
  facts: v.number(),
  /** Only for a job that has not ended: since when it is unfinished. Epoch ms. */
  since: v.optional(v.number()),
});

/** A job as it is now, with its runs, oldest first. Times as in `JobState`. */
export type Job = v.InferOutput<typeof jobSchema>;

const readJobItem = v.parser(jobSchema);

/** A job by its id, read consistently. */
export function readJob(tables: Tables, primary: string, jobId: number, now: number): Promise<Job | undefined> {
  return readOne(tables, jobRecordKey(primary, jobId), now, readJobItem);
}

/*
 * A job that has not ended is only in the index of unfinished jobs. So each question about jobs reads that index too,
 * and reads it first: a job that ends meanwhile may be seen twice, as it was and as it is. A job that had ended and
 * runs again meanwhile may be missed, except when jobs are read oldest first.
 */

/** The jobs whose parent is this one, the highest id first. */
export function childrenOf(tables: Tables, primary: string, jobId: number, now: number): AsyncGenerator<Job> {
  // No job has the id -1, so `parentOf` does not take the job for its own parent.
  const partition = parentOf(primary, -1, jobId) ?? '';
  const every = { from: -Number.MAX_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER };
  const ended = jobs(tables, { index: RECORDS_INDEXES.byParent, partition, range: every }, now);
  const isChild = (job: Job) => parentOf(primary, job.jobId, job.parentJobId) === partition;
  return merged(unfinishedJobs(tables, primary, now), isChild, ended, highestFirst);
}

const highestFirst = orderBy<Job>(({ jobId }) => -jobId);

/** Jobs by the day on which their state was received, newest first unless `oldestFirst`. */
export async function* jobsByDay(
  tables: Tables,
  primary: string,
  range: Range,
  now: number,
  oldestFirst = false,
): AsyncGenerator<Job> {
  const ended = endedByDay(tables, primary, { range, oldestFirst }, now);
  const unfinished = () => unfinishedJobs(tables, primary, now, range.to);
  if (!oldestFirst) return yield* merged(unfinished(), isIn(range), ended, newestFirst);
  const seen = new Set<number>();
  for await (const job of merged(unfinished(), isIn(range), ended, oldestInFront)) {
    if (job.state !== DONE) seen.add(job.jobId);
    yield job;
  }
  for await (const job of unfinished()) if (isIn(range)(job) && !seen.has(job.jobId)) yield job;
}

/**
 * The jobs of a primary that have not ended, whenever they were last heard of, in the order in which they were first
 * heard of. `until`: only those that were first heard of by then (epoch ms).
 */
export function unfinishedJobs(tables: Tables, primary: string, now: number, until = EVER.to): AsyncGenerator<Job> {
  const partition = unfinishedOf(primary);
  const range = { from: EVER.from, to: until };
  return jobs(tables, { index: RECORDS_INDEXES.byPrimary, partition, range, oldestFirst: true }, now);
}

/**
 * Failures by day of receipt, newest first: one for each DONE with a nonzero status, whatever became of the job since.
 */
export async function* failuresByDay(
  tables: Tables,
  primary: string,
  range: Range,
  now: number,
): AsyncGenerator<JobFailedIntent> {
  for (const day of daysOf(range, true)) {
    const partition = dayOf('failed', primary, day);
    yield* ask(tables, { table: tables.records, index: RECORDS_INDEXES.byDay, partition, range }, now, readFailure);
  }
}

/** The jobs of a client, newest first. */
export function jobsOfClient(
  tables: Tables,
  primary: string,
  client: string,
  range: Range,
  now: number,
): AsyncGenerator<Job> {
  const partition = clientOf('job', primary, client);
  const ended = jobs(tables, { index: RECORDS_INDEXES.byClient, partition, range }, now);
  const isOfClient = (job: Job) => isIn(range)(job) && clientOf('job', primary, job.clientName) === partition;
  return merged(unfinishedJobs(tables, primary, now, range.to), isOfClient, ended, newestFirst);
}

/**
 * The jobs of a policy by the day on which their state was received, newest first. This reads all jobs of those days:
 * an index for it would cost more than some 90 such questions a day.
 */
export async function* jobsOfPolicy(
  tables: Tables,
  primary: string,
  policy: string,
  range: Range,
  now: number,
): AsyncGenerator<Job> {
  const value = policyOf(primary, policy);
  if (value === undefined) return;
  const ended = endedByDay(tables, primary, { range, only: { attribute: 'ofPolicy', value } }, now);
  const isOfPolicy = (job: Job) => isIn(range)(job) && policyOf(primary, job.policyName) === value;
  yield* merged(unfinishedJobs(tables, primary, now, range.to), isOfPolicy, ended, newestFirst);
}

type Asked = Pick<IndexQuery, 'range' | 'oldestFirst' | 'only'>;

async function* endedByDay(tables: Tables, primary: string, asked: Asked, now: number): AsyncGenerator<Job> {
  for (const day of daysOf(asked.range, !asked.oldestFirst)) {
    const partition = dayOf('job', primary, day);
    yield* jobs(tables, { index: RECORDS_INDEXES.byDay, partition, ...asked }, now);
  }
}

/** Merges the ended jobs, which come in `order`, with those unfinished jobs that are asked for. */
async function* merged(
  unfinished: AsyncGenerator<Job>,
  isAskedFor: (job: Job) => boolean,
  ended: AsyncGenerator<Job>,
  order: Order<Job>,
): AsyncGenerator<Job> {
  const asked = (await Array.fromAsync(unfinished)).filter(isAskedFor);
  yield* merge([streamOf(asked.sort(order)), ended], order);
}

const isIn =
  ({ from, to }: Range) =>
  ({ receivedAt }: Job) =>
    from <= receivedAt && receivedAt <= to;

const oldestInFront = orderBy<Job>(({ receivedAt }) => receivedAt);

async function* streamOf<T>(values: readonly T[]): AsyncGenerator<T> {
  yield* values;
}

function jobs(tables: Tables, query: Omit<IndexQuery, 'table'>, now: number): AsyncGenerator<Job> {
  return ask(tables, { table: tables.records, ...query }, now, readJobItem);
}

/** A run of a job that ended, or a job that ended without one. */
export type EndedRun = Pick<Job, 'status' | 'receivedAt'>;

/**
 * The ends of a job in a range: those of its runs, and its own if that belongs to no run because the job ended before
 * it started.
 */
export function endsOf(job: Job, { from, to }: Range): EndedRun[] {
  return (job.startTime > 0 ? job.runs : [...job.runs, job]).filter(
    ({ state, receivedAt }) => state === DONE && from <= receivedAt && receivedAt <= to,
  );
}
