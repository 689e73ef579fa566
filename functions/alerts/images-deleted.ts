import type { AlertSettings } from './alert-settings.ts';
import { dedupKeyOf } from './dedup-key.ts';
import type { ImagesDeletedIntent } from './intent.ts';
import type { Alert } from './message.ts';
import { ofPrimary, subjectAround } from './subject.ts';
import { clip, counted, digits, duration, listed, timeOf } from './words.ts';

/** Longer names are clipped: a message has room for so much. */
const NAME = 255;
const SHORT_NAME = 60;

/** How many lines a list has. */
const LINES = 10;

/** What people are told when images vanish that retention would have kept: attackers delete backups before they encrypt. */
export function imagesDeleted(intent: ImagesDeletedIntent, { zone }: AlertSettings): Alert {
  const { primary, images, noLocalCopy, threshold, agePercent, since, from, until, receivedAt } = intent;
  const { youngest, age, usualAge, clientCount, nothingLeftCount } = intent;
  const isMany = images > threshold;
  const gone = counted(images, 'young image');
  const ages = `${ageOf(age)} old where ${ageOf(usualAge)} is usual`;
  const clients = intent.clients.map((client) => ({ ...client, clientName: clip(client.clientName, NAME) }));
  const nothingLeft = intent.nothingLeft.map((name) => clip(name, NAME));
  const [only] = nothingLeft;
  const left = counted(nothingLeftCount, 'client');
  return {
    kind: 'ImagesDeleted',
    severity: 'critical',
    subject:
      isMany || nothingLeftCount !== 1 || only === undefined
        ? `CRITICAL ${isMany ? `${gone} gone in an hour` : ''}${isMany && nothingLeftCount > 0 ? ', ' : ''}${nothingLeftCount > 0 ? `${left} with nothing left` : ''}${ofPrimary(primary)}`
        : subjectAround('CRITICAL nothing left to restore of ', only, `, ${gone} gone${ofPrimary(primary)}`),
    headline: `Within an hour ${gone} of ${counted(clientCount, 'client')} of ${primary} ${images === 1 ? 'was' : 'were'} deleted, or lost the last local copy, ${images === 1 ? '' : 'half of them '}at most ${ages}.${nothingLeftCount > 0 ? ` Of ${left} no image can be restored any more.` : ''} Attackers delete backups before they encrypt. Unless somebody of yours did this on purpose, act now.`,
    facts: {
      'Primary server': primary,
      'Young images gone': `${digits(images)}${noLocalCopy > 0 ? `, ${digits(noLocalCopy)} of them by losing the last local copy` : ''}`,
      Youngest: `${ageOf(youngest)} old`,
      'Nothing left of': nothingLeftCount > 0 ? left : '',
      'First gone': timeOf(from, zone),
      'Last gone': until === from ? '' : timeOf(until, zone),
      Rule: [
        ...(isMany ? [`more than ${digits(threshold)} in an hour (nbwatch:deletedImages)`] : []),
        ...(nothingLeftCount > 0 ? ['the last image of a client that could be restored'] : []),
        `young: below ${agePercent} % of the usual age (nbwatch:deletedAgePercent)`,
      ].join('; '),
    },
    sections: [
      {
        title: 'By client',
        lines: linesOf(
          clients.map((client) => `${digits(client.images)}  ${clip(client.clientName, SHORT_NAME)}`),
          clientCount,
        ),
      },
      {
        title: 'Nothing left to restore',
        lines: linesOf(
          nothingLeft.map((name) => clip(name, SHORT_NAME)),
          nothingLeftCount,
        ),
      },
    ].filter(({ lines }) => lines.length > 0),
    nextSteps: [
      `See what was deleted and when: npx nbwatch images --primary ${primary} --since 2h`,
      `Find out who did it: the NetBackup web UI of ${primary}, Security events, Audit events; or nbauditreport -sdate with the time above.`,
      `If nobody answers for it, treat ${primary} as taken over: cut it off from the network, and let nothing expire: stop its image cleanup and bpexpdate, and its services if need be.`,
      'Look at copies that it cannot delete: WORM and immutable storage, replicas in other domains, tape. Do not let them expire.',
      `If it was on purpose: npx nbwatch alerts dismiss ID --reason "...", with the ID that npx nbwatch alerts list --kind ImagesDeleted shows; of clients out of service: npx nbwatch expect --retire --client ${clip(listed(intent.clients.slice(0, 1).map(({ clientName }) => clientName)), SHORT_NAME)}`,
    ],
    dedupKey: dedupKeyOf('ImagesDeleted', primary, since),
    part: 1,
    parts: 1,
    attributes: { primary },
    data: {
      ...{ primary, images, noLocalCopy, threshold, agePercent, from, until },
      ...{ youngestSeconds: youngest, ageSeconds: age, usualAgeSeconds: usualAge },
      ...{ clients, clientsLeftOut: clientCount - clients.length },
      ...{ nothingLeft, nothingLeftLeftOut: nothingLeftCount - nothingLeft.length },
      receivedAt,
    },
  };
}

const ageOf = (seconds: number) => duration(Math.max(0, seconds) * 1000);

function linesOf(lines: readonly string[], all: number): string[] {
  const shown = lines.slice(0, LINES);
  return [...shown, ...(all > shown.length ? [`and ${digits(all - shown.length)} more`] : [])];
}
