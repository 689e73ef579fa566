import * as v from 'valibot';
import { dayOf, RECORDS_INDEXES } from '../keys/indexes.ts';
import { intentKey, noticeKey } from '../keys/records.ts';
import { EXPIRES_AT, FORMAT, type ItemKey, PENDING_INTENT } from '../keys/tables.ts';
import type { JobFact } from '../ledger/fact.ts';
import { DONE, jobEntry } from '../nbwss/job.ts';
import { keepExact } from '../nbwss/json.ts';
import { keptSeconds } from '../registry/endpoint.ts';
import { overdueBackup } from '../registry/overdue.ts';

/*
 * An intent is the wish to tell people of something. It is written once per thing, under a key that is the thing, and pending until SNS
 * accepted a message that carries it. How to add a kind: CONTRIBUTING.md.
 */

const common = {
  pk: v.string(),
  sk: v.string(),
  /** Epoch ms of the receipt of what it tells of. */
  receivedAt: v.number(),
  /** Epoch ms since when it is pending; absent once people were told. */
  pendingSince: v.optional(v.number()),
  /** The id of the silence that holds it back. */
  silence: v.optional(v.string()),
};

/** What a series was when a run of it ended, that run included. Times are epoch ms of receipt. */
const seriesNote = v.object({
  /** Failed runs in a row. */
  failures: v.number(),
  /** The first of them. */
  failingSince: v.number(),
  /** The last usable run before them; 0: none is known. */
  lastUsableAt: v.number(),
});
export type SeriesNote = v.InferOutput<typeof seriesNote>;

const jobFailedIntent = v.object({
  ...common,
  kind: v.literal('JobFailed'),
  primary: v.string(),
  entry: v.pipe(v.string(), v.parseJson({ reviver: keepExact }), jobEntry),
  /** The correlation id from socket to alert. */
  requestId: v.string(),
  /** Absent for a job that belongs to no series. */
  series: v.optional(seriesNote),
});
/** A job that was DONE with a nonzero status. */
export type JobFailedIntent = v.InferOutput<typeof jobFailedIntent>;

const jobRecoveredIntent = v.object({
  ...common,
  kind: v.literal('JobRecovered'),
  primary: v.string(),
  /** Of the usable run. */
  jobId: v.number(),
  startTime: v.number(),
  status: v.number(),
  clientName: v.string(),
  policyName: v.string(),
  policyType: v.string(),
  scheduleType: v.string(),
  jobType: v.string(),
  /** The failures that it ended. */
  series: seriesNote,
  /** Which statuses they had. */
  statuses: v.array(v.number()),
  /** How many of the latest of them a silence kept back. */
  silenced: v.optional(v.number(), 0),
  /** Where the intents of the latest of them are. */
  endedFailures: v.optional(v.array(v.object({ pk: v.string(), sk: v.string() })), []),
});
/** The first usable run of a series after failures. */
export type JobRecoveredIntent = v.InferOutput<typeof jobRecoveredIntent>;

const quarantinedIntent = v.object({
  ...common,
  kind: v.literal('Quarantined'),
  primary: v.string(),
  endpoint: v.string(),
  /** Why the first one was put aside. */
  reason: v.string(),
  requestId: v.string(),
});
/** Something of a primary was put aside, the first of a day (UTC, of receipt). */
export type QuarantinedIntent = v.InferOutput<typeof quarantinedIntent>;

const count = v.number();
const dailySummaryIntent = v.object({
  ...common,
  kind: v.literal('DailySummary'),
  /** The day it is of, in the zone of the settings: the 24 hours (23 or 25 when clocks change) up to `until`. */
  date: v.string(),
  /** Epoch ms. */
  from: v.number(),
  until: v.number(),
  primaries: v.array(
    v.object({
      primary: v.string(),
      /** Jobs that ended, by how: status 0; warning; information; error or critical. */
      succeeded: count,
      warnings: count,
      cancelled: count,
      failed: count,
      imagesCreated: count,
      imagesDeleted: count,
      putAside: count,
      /** Series whose last runs failed. */
      seriesFailing: count,
    }),
  ),
  /** How often each nonzero status came, the most frequent first. */
  statuses: v.array(v.object({ status: v.number(), jobs: count })),
});
/** What the last day was like. */
export type DailySummaryIntent = v.InferOutput<typeof dailySummaryIntent>;

const feedLostIntent = v.object({
  ...common,
  kind: v.literal('FeedLost'),
  primary: v.string(),
  endpoint: v.string(),
  /** The last sign of life, epoch ms. */
  lostFrom: v.number(),
  /** By which threshold it is lost, minutes. */
  afterMinutes: v.number(),
  /** How many whole days ago this was first told. */
  reminder: v.number(),
});
/** Nothing is heard of a primary server through an endpoint; told again each day. */
export type FeedLostIntent = v.InferOutput<typeof feedLostIntent>;

const feedRestoredIntent = v.object({
  ...common,
  kind: v.literal('FeedRestored'),
  primary: v.string(),
  endpoint: v.string(),
  /** The gap, epoch ms. */
  from: v.number(),
  to: v.number(),
});
/** A primary server that was lost is heard again. */
export type FeedRestoredIntent = v.InferOutput<typeof feedRestoredIntent>;

const backupOverdueIntent = v.object({
  ...common,
  kind: v.literal('BackupOverdue'),
  primary: v.string(),
  /** What began to be overdue, and what is told again; without a usable run for longest first. */
  backups: v.array(overdueBackup),
  /** How many more there are: an item has no room for any number. */
  leftOut: v.number(),
  /** The thresholds that they are overdue by. */
  overdueGaps: v.number(),
  overdueHours: v.number(),
});
/** Backups of a primary server that did not run. */
export type BackupOverdueIntent = v.InferOutput<typeof backupOverdueIntent>;

const backupResumedIntent = v.object({
  ...common,
  kind: v.literal('BackupResumed'),
  primary: v.string(),
  /** `resumedAt`: the usable run that ended it, epoch ms of receipt. */
  backups: v.array(v.object({ ...overdueBackup.entries, resumedAt: v.number() })),
  leftOut: v.number(),
});
/** Backups of a primary server that were overdue and have run. */
export type BackupResumedIntent = v.InferOutput<typeof backupResumedIntent>;
const imagesDeletedIntent = v.object({
  ...common,
  kind: v.literal('ImagesDeleted'),
  primary: v.string(),
  /** The first time that people were told of what still goes on, epoch ms. */
  since: v.number(),
  /** Young images that are gone within an hour, and those of the days before of clients that have nothing left. */
  images: count,
  earlierImages: v.optional(count, 0),
  /** How many of both only lost their last local copy. */
  noLocalCopy: count,
  /** By which thresholds: how many may be, and below how many percent of the usual age an image is young. */
  threshold: count,
  agePercent: v.number(),
  /** When the first and the last of them were received, epoch ms. */
  from: v.number(),
  until: v.number(),
  /** How old they were, and at what age images of these clients are gone as a rule: medians but for the youngest, seconds. */
  youngest: v.number(),
  age: v.number(),
  usualAge: v.number(),
  /** Of which clients, those with the most images first; no more than there is room for, and how many there are. */
  clients: v.array(v.object({ clientName: v.string(), images: count, nothingLeft: v.boolean() })),
  clientCount: count,
  /** Clients of which no image can be restored any more; no more than there is room for, and how many there are. */
  nothingLeft: v.array(v.string()),
  nothingLeftCount: count,
  /** How many more there are of which people knew: it was told before, or somebody dismissed it. */
  nothingLeftBefore: v.optional(count, 0),
});
/** Images of a primary vanish that are younger than what its retention deletes. */
export type ImagesDeletedIntent = v.InferOutput<typeof imagesDeletedIntent>;

const reportIntent = v.object({
  ...common,
  kind: v.literal('Report'),
  /** The day on which it was made, in the zone of the settings. */
  date: v.string(),
  /** Of what time it is, epoch ms. */
  from: v.number(),
  to: v.number(),
  primaries: v.array(v.string()),
  /** Where it is: the page, and the same as JSON. */
  bucket: v.string(),
  region: v.string(),
  key: v.string(),
  jsonKey: v.string(),
  /** Backups that ended and that failed, and how many of those that count were usable, in percent; null for none. */
  ended: count,
  failed: count,
  successPercent: v.nullable(v.number()),
  /** Backups that are failing or overdue, clients without a good backup, images that went at a young age, gaps in what was heard. */
  failing: count,
  overdue: count,
  unprotected: count,
  young: count,
  gaps: count,
});
/** A report was written. */
export type ReportIntent = v.InferOutput<typeof reportIntent>;

const testIntent = v.object({
  ...common,
  kind: v.literal('Test'),
  /** What the person who asked for it wants it to say. */
  note: v.string(),
});
/** A person wants to see whether alerts arrive. */
export type TestIntent = v.InferOutput<typeof testIntent>;

const intentSchema = v.variant('kind', [
  jobFailedIntent,
  jobRecoveredIntent,
  quarantinedIntent,
  dailySummaryIntent,
  feedLostIntent,
  feedRestoredIntent,
  backupOverdueIntent,
  backupResumedIntent,
  imagesDeletedIntent,
  reportIntent,
  testIntent,
]);
export type Intent = v.InferOutput<typeof intentSchema>;

/** Reads an item of Records. Throws valibot's ValiError when it is no intent. */
export function readIntent(item: unknown): Intent {
  return v.parse(intentSchema, item);
}

/** Reads the intent of a failure. Throws valibot's ValiError when it is none. */
export function readFailure(item: unknown): JobFailedIntent {
  return v.parse(jobFailedIntent, item);
}

/** Whether people must hear of a fact: a job that is done with any status but 0. */
export function deservesAlert({ entry }: JobFact): boolean {
  return entry.state === DONE && entry.status !== 0;
}

/** An intent must outlive its fact, or a late projection of that fact would alert again. */
const OUTLIVES_FACT_SECONDS = 30 * 86_400;

/** What makes an item of Records pending since `now` (epoch ms). */
export function pendingSince(now: number): Record<string, unknown> {
  return { [RECORDS_INDEXES.pending.partitionKey]: PENDING_INTENT, [RECORDS_INDEXES.pending.sortKey]: now };
}

/** The item of a failure that nobody is told of any more: it only says that the job failed. */
export function failureItem(fact: JobFact, series?: SeriesNote): ItemKey & Record<string, unknown> {
  return {
    ...intentKey(fact.primary, fact.entry),
    format: FORMAT,
    kind: 'JobFailed',
    primary: fact.primary,
    entry: JSON.stringify(fact.entry),
    receivedAt: fact.receivedAt,
    requestId: fact.requestId,
    series,
    // Every intent of a failure is a failure of that day, also once people were told.
    [RECORDS_INDEXES.byDay.partitionKey]: dayOf('failed', fact.primary, fact.receivedAt),
    [EXPIRES_AT]:
      fact.expiresAt === undefined ? undefined : fact.expiresAt + keptSeconds(fact.primary, OUTLIVES_FACT_SECONDS),
  };
}

/** How long is kept what was told of things that have no fact, seconds. */
const NOTICE_KEPT_SECONDS = 400 * 86_400;

type Told<I extends Intent> = Omit<I, 'pk' | 'sk' | 'pendingSince' | 'silence'>;

/** The item of an intent that is no failure. `id` tells it from others of its kind and day. */
export function noticeItem<I extends Exclude<Intent, JobFailedIntent>>(
  intent: Told<I>,
  id: readonly (string | number)[],
): ItemKey & Record<string, unknown> {
  const primary = 'primary' in intent ? String(intent.primary) : undefined;
  return {
    ...noticeKey(intent.receivedAt, intent.kind, id),
    format: FORMAT,
    ...intent,
    [EXPIRES_AT]: Math.floor(intent.receivedAt / 1000) + keptSeconds(primary, NOTICE_KEPT_SECONDS),
  };
}
