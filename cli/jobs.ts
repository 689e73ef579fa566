import { includesStatus } from '../functions/alerts/alert-settings.ts';
import { DONE } from '../functions/nbwss/job.ts';
import {
  failuresByDay,
  type Job,
  jobsByDay,
  jobsOfClient,
  jobsOfPolicy,
  unfinishedJobs,
} from '../functions/questions/jobs.ts';
import type { Tables } from '../functions/questions/query.ts';
import type { Range } from '../functions/questions/range.ts';
import { orderBy } from '../functions/records/order.ts';
import { showStatus } from './cells.ts';
import { type Filters, isAmong, isNamed } from './filters.ts';
import { showTime } from './output.ts';
import { type Columns, cut } from './table.ts';

/** A job in a list: as it is now, or, for a failure, as it was then. */
export type Listed = Omit<Job, 'runs' | 'facts'>;

export const JOB_COLUMNS: Columns<Listed> = {
  'received (UTC)': ({ receivedAt }) => showTime(receivedAt),
  primary: ({ primary }) => primary,
  job: ({ jobId }) => jobId,
  type: ({ jobType }) => jobType,
  state: ({ state }) => state,
  status: ({ state, status }) => (state === DONE ? showStatus(status) : ''),
  client: ({ clientName }) => cut(clientName),
  policy: ({ policyName }) => cut(policyName),
};

export interface JobFilters extends Pick<Filters, 'client' | 'policy' | 'status'> {
  failed?: boolean;
}

/** The tables to query, and the time now (epoch ms). */
interface Asking {
  tables: Tables;
  now: number;
}

/**
 * The matching jobs of a primary, newest first. Makes the narrowest query that the indexes allow, and filters its
 * result. A status counts only once the job is done.
 */
export async function* findJobs(
  asking: Asking,
  primary: string,
  range: Range,
  asked: JobFilters,
): AsyncGenerator<Listed> {
  for await (const job of candidates(asking, primary, range, asked))
    if (
      isNamed(job.clientName, asked.client) &&
      isNamed(job.policyName, asked.policy) &&
      (asked.status === undefined || (job.state === DONE && isAmong(job.status, asked.status)))
    )
      yield job;
}

/** The matching unfinished jobs of a primary, the one first reported longest ago first. */
export async function* findUnfinished(
  { tables, now }: Asking,
  primary: string,
  { client, policy }: Pick<Filters, 'client' | 'policy'>,
): AsyncGenerator<Job> {
  for await (const job of unfinishedJobs(tables, primary, now))
    if (isNamed(job.clientName, client) && isNamed(job.policyName, policy)) yield job;
}

/** The job that has been unfinished longest comes first. */
export const longestFirst = orderBy<Job>(({ since = 0 }) => since);

async function* candidates(
  { tables, now }: Asking,
  primary: string,
  range: Range,
  { failed, status, client, policy }: JobFilters,
): AsyncGenerator<Listed> {
  // A job's record shows only how its latest run ended, so failures are read as such.
  if (failed || (status !== undefined && !includesStatus(status, 0))) {
    for await (const { entry, receivedAt, requestId } of failuresByDay(tables, primary, range, now))
      yield { ...entry, parentJobId: entry.parentJobId ?? entry.jobId, primary, receivedAt, requestId };
  } else if (client !== undefined) yield* jobsOfClient(tables, primary, client, range, now);
  else if (policy !== undefined) yield* jobsOfPolicy(tables, primary, policy, range, now);
  else yield* jobsByDay(tables, primary, range, now);
}
