import * as v from 'valibot';
import { dayOf } from '../keys/indexes.ts';
import { sha256 } from '../keys/key.ts';
import { imageFactKey, jobFactKey } from '../keys/ledger.ts';
import { FORMAT, type ItemKey } from '../keys/tables.ts';
import { type ImageEntry, imageEntry } from '../nbwss/image.ts';
import { type JobEntry, jobEntry } from '../nbwss/job.ts';
import { keepExact } from '../nbwss/json.ts';
import type { Entry } from '../nbwss/notification.ts';
import { keptSeconds } from '../registry/endpoint.ts';

/** How a message reached us; kept with every fact that it brought for the first time. */
export interface Receipt {
  primary: string;
  endpoint: string;
  /** Epoch ms, the gateway's clock: the one time in the product that NetBackup's clocks have no part in. */
  receivedAt: number;
  /** The message's `id` and `timeStamp` (epoch seconds). A resend may carry the same or others. */
  messageId: string;
  messageTime: number;
  connectionId: string;
  /** The gateway's id of the request: the correlation id from socket to alert. */
  requestId: string;
}

interface Kept extends Receipt {
  /** SHA-256 of the entry's canonical text. */
  digest: string;
  /** As in `FactItem`. */
  around?: string | undefined;
  /** Epoch seconds; absent for facts that are kept for good. */
  expiresAt?: number | undefined;
}

/** One entry that NetBackup reported, and when. A fact never changes and is never received again. */
export type Fact = JobFact | ImageFact;

export interface JobFact extends Kept {
  object: 'JOB';
  entry: JobEntry;
}

export interface ImageFact extends Kept {
  object: 'IMAGE';
  entry: ImageEntry;
}

/** An item of the ledger that holds a fact. `entry` is the entry whole but for secrets, as canonical JSON text; `digest` is that text's SHA-256. */
export interface FactItem extends Receipt, ItemKey {
  format: number;
  object: 'JOB' | 'IMAGE';
  entry: string;
  digest: string;
  /** What stood around the entry in its message, unless that was as documented. No part of the fact: a resend may come in another. */
  around?: string;
  /** Places image facts in the index by day. */
  day?: string;
  /** Epoch seconds; absent for facts that are kept for good. */
  expiresAt?: number;
}

/** How many days a fact is kept after its receipt; undefined keeps it for good. */
export interface FactRetention {
  jobDays: number | undefined;
  imageDays: number | undefined;
}

type Content = { object: 'JOB'; entry: JobEntry } | { object: 'IMAGE'; entry: ImageEntry };

/** Where a fact is kept: its key is the fact, so a resend finds its place taken. */
export function factKey(primary: string, content: Content): ItemKey {
  return content.object === 'JOB' ? jobFactKey(primary, content.entry) : imageFactKey(primary, content.entry);
}

export function factItem(read: Entry, receipt: Receipt, retention: FactRetention): FactItem {
  const days = read.object === 'JOB' ? retention.jobDays : retention.imageDays;
  const seconds = keptSeconds(receipt.primary, days === undefined ? undefined : days * 86_400);
  return {
    ...factKey(receipt.primary, read),
    format: FORMAT,
    object: read.object,
    ...receipt,
    entry: read.text,
    digest: sha256(read.text),
    ...(read.around === undefined ? {} : { around: read.around }),
    // What happened to images is asked by day; jobs are asked by what they amount to, in Records.
    ...(read.object === 'IMAGE' ? { day: dayOf('image', receipt.primary, receipt.receivedAt) } : {}),
    ...(seconds === undefined ? {} : { expiresAt: Math.floor(receipt.receivedAt / 1000) + seconds }),
  };
}

const receipt = {
  primary: v.string(),
  endpoint: v.string(),
  receivedAt: v.number(),
  messageId: v.string(),
  messageTime: v.number(),
  connectionId: v.string(),
  requestId: v.string(),
  digest: v.string(),
  around: v.optional(v.string()),
  expiresAt: v.optional(v.number()),
};

/** An entry's text, read by the schema of its object. */
const entryText = <S extends v.GenericSchema>(entry: S) =>
  v.pipe(v.string(), v.parseJson({ reviver: keepExact }), entry);

const factSchema = v.variant('object', [
  v.object({ ...receipt, format: v.literal(FORMAT), object: v.literal('JOB'), entry: entryText(jobEntry) }),
  v.object({ ...receipt, format: v.literal(FORMAT), object: v.literal('IMAGE'), entry: entryText(imageEntry) }),
]);

/** Reads a ledger item. Throws valibot's ValiError when it is no fact of a known format. */
export function readFact(item: unknown): Fact {
  return v.parse(factSchema, item);
}
