import * as v from 'valibot';
import { dayOf, RECORDS_INDEXES } from '../keys/indexes.ts';
import type { ItemKey } from '../keys/ledger.ts';
import { intentKey } from '../keys/records.ts';
import { EXPIRES_AT, FORMAT, PENDING_INTENT } from '../keys/tables.ts';
import type { JobFact } from '../ledger/fact.ts';
import { DONE, jobEntry } from '../nbwss/job.ts';

/** Whether people must hear of a fact: a job that is done with any status but 0. */
export function deservesAlert({ entry }: JobFact): boolean {
  return entry.state === DONE && entry.status !== 0;
}

const intentSchema = v.object({
  pk: v.string(),
  sk: v.string(),
  kind: v.literal('JobFailed'),
  primary: v.string(),
  entry: v.pipe(v.string(), v.parseJson(), jobEntry),
  /** Epoch ms of the fact's receipt. */
  receivedAt: v.number(),
  /** The correlation id from socket to alert. */
  requestId: v.string(),
});

/** The wish to tell people of one fact. It is written once per fact, and pending until SNS accepted a message that carries it. */
export type Intent = v.InferOutput<typeof intentSchema>;

/** Reads an item of Records. Throws valibot's ValiError when it is no intent. */
export function readIntent(item: unknown): Intent {
  return v.parse(intentSchema, item);
}

/** An intent must outlive its fact, or a late projection of that fact would alert again. */
const OUTLIVES_FACT_SECONDS = 30 * 86_400;

/** The item of a new intent, pending since `now` (epoch ms). */
export function intentItem(fact: JobFact, now: number): ItemKey & Record<string, unknown> {
  return {
    ...settledIntentItem(fact),
    [RECORDS_INDEXES.pending.partitionKey]: PENDING_INTENT,
    [RECORDS_INDEXES.pending.sortKey]: now,
  };
}

/** The item of an intent that nobody is told of any more: it only says that the job failed. */
export function settledIntentItem(fact: JobFact): ItemKey & Record<string, unknown> {
  return {
    ...intentKey(fact.primary, fact.entry),
    format: FORMAT,
    kind: 'JobFailed',
    primary: fact.primary,
    entry: JSON.stringify(fact.entry),
    receivedAt: fact.receivedAt,
    requestId: fact.requestId,
    // Every intent is a failure of that day, also once people were told.
    [RECORDS_INDEXES.byDay.partitionKey]: dayOf('failed', fact.primary, fact.receivedAt),
    [EXPIRES_AT]: fact.expiresAt === undefined ? undefined : fact.expiresAt + OUTLIVES_FACT_SECONDS,
  };
}
