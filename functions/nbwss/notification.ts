import * as v from 'valibot';
import { type Fields, VERSION } from './envelope.ts';
import { type ImageEntry, imageEntry } from './image.ts';
import { describeIssues } from './issues.ts';
import { type JobEntry, jobEntry } from './job.ts';
import { canonicalJson, MAX_KEPT_BYTES, parseJson } from './json.ts';
import { replaceSecrets } from './secrets.ts';

/**
 * An entry that the schema has read, with its canonical text: the whole entry as it was sent, without its secrets.
 * `around`: the fields around it, which are kept nowhere else; absent when they are as documented,
 * `{"group":{"notificationType":"INFO"},"message":{"version":"1.0"}}`.
 */
export type Entry = { text: string; around?: string | undefined } & (
  | { object: 'JOB'; entry: JobEntry }
  | { object: 'IMAGE'; entry: ImageEntry }
);

/** Content that could not be read, and the reason. */
export interface Unreadable {
  reason: string;
  /**
   * The whole content as JSON text. Undefined when only the message shows it whole, because it nests deep or has
   * unknown fields around it.
   */
  text: string | undefined;
}

export interface Notification {
  entries: Entry[];
  unreadable: Unreadable[];
}

/** The most bytes of unknown fields around an entry that are kept with it. A message may have 900 entries. */
const MAX_AROUND_BYTES = 1_000;

/**
 * The most parts of a message that are put aside one by one. A real message has at most 900 entries; pure nonsense is
 * kept whole, once.
 */
const MAX_UNREADABLE = 1_000;

/** The fields that every documented message and group has besides those that are read. */
const MESSAGE: Fields = { version: VERSION };
const GROUP: Fields = { notificationType: 'INFO' };

const group = v.looseObject({ object: v.string(), data: v.array(v.unknown()) });

/** Read the kept text, not the sent one, so that no key contains a secret. Return the entry, or why there is none. */
const readers: Readonly<Record<string, (text: string) => Entry | Issues>> = {
  JOB: (text) => {
    const { success, output, issues } = v.safeParse(jobEntry, parseJson(text));
    return success ? { object: 'JOB', entry: output, text } : issues;
  },
  IMAGE: (text) => {
    const { success, output, issues } = v.safeParse(imageEntry, parseJson(text));
    return success ? { object: 'IMAGE', entry: output, text } : issues;
  },
};

/** The fields without which an entry cannot be read. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  JOB: requiredOf(jobEntry.entries),
  IMAGE: requiredOf(imageEntry.entries),
};

function requiredOf(fields: Readonly<Record<string, { type: string }>>): string[] {
  return Object.keys(fields).filter((field) => fields[field]?.type !== 'nullish');
}

type Issues = readonly v.BaseIssue<unknown>[];
type Reader = (typeof readers)[string];

/**
 * Reads a NOTIFICATION's payload: an array of `{ notificationType, object, data }`. `message`: the message's other
 * fields. Never throws: unreadable entries are returned beside the readable ones, so that one bad entry costs no other.
 */
export function readNotification(payload: unknown, message: Fields = MESSAGE): Notification {
  const around = textOf(message, replaceSecrets);
  const isKnown = around === textOf(MESSAGE);
  const read: Notification = { entries: [], unreadable: [] };
  const { entries, unreadable } = read;
  if (Array.isArray(payload)) for (const part of payload) readGroup(part, around, isKnown, read);
  else noteUnreadable(read, 'the payload is not an array', payload, isKnown);
  if (!isKnown && entries.length + unreadable.length === 0) noteUnreadable(read, AROUND_NOTHING, payload, isKnown);
  if (!hasTooMany(read)) return read;
  const reason = `more than ${MAX_UNREADABLE} entries or groups cannot be read; the first: ${unreadable[0]?.reason}`;
  return { entries, unreadable: [{ reason, text: undefined }] };
}

const AROUND_NOTHING = 'unknown fields in a message or group without entries';

/**
 * Adds the entries of a group to `read`. `message`: the fields around the groups. `isKnownMessage`: whether those are
 * as documented.
 */
function readGroup(part: unknown, message: string | undefined, isKnownMessage: boolean, read: Notification): void {
  if (hasTooMany(read) && !(isObject(part) && 'data' in part)) return;
  const { success, output, issues } = v.safeParse(group, part);
  const reader = success && Object.hasOwn(readers, output.object) ? readers[output.object] : undefined;
  if (!success || !reader) {
    noteUnreadable(read, success ? 'unknown object' : issues, part, isKnownMessage);
    return;
  }
  const { object: _, data: __, ...rest } = part as Fields;
  const own = textOf(rest, replaceSecrets);
  const around = aroundOf(own, message);
  const isKnown = around === DOCUMENTED_AROUND;
  const required = REQUIRED[output.object] ?? [];
  for (const content of output.data) {
    // A message may hold 63,000 entries of nonsense. Only possibly good ones are still read; a message has room for
    // 2,000 of those.
    if (hasTooMany(read) && !(isObject(content) && required.every((field) => Object.hasOwn(content, field)))) continue;
    const entry = readEntry(reader, content);
    if ('text' in entry) read.entries.push(isKnown ? entry : { ...entry, around });
    else noteUnreadable(read, entry.reason, content, isKnown);
  }
  if (around === undefined) noteUnreadable(read, 'the unknown fields around the entries are too large', part, isKnown);
  else if (output.data.length === 0 && own !== textOf(GROUP)) noteUnreadable(read, AROUND_NOTHING, part, isKnown);
}

function readEntry(reader: Reader, content: unknown): Entry | { reason: string | Issues } {
  try {
    const text = canonicalJson(content, replaceSecrets);
    if (Buffer.byteLength(text, 'utf8') > MAX_KEPT_BYTES) return { reason: 'it is too large' };
    const read = reader(text);
    return 'text' in read ? read : { reason: read };
  } catch (error) {
    return { reason: String(error) };
  }
}

/** Whether so much is unreadable that no more is noted and the message is put aside whole. */
const hasTooMany = ({ unreadable }: Notification) => unreadable.length > MAX_UNREADABLE;

const isObject = (value: unknown) => typeof value === 'object' && value !== null;

/**
 * Adds unreadable content, up to one part more than are put aside one by one. With unknown fields around it (`isKnown`
 * is false), only the message shows those.
 */
function noteUnreadable(read: Notification, reason: string | Issues, content: unknown, isKnown: boolean): void {
  if (hasTooMany(read)) return;
  const described = typeof reason === 'string' ? reason : describeIssues(reason);
  read.unreadable.push({ reason: described, text: isKnown ? textOf(content) : undefined });
}

/** The fields around an entry, as kept with it; undefined when they are too large. */
function aroundOf(group: string | undefined, message: string | undefined): string | undefined {
  if (group === undefined || message === undefined) return undefined;
  const around = `{"group":${group},"message":${message}}`;
  return Buffer.byteLength(around, 'utf8') > MAX_AROUND_BYTES ? undefined : around;
}

const DOCUMENTED_AROUND = aroundOf(textOf(GROUP), textOf(MESSAGE));

/** The canonical text of content; undefined when the content nests too deep or is too large to keep. */
function textOf(content: unknown, replace?: typeof replaceSecrets): string | undefined {
  try {
    const value = content ?? null;
    const text = canonicalJson(replace ? replace('', value) : value, replace);
    return Buffer.byteLength(text, 'utf8') > MAX_KEPT_BYTES ? undefined : text;
  } catch {
    return undefined;
  }
}
