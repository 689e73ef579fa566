import { type ImagesDeletedIntent, readIntent } from '../../functions/alerts/intent.ts';
import type { Message } from '../../functions/questions/messages.ts';
import { createRecords } from '../../functions/records/records.ts';
import { createDeletions, type Dismissal, isInForce } from '../../functions/registry/deletions.ts';
import { CliError, EXIT } from '../errors.ts';
import { showTime } from '../output.ts';
import type { Session } from '../session.ts';
import { type Columns, cut, sentence } from '../table.ts';

/** The threshold after a dismissal, as a multiple of the images that the dismissed message counted. */
const TIMES = 2;

/**
 * Records that what a message reported is nothing to worry about, for `forMs` ms. Throws a CliError if it cannot be
 * dismissed.
 */
export async function dismiss(session: Session, message: Message, reason: string, forMs: number): Promise<Dismissal> {
  const { images, threshold, nothingLeft, primary } = await toldBy(session, message);
  const dismissal: Dismissal = {
    ...{ id: message.id, primary, reason, createdAt: session.now, until: session.now + forMs },
    ...(images > threshold && { threshold: images * TIMES }),
    clients: nothingLeft.map((name) => name.toLowerCase()),
  };
  await deletionsOf(session).dismiss(dismissal);
  return dismissal;
}

/** The intent that a message reported. */
async function toldBy({ tables }: Session, { id, kind, members: [place] }: Message): Promise<ImagesDeletedIntent> {
  if (kind !== 'ImagesDeleted')
    throw new CliError(
      `${id} is a ${kind} message; only ImagesDeleted messages can be dismissed.`,
      'See them with: npx nbwatch alerts list --since 7d --kind ImagesDeleted. To hold failures back: npx nbwatch silence add',
      EXIT.usage,
    );
  const item = place && (await createRecords(tables.client, tables.records).read(place));
  const intent = item && readIntent(item);
  if (intent?.kind === 'ImagesDeleted') return intent;
  throw new CliError(`What ${id} reported is no longer stored.`, 'Dismiss a newer message.', EXIT.notFound);
}

/** Ends the dismissal of a message. Throws a CliError when it is not in force. */
export async function undo(session: Session, id: string): Promise<void> {
  if (await deletionsOf(session).undo(id, session.now)) return;
  throw new CliError(
    `No dismissal of ${id} is in force.`,
    'See them with: npx nbwatch alerts dismissed',
    EXIT.notFound,
  );
}

/**
 * A dismissal as `--json` prints it: with the field names used elsewhere, and whether it is in force at `now` (epoch
 * ms).
 */
export function dismissalForm({ id, clients, ...dismissal }: Dismissal, now: number) {
  return { message: id, ...dismissal, clientNames: clients, inForce: isInForce({ id, clients, ...dismissal }, now) };
}

/** Every dismissal, those in force first, then the newest. */
export async function dismissals(session: Session) {
  const all = await Array.fromAsync(deletionsOf(session).dismissals());
  return all
    .map((dismissal) => dismissalForm(dismissal, session.now))
    .sort((a, b) => Number(b.inForce) - Number(a.inForce) || b.createdAt - a.createdAt);
}

export const DISMISSAL_COLUMNS: Columns<ReturnType<typeof dismissalForm>> = {
  'until (UTC)': ({ until }) => showTime(until),
  primary: ({ primary }) => primary,
  'images an hour': ({ threshold = 'as usual' }) => threshold,
  'nothing left of': ({ clientNames }) => cut(clientNames.join(', ') || '-'),
  reason: ({ reason }) => sentence(reason),
  message: ({ message }) => message,
};

const deletionsOf = ({ tables }: Session) => createDeletions(tables.client, tables.registry);
