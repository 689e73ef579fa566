import * as v from 'valibot';
import { type ImageEntry, imageEntry } from './image.ts';
import { describe, reasonOf } from './issues.ts';
import { type JobEntry, jobEntry } from './job.ts';
import { canonicalJson } from './json.ts';
import { replaceSecrets } from './secrets.ts';

/** An entry that the schema has read, with its canonical text: the entry whole, as it was sent but for secrets. */
export type Entry =
  | { object: 'JOB'; entry: JobEntry; text: string }
  | { object: 'IMAGE'; entry: ImageEntry; text: string };

/** What could not be read, and why. */
export interface Unreadable {
  reason: string;
  /** It whole, as JSON text; undefined when it nests so deep that only the message itself shows it whole. */
  text: string | undefined;
}

export interface Notification {
  entries: Entry[];
  unreadable: Unreadable[];
}

const group = v.looseObject({ object: v.string(), data: v.array(v.unknown()) });

const wholeText = (content: unknown) => canonicalJson(content, replaceSecrets);

const readers: Readonly<Record<string, (content: unknown) => Entry>> = {
  JOB: (content) => ({ object: 'JOB', entry: v.parse(jobEntry, content), text: wholeText(content) }),
  IMAGE: (content) => ({ object: 'IMAGE', entry: v.parse(imageEntry, content), text: wholeText(content) }),
};

/**
 * Reads a NOTIFICATION's payload: an array of `{ notificationType, object, data }`. Never throws: what cannot be read is returned
 * beside what can, so that one bad entry costs no other.
 */
export function readNotification(payload: unknown): Notification {
  const notification: Notification = { entries: [], unreadable: [] };
  if (!Array.isArray(payload)) {
    notification.unreadable.push({ reason: 'the payload is not an array', text: textOf(payload) });
    return notification;
  }
  for (const part of payload) readGroup(part, notification);
  return notification;
}

function readGroup(part: unknown, { entries, unreadable }: Notification): void {
  const read = v.safeParse(group, part);
  const reader = read.success && Object.hasOwn(readers, read.output.object) ? readers[read.output.object] : undefined;
  if (!read.success || !reader) {
    unreadable.push({ reason: read.success ? 'unknown object' : describe(read.issues), text: textOf(part) });
    return;
  }
  for (const content of read.output.data) {
    try {
      entries.push(reader(content));
    } catch (error) {
      unreadable.push({ reason: reasonOf(error), text: textOf(content) });
    }
  }
}

function textOf(content: unknown): string | undefined {
  try {
    return canonicalJson(content ?? null);
  } catch {
    return undefined;
  }
}
