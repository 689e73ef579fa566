import * as v from 'valibot';
import { type Fields, VERSION } from './envelope.ts';
import { type ImageEntry, imageEntry } from './image.ts';
import { describe, reasonOf } from './issues.ts';
import { type JobEntry, jobEntry } from './job.ts';
import { canonicalJson, parseJson } from './json.ts';
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

/** What every documented message and group has beside what is read of it. */
const MESSAGE: Fields = { version: VERSION };
const GROUP: Fields = { notificationType: 'INFO' };

const group = v.looseObject({ object: v.string(), data: v.array(v.unknown()) });

/** They read what is kept and not what was sent, so that no key is made of a secret. */
const readers: Readonly<Record<string, (text: string) => Entry>> = {
  JOB: (text) => ({ object: 'JOB', entry: v.parse(jobEntry, parseJson(text)), text }),
  IMAGE: (text) => ({ object: 'IMAGE', entry: v.parse(imageEntry, parseJson(text)), text }),
};

/**
 * Reads a NOTIFICATION's payload: an array of `{ notificationType, object, data }`. `message` is what the message has beside it. Never
 * throws: what cannot be read is returned beside what can, so that one bad entry costs no other.
 */
export function readNotification(payload: unknown, message: Fields = MESSAGE): Notification {
  const around = textOf(message, replaceSecrets);
  const groups = Array.isArray(payload)
    ? payload.map((part) => readGroup(part, around))
    : [{ entries: [], unreadable: [{ reason: 'the payload is not an array', text: textOf(payload) }] }];
  const notification = {
    entries: groups.flatMap(({ entries }) => entries),
    unreadable: groups.flatMap(({ unreadable }) => unreadable),
  };
  return around === textOf(MESSAGE) ? notification : amidUnknown(notification);
}

function readGroup(part: unknown, message: string | undefined): Notification {
  const read = v.safeParse(group, part);
  const reader = read.success && Object.hasOwn(readers, read.output.object) ? readers[read.output.object] : undefined;
  if (!read.success || !reader) {
    const reason = read.success ? 'unknown object' : describe(read.issues);
    return { entries: [], unreadable: [{ reason, text: textOf(part) }] };
  }
  const { object: _, data: __, ...rest } = part as Fields;
  const around = aroundOf(textOf(rest, replaceSecrets), message);
  const isKnown = around === AROUND;
  const notification: Notification = { entries: [], unreadable: [] };
  const { entries, unreadable } = notification;
  for (const content of read.output.data) {
    try {
      const entry = reader(canonicalJson(content, replaceSecrets));
      entries.push(isKnown ? entry : { ...entry, around });
    } catch (error) {
      unreadable.push({ reason: reasonOf(error), text: textOf(content) });
    }
  }
  if (around === undefined)
    unreadable.push({ reason: 'the unknown fields around its entries are too large', text: undefined });
  return isKnown ? notification : amidUnknown(notification);
}

/** What is kept with an entry of what stands around it; undefined when that is too large. */
function aroundOf(group: string | undefined, message: string | undefined): string | undefined {
  if (group === undefined || message === undefined) return undefined;
  const around = `{"group":${group},"message":${message}}`;
  return Buffer.byteLength(around, 'utf8') > MAX_AROUND_BYTES ? undefined : around;
}

const AROUND = aroundOf(textOf(GROUP), textOf(MESSAGE));

/** Unknown fields stand around this and are kept with its entries. What is put aside of it, and what has none, must show them itself. */
function amidUnknown({ entries, unreadable }: Notification): Notification {
  const reasons = unreadable.map(({ reason }) => reason);
  if (entries.length + reasons.length === 0) reasons.push('unknown fields stand around no entry');
  return { entries, unreadable: reasons.map((reason) => ({ reason, text: undefined })) };
}

/** Canonical text; undefined where it nests too deep. */
function textOf(content: unknown, replace?: typeof replaceSecrets): string | undefined {
  try {
    return canonicalJson(content ?? null, replace);
  } catch {
    return undefined;
  }
}
