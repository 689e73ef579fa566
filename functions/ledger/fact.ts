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

/** How a message reached nbwatch. Kept with every fact that the message was the first to bring. */
export interface Receipt {
  primary: string;
  endpoint: string;
  /** Epoch ms by the gateway's clock. NetBackup's clocks have no part in it. */
  receivedAt: number;
  /** The message's `id` and `timeStamp` (epoch seconds). A resend may carry the same or others. */
  messageId: string;
  messageTime: number;
  connectionId: string;
  /** The gateway's id of the request: the correlation id from the socket to the alert. */
  requestId: string;
}

interface Kept extends Receipt {
  /** SHA-256 of the entry's canonical text. */
  digest: string;
  /** As in `FactItem`. */
  around?: string | undefined;
  /** Epoch seconds; absent for facts that are kept permanently. */
  expiresAt?: number | undefined;
}

/** One entry that NetBackup reported, and when. A fact never changes, and a resend of it makes no other fact. */
export type Fact = JobFact | ImageFact;

export interface JobFact extends Kept {
  object: 'JOB';
  entry: JobEntry;
}

export interface ImageFact extends Kept {
  object: 'IMAGE';
  entry: ImageEntry;
}

/**
 * A ledger item that holds a fact. `entry` is the whole entry without its secrets, as canonical JSON text; `digest` is
 * the SHA-256 of that text.
 */
export interface FactItem extends Receipt, ItemKey {
  format: number;
  object: 'JOB' | 'IMAGE';
  entry: string;
  digest: string;
  /**
   * The fields around the entry in its message, unless they were as documented. Not part of the fact: a resend may come
   * in another message.
   */
  around?: string;
  /** The partition of image facts in the index by day. */
  day?: string;
  /** Epoch seconds; absent for facts that are kept permanently. */
  expiresAt?: number;
}

/** How many days a fact is kept after its receipt; undefined keeps it permanently. */
export interface FactRetention {
  jobDays: number | undefined;
  imageDays: number | undefined;
}

type Content = { object: 'JOB'; entry: JobEntry } | { object: 'IMAGE'; entry: ImageEntry };

/** The key of a fact. The key identifies the fact, so a resend finds its place taken. */
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
    // People ask what happened to images on a day. For jobs they ask Records, which has the state of each.
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

/** Reads a ledger item. Throws valibot's ValiError when it is not a fact of a known format. */
export function readFact(item: unknown): Fact {
  return v.parse(factSchema, item);
}
