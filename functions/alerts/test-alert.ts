import type { AlertSettings } from './alert-settings.ts';
import { dedupKeyOf } from './dedup-key.ts';
import type { TestIntent } from './intent.ts';
import type { Alert } from './message.ts';
import { subjectAround } from './subject.ts';
import { clip, timeOf } from './words.ts';

const NOTE = 500;

/**
 * The alert for a person who wants to see whether alerts arrive. Critical, so that every subscription that takes
 * anything takes it.
 */
export function testAlert({ pk, sk, receivedAt, note: text }: TestIntent, { zone }: AlertSettings): Alert {
  const note = clip(text, NOTE);
  return {
    kind: 'Test',
    severity: 'critical',
    subject: subjectAround('TEST of nbwatch alerts', note === '' ? '' : `: ${note}`, ''),
    headline: 'This is a test. No job failed. nbwatch alerts reach you here.',
    facts: { Note: note, Requested: timeOf(receivedAt, zone) },
    nextSteps: ['Nothing needs to be done.'],
    dedupKey: dedupKeyOf(pk, sk),
    part: 1,
    parts: 1,
    attributes: {},
    data: { note, receivedAt },
  };
}
