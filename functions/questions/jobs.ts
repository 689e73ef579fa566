import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import { type JobFailedIntent, readFailure } from '../alerts/intent.ts';
import { clientOf, dayOf, parentOf, policyOf, RECORDS_INDEXES } from '../keys/indexes.ts';
import { jobRecordKey } from '../keys/records.ts';
import { isKept } from '../store/items.ts';
import { ask, type Tables } from './query.ts';
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
});

/** A job as it is now, with its runs, oldest first. Times as in `JobState`. */
export type Job = v.InferOutput<typeof jobSchema>;

/** A job by its id, read consistently. */
export async function readJob(tables: Tables, primary: string, jobId: number, now: number): Promise<Job | undefined> {
  const Key = marshall(jobRecordKey(primary, jobId));
  const { Item } = await tables.client.send(
    new GetItemCommand({ TableName: tables.records, Key, ConsistentRead: true }),
  );
  const item = Item && unmarshall(Item);
  return item && isKept(item, now) ? v.parse(jobSchema, item) : undefined;
}

/** The jobs whose parent is this one, newest first. */
export function childrenOf(tables: Tables, primary: string, jobId: number, now: number): AsyncGenerator<Job> {
  // No job has the id -1, so this job is not taken for its own parent.
  const partition = parentOf(primary, -1, jobId) ?? '';
  return jobs(tables, RECORDS_INDEXES.byParent, partition, EVER, now);
}

/** Jobs by the day their state was received, newest first. */
export async function* jobsByDay(tables: Tables, primary: string, range: Range, now: number): AsyncGenerator<Job> {
  for (const day of daysOf(range, true)) {
    yield* jobs(tables, RECORDS_INDEXES.byDay, dayOf('job', primary, day), range, now);
  }
}

/** Failures by the day they were received, newest first: one for each DONE with a nonzero status, whatever became of the job since. */
export async function* failuresByDay(
  tables: Tables,
  primary: string,
  range: Range,
  now: number,
): AsyncGenerator<JobFailedIntent> {
  for (const day of daysOf(range, true)) {
    const partition = dayOf('failed', primary, day);
    for await (const item of ask(
      tables.client,
      { table: tables.records, index: RECORDS_INDEXES.byDay, partition, range },
      now,
    )) {
      yield readFailure(item);
    }
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
  return jobs(tables, RECORDS_INDEXES.byClient, clientOf('job', primary, client), range, now);
}

/** The jobs of a policy, newest first. */
export async function* jobsOfPolicy(
  tables: Tables,
  primary: string,
  policy: string,
  range: Range,
  now: number,
): AsyncGenerator<Job> {
  const partition = policyOf(primary, policy);
  if (partition !== undefined) yield* jobs(tables, RECORDS_INDEXES.byPolicy, partition, range, now);
}

async function* jobs(
  { client, records }: Tables,
  index: (typeof RECORDS_INDEXES)[keyof typeof RECORDS_INDEXES],
  partition: string,
  range: Range,
  now: number,
): AsyncGenerator<Job> {
  for await (const item of ask(client, { table: records, index, partition, range }, now))
    yield v.parse(jobSchema, item);
}
