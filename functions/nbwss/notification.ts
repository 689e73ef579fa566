import * as v from 'valibot';
import { type Fields, VERSION } from './envelope.ts';
import { type ImageEntry, imageEntry } from './image.ts';
import { describe } from './issues.ts';
import { type JobEntry, jobEntry } from './job.ts';
import { canonicalJson, MAX_KEPT_BYTES, parseJson } from './json.ts';
import { replaceSecrets } from './secrets.ts';

/**
 * An entry that the schema has read, with its canonical text: the entry whole, as it was sent but for secrets. `around` is what
 * stood around it and is kept nowhere else; absent when that is as documented, `{"group":{"notificationType":"INFO"},"message":{"version":"1.0"}}`.
 */
export type Entry = { text: string; around?: string | undefined } & (
  | { object: 'JOB'; entry: JobEntry }
  | { object: 'IMAGE'; entry: ImageEntry }
);

/** What could not be read, and why. */
export interface Unreadable {
  reason: string;
  /** It whole, as JSON text; undefined when only the message shows it whole, because it nests deep or unknown fields stand around it. */
  text: string | undefined;
}

export interface Notification {
  entries: Entry[];
  unreadable: Unreadable[];
}

/** The most bytes of unknown fields around an entry that are kept with it: a message may have 900 entries. */
const MAX_AROUND_BYTES = 1_000;

/** What is put aside of a message in parts. A real one has 900 entries at most; what is nonsense throughout is kept whole, once. */
const MAX_UNREADABLE = 1_000;

/** What every documented message and group has beside what is read of it. */
const MESSAGE: Fields = { version: VERSION };
const GROUP: Fields = { notificationType: 'INFO' };

const group = v.looseObject({ object: v.string(), data: v.array(v.unknown()) });

/** They read what is kept and not what was sent, so that no key is made of a secret. They give the entry, or why it cannot be read. */
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
 * Reads a NOTIFICATION's payload: an array of `{ notificationType, object, data }`. `message` is what the message has beside it. Never
 * throws: what cannot be read is returned beside what can, so that one bad entry costs no other.
 */
export function readNotification(payload: unknown, message: Fields = MESSAGE): Notification {
  const around = textOf(message, replaceSecrets);
  const isKnown = around === textOf(MESSAGE);
  const read: Notification = { entries: [], unreadable: [] };
  const { entries, unreadable } = read;
  if (Array.isArray(payload)) for (const part of payload) readGroup(part, around, isKnown, read);
  else putAside(read, 'the payload is not an array', payload, isKnown);
  if (!isKnown && entries.length + unreadable.length === 0) putAside(read, AROUND_NOTHING, payload, isKnown);
  if (!isBeyond(read)) return read;
  const reason = `more than ${MAX_UNREADABLE} entries or groups cannot be read, the first because ${unreadable[0]?.reason}`;
  return { entries, unreadable: [{ reason, text: undefined }] };
}

const AROUND_NOTHING = 'unknown fields stand around no entry';

/** Adds what a group says to what was read. `message` is what stands around the groups, and whether that is as documented. */
function readGroup(part: unknown, message: string | undefined, isKnownMessage: boolean, read: Notification): void {
  if (isBeyond(read) && !(isObject(part) && 'data' in part)) return;
  const { success, output, issues } = v.safeParse(group, part);
  const reader = success && Object.hasOwn(readers, output.object) ? readers[output.object] : undefined;
  if (!success || !reader) {
    putAside(read, success ? 'unknown object' : issues, part, isKnownMessage);
    return;
  }
  const { object: _, data: __, ...rest } = part as Fields;
  const own = textOf(rest, replaceSecrets);
  const around = aroundOf(own, message);
  const isKnown = around === AROUND;
  const required = REQUIRED[output.object] ?? [];
  for (const content of output.data) {
    // Of 63,000 that are nonsense only those are looked into that may be good: a message has room for 2,000 of them.
    if (isBeyond(read) && !(isObject(content) && required.every((field) => Object.hasOwn(content, field)))) continue;
    const entry = readEntry(reader, content);
    if ('text' in entry) read.entries.push(isKnown ? entry : { ...entry, around });
    else putAside(read, entry.reason, content, isKnown);
  }
  if (around === undefined) putAside(read, 'the unknown fields around its entries are too large', part, isKnown);
  else if (output.data.length === 0 && own !== textOf(GROUP)) putAside(read, AROUND_NOTHING, part, isKnown);
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

/** Whether so much cannot be read that no more of it is noted: the message is put aside whole. */
const isBeyond = ({ unreadable }: Notification) => unreadable.length > MAX_UNREADABLE;

const isObject = (value: unknown) => typeof value === 'object' && value !== null;

/**
 * Adds something that cannot be read, up to one more than is put aside in parts. Where unknown fields stand around it (`isKnown` is
 * false) only the message shows them.
 */
function putAside(read: Notification, reason: string | Issues, content: unknown, isKnown: boolean): void {
  if (isBeyond(read)) return;
  const said = typeof reason === 'string' ? reason : describe(reason);
  read.unreadable.push({ reason: said, text: isKnown ? textOf(content) : undefined });
}

/** What is kept with an entry of what stands around it; undefined when that is too large. */
function aroundOf(group: string | undefined, message: string | undefined): string | undefined {
  if (group === undefined || message === undefined) return undefined;
  const around = `{"group":${group},"message":${message}}`;
  return Buffer.byteLength(around, 'utf8') > MAX_AROUND_BYTES ? undefined : around;
}

const AROUND = aroundOf(textOf(GROUP), textOf(MESSAGE));

/** Canonical text; undefined where it nests too deep, or is too large to be kept. */
function textOf(content: unknown, replace?: typeof replaceSecrets): string | undefined {
  try {
    const value = content ?? null;
    const text = canonicalJson(replace ? replace('', value) : value, replace);
    return Buffer.byteLength(text, 'utf8') > MAX_KEPT_BYTES ? undefined : text;
  } catch {
    return undefined;
  }
}
