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
 * An intent is the wish to alert people to something. It is written once per thing, under a key that is the thing, and
 * is pending until SNS accepts a message that carries it. How to add a kind: CONTRIBUTING.md.
 */

const common = {
  pk: v.string(),
  sk: v.string(),
  /** When what it reports was received, epoch ms. */
  receivedAt: v.number(),
  /** Since when it is pending, epoch ms; absent once people were alerted. */
  pendingSince: v.optional(v.number()),
  /** The id of the silence that holds it back. */
  silence: v.optional(v.string()),
};

/** How a series stood when a run of it ended, that run included. Times are epoch ms of receipt. */
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
  /** How many of the latest of them a silence held back. */
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
/** Something of a primary was put aside; the first of a day (UTC, of receipt). */
export type QuarantinedIntent = v.InferOutput<typeof quarantinedIntent>;

const count = v.number();
const dailySummaryIntent = v.object({
  ...common,
  kind: v.literal('DailySummary'),
  /**
   * The day that it is about, in the zone of the settings: the 24 hours (23 or 25 when clocks change) up to `until`.
   */
  date: v.string(),
  /** Epoch ms. */
  from: v.number(),
  until: v.number(),
  primaries: v.array(
    v.object({
      primary: v.string(),
      /** Jobs that ended, by outcome: status 0; warning; information; error or critical. */
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
  /** The threshold by which it is lost, minutes. */
  afterMinutes: v.number(),
  /** How many whole days ago people were first alerted. */
  reminder: v.number(),
});
/** Nothing is heard of a primary server through an endpoint; sent again each day. */
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
  /** Backups that became overdue or are reported again; the one longest without a usable run first. */
  backups: v.array(overdueBackup),
  /** How many more there are: an item has limited room. */
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
  /** When people were first alerted to what still goes on, epoch ms. */
  since: v.number(),
  /** Young images that went within an hour, and those that clients with nothing left lost in the days before. */
  images: count,
  earlierImages: v.optional(count, 0),
  /** How many of both only lost their last local copy. */
  noLocalCopy: count,
  /** The thresholds: how many may go, and below how many percent of the usual age an image is young. */
  threshold: count,
  agePercent: v.number(),
  /** When the first and the last of them were received, epoch ms. */
  from: v.number(),
  until: v.number(),
  /**
   * Ages in seconds: of the youngest, the median of all, and the median age at which images of these clients usually
   * go.
   */
  youngest: v.number(),
  age: v.number(),
  usualAge: v.number(),
  /** The clients, those with the most images first, as many as there is room for; and how many there are in all. */
  clients: v.array(v.object({ clientName: v.string(), images: count, nothingLeft: v.boolean() })),
  clientCount: count,
  /**
   * Clients of which no image can be restored any more, as many as there is room for; and how many there are in all.
   */
  nothingLeft: v.array(v.string()),
  nothingLeftCount: count,
  /** How many more such clients people knew of: they were reported before, or somebody dismissed them. */
  nothingLeftBefore: v.optional(count, 0),
});
/** Images of a primary vanish that are younger than those its retention deletes. */
export type ImagesDeletedIntent = v.InferOutput<typeof imagesDeletedIntent>;

const reportIntent = v.object({
  ...common,
  kind: v.literal('Report'),
  /** The day on which it was made, in the zone of the settings. */
  date: v.string(),
  /** The time that it is about, epoch ms. */
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
  /**
   * Backups that fail or are overdue, clients without a good backup, images that went at a young age, gaps in the
   * feeds.
   */
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

/** The failures and recoveries among some intents, which can be reported together. */
export interface JobIntents {
  failures: readonly JobFailedIntent[];
  recovered: readonly JobRecoveredIntent[];
}

/** Reads an item of Records. Throws valibot's ValiError when it is no intent. */
export function readIntent(item: unknown): Intent {
  return v.parse(intentSchema, item);
}

/** Reads the intent of a failure. Throws valibot's ValiError when it is none. */
export function readFailure(item: unknown): JobFailedIntent {
  return v.parse(jobFailedIntent, item);
}

/** Whether people must be alerted to a fact: a job that is DONE with any status but 0. */
export function deservesAlert({ entry }: JobFact): boolean {
  return entry.state === DONE && entry.status !== 0;
}

/** An intent must outlive its fact, or a late projection of that fact would alert again. */
const OUTLIVES_FACT_SECONDS = 30 * 86_400;

/** The attributes that make an item of Records pending since `now` (epoch ms). */
export function pendingSince(now: number): Record<string, unknown> {
  return { [RECORDS_INDEXES.pending.partitionKey]: PENDING_INTENT, [RECORDS_INDEXES.pending.sortKey]: now };
}

/** The item of a failure that is not pending: it only says that the job failed. */
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
    // Every intent of a failure counts as a failure of its day, also once people were alerted.
    [RECORDS_INDEXES.byDay.partitionKey]: dayOf('failed', fact.primary, fact.receivedAt),
    [EXPIRES_AT]:
      fact.expiresAt === undefined ? undefined : fact.expiresAt + keptSeconds(fact.primary, OUTLIVES_FACT_SECONDS),
  };
}

/** How long intents are kept that have no fact, seconds. */
const NOTICE_KEPT_SECONDS = 400 * 86_400;

type NoticeContent<I extends Intent> = Omit<I, 'pk' | 'sk' | 'pendingSince' | 'silence'>;

/** The item of an intent that is not a failure. `id` tells it from others of its kind and day. */
export function noticeItem<I extends Exclude<Intent, JobFailedIntent>>(
  intent: NoticeContent<I>,
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
