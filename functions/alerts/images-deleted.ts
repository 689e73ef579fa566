import type { AlertSettings } from './alert-settings.ts';
import { dedupKeyOf } from './dedup-key.ts';
import type { ImagesDeletedIntent } from './intent.ts';
import type { Alert } from './message.ts';
import { ofPrimary, subjectAround } from './subject.ts';
import { clip, counted, digits, duration, timeOf } from './words.ts';

/** Longer names are clipped: a message has limited room, and a line has less. */
const NAME = 255;
const SHORT_NAME = 60;

/**
 * How many lines a list has, and how many clients with nothing left the machine form names: a message has limited room.
 */
const LINES = 10;
const NAMED = 100;

/** `2026-11-23T19:00`, in UTC: the same answer whenever the message is read. */
const minuteOf = (at: number) => new Date(at).toISOString().slice(0, 16);

/** The alert that images vanish which retention would have kept: attackers delete backups before they encrypt. */
export function imagesDeleted(intent: ImagesDeletedIntent, { zone }: AlertSettings): Alert {
  const { primary, images, earlierImages, noLocalCopy, threshold, agePercent, since, from, until, receivedAt } = intent;
  const { youngest, age, usualAge, clientCount, nothingLeftCount, nothingLeftBefore } = intent;
  const clients = intent.clients.map((client) => ({ ...client, clientName: clip(client.clientName, NAME) }));
  const nothingLeft = intent.nothingLeft.slice(0, NAMED).map((name) => clip(name, NAME));
  const isMany = images > threshold;
  const all = images + earlierImages;
  const gone = counted(all, 'young image');
  const goneInAnHour = earlierImages > 0 ? `, ${digits(images)} of them within an hour` : '';
  const left = `nothing left of ${counted(nothingLeftCount, 'client')}`;
  const rules = [
    ...(isMany ? [`more than ${counted(threshold, 'young image')} in an hour (nbwatch:deletedImages)`] : []),
    ...(nothingLeftCount > 0 ? ['nothing left to restore of a client that lost young images within a week'] : []),
    `young: below ${agePercent} % of the usual age (nbwatch:deletedAgePercent)`,
  ];
  const named = clip(nothingLeft[0] ?? clients[0]?.clientName ?? '', SHORT_NAME);
  return {
    kind: 'ImagesDeleted',
    severity: 'critical',
    subject: isMany
      ? `CRITICAL ${counted(images, 'young image')} gone in an hour${nothingLeftCount > 0 ? `, ${left}` : ''}${ofPrimary(primary)}`
      : nothingLeftCount === 1
        ? subjectAround(
            'CRITICAL nothing left to restore of ',
            nothingLeft[0] ?? '',
            `: ${gone} gone${ofPrimary(primary)}`,
          )
        : `CRITICAL ${left}: ${gone} gone${ofPrimary(primary)}`,
    headline: `${gone} of ${counted(clientCount, 'client')} of ${primary} vanished within ${earlierImages > 0 ? 'a week' : 'an hour'}${goneInAnHour}: deleted, or left without a local copy. Attackers delete backups before they encrypt. Unless one of you did this on purpose, act now.`,
    facts: {
      'Primary server': primary,
      'Images gone': `${digits(all - noLocalCopy)} deleted, ${digits(noLocalCopy)} without a local copy`,
      'How old': `half of them at most ${ageOf(age)}, the youngest ${ageOf(youngest)}; usual is ${ageOf(usualAge)}`,
      'What is left': whatIsLeft(nothingLeftCount, nothingLeftBefore),
      'First gone': timeOf(from, zone),
      'Last gone': timeOf(until, zone),
      Rule: rules.join('; '),
    },
    sections: [
      {
        title: 'Images gone, by client',
        lines: linesOf(
          clients.map((client) => `${digits(client.images)}  ${clip(client.clientName, SHORT_NAME)}`),
          clientCount,
        ),
      },
      {
        title: 'Nothing left to restore of',
        lines: linesOf(
          nothingLeft.map((name) => clip(name, SHORT_NAME)),
          nothingLeftCount,
        ),
      },
    ].filter(({ lines }) => lines.length > 0),
    nextSteps: [
      `See what vanished, and when: npx nbwatch images --primary ${primary} --from ${minuteOf(from)}`,
      `Find out who did it: nbauditreport on ${primary}, or Security events in its web UI.`,
      `If nobody accounts for it, treat ${primary} as compromised: cut it off from the network, and stop what expires images there (bpexpdate, image cleanup).`,
      'Protect the copies that it cannot delete: WORM and immutable storage, replicas in other domains, tapes.',
      `If it was on purpose: npx nbwatch alerts dismiss ID --reason "...", with the ID that npx nbwatch alerts list --kind ImagesDeleted shows. For a client that is out of service: npx nbwatch expect --retire --client ${named} --primary ${primary}`,
    ],
    dedupKey: dedupKeyOf('ImagesDeleted', primary, since),
    part: 1,
    parts: 1,
    attributes: { primary },
    data: {
      ...{ primary, images, earlierImages, noLocalCopy, threshold, agePercent, from, until },
      ...{ youngestSeconds: youngest, ageSeconds: age, usualAgeSeconds: usualAge },
      ...{ clients, clientsLeftOut: clientCount - clients.length },
      ...{ nothingLeft, nothingLeftLeftOut: nothingLeftCount - nothingLeft.length, nothingLeftBefore },
      receivedAt,
    },
  };
}

/** `before`: how many more clients have nothing left, as people already knew. */
function whatIsLeft(count: number, before: number): string {
  const known = `nothing of ${digits(before)}${count > 0 ? ' more' : ''}, reported or dismissed before`;
  const parts = [...(count > 0 ? [`nothing of ${counted(count, 'client')}`] : []), ...(before > 0 ? [known] : [])];
  return parts.join('; ') || 'something of every client';
}

const ageOf = (seconds: number) => duration(Math.max(0, seconds) * 1000);

function linesOf(lines: readonly string[], all: number): string[] {
  const shown = lines.slice(0, LINES);
  return all > shown.length ? [...shown, `and ${digits(all - shown.length)} more`] : shown;
}
