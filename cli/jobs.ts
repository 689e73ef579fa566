import { takesStatus } from '../functions/alerts/alert-settings.ts';
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

/** What a list shows of a job: a failure is listed as it was then, a job as it is now. */
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

/** What is asked of which tables, and when (epoch ms). */
interface Asking {
  tables: Tables;
  now: number;
}

/**
 * The jobs of a primary that fit, newest first: the narrowest question that the indexes answer; the rest is left out here. A status
 * counts only once the job is done.
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

/** The unfinished jobs of a primary that fit, the one that was heard of first in front. */
export async function* findUnfinished(
  { tables, now }: Asking,
  primary: string,
  { client, policy }: Pick<Filters, 'client' | 'policy'>,
): AsyncGenerator<Job> {
  for await (const job of unfinishedJobs(tables, primary, now))
    if (isNamed(job.clientName, client) && isNamed(job.policyName, policy)) yield job;
}

/** What is unfinished since the longest comes first. */
export const longestFirst = orderBy<Job>(({ since = 0 }) => since);

async function* candidates(
  { tables, now }: Asking,
  primary: string,
  range: Range,
  { failed, status, client, policy }: JobFilters,
): AsyncGenerator<Listed> {
  // A job shows how its latest run ended; its failures stay what they were.
  if (failed || (status !== undefined && !takesStatus(status, 0))) {
    for await (const { entry, receivedAt, requestId } of failuresByDay(tables, primary, range, now))
      yield { ...entry, parentJobId: entry.parentJobId ?? entry.jobId, primary, receivedAt, requestId };
  } else if (client !== undefined) yield* jobsOfClient(tables, primary, client, range, now);
  else if (policy !== undefined) yield* jobsOfPolicy(tables, primary, policy, range, now);
  else yield* jobsByDay(tables, primary, range, now);
}
