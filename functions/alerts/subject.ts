import type { Severity } from './severity.ts';
import { clip, oneLine } from './words.ts';

/**
 * SNS takes fewer than 100 characters without line breaks and control characters (Amazon SNS API Reference, Publish,
 * Subject). It used to take ASCII alone, and its developer guide still says so.
 */
const SUBJECT_LIMIT = 99;

/** How much of a name stays even when everything else is long. */
const SHORTEST_NAME = 12;

const LABELS: Readonly<Record<Severity, string>> = {
  critical: 'CRITICAL',
  error: 'ERROR',
  warning: 'WARNING',
  information: 'INFO',
};

/** The first words of a subject with good news, however bad it was before. */
export const OK_AGAIN = 'OK again';

/** The first word of a subject: how bad it is. */
export function labelOf(severity: Severity): string {
  return LABELS[severity];
}

/** A subject around a name. However long the name is, only the name is clipped. */
export function subjectAround(before: string, name: string, after: string): string {
  const room = SUBJECT_LIMIT - ascii(before).length - ascii(after).length;
  return `${before}${clip(oneLine(name), Math.max(room, SHORTEST_NAME))}${after}`;
}

/** The end of a subject: the primary that the alert is about. */
export function ofPrimary(primary: string): string {
  return ` [${clip(primary, 24)}]`;
}

/** A subject as SNS takes it. */
export function asSubject(text: string): string {
  const subject = ascii(oneLine(text)).trimStart();
  return subject === '' ? 'nbwatch' : clip(subject, SUBJECT_LIMIT);
}

function ascii(text: string): string {
  return text.replace(/[^\x20-\x7E]/gu, '?');
}
