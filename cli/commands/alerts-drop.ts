import { randomUUID } from 'node:crypto';
import { createOutbox } from '../../functions/alerts/outbox.ts';
import { type Message, readMessage } from '../../functions/questions/messages.ts';
import { CliError } from '../errors.ts';
import { showTime } from '../output.ts';
import type { Wait } from '../program.ts';
import type { Session } from '../session.ts';

/**
 * Longer than settling thousands of intents takes, and than the difference between the clocks of AWS and of this
 * machine.
 */
const LEASE_MS = 120_000;

/** A publisher works for a minute at most. */
const TRIES = 60;
const BETWEEN_TRIES_MS = 1_000;

/** Drops a message while no publisher can work on it. Throws a CliError if there is nothing to drop. */
export async function drop({ tables, now }: Session, { id }: Message, reason: string, wait: Wait): Promise<void> {
  const { client, records } = tables;
  const outbox = createOutbox(client, records);
  const holder = `nbwatch-${randomUUID()}`;
  for (let tries = 1; !(await outbox.lease(holder, Date.now(), Date.now() + LEASE_MS)); tries++) {
    if (tries === TRIES) throw new CliError('The publisher is still busy.', 'Repeat the command in a minute.');
    await wait(BETWEEN_TRIES_MS);
  }
  try {
    const message = await readMessage(tables, id, now);
    if (!message || message.publishedAt !== undefined || message.droppedAt !== undefined) {
      const { publishedAt, droppedAt } = message ?? {};
      const when = publishedAt === undefined ? `dropped ${showTime(droppedAt)}` : `sent ${showTime(publishedAt)}`;
      throw new CliError(
        `${id} was ${when} UTC: there is nothing to drop.`,
        'npx nbwatch alerts pending shows what is waiting.',
      );
    }
    // A publisher that died may have left a message that was never queued. Its intents may be pending, or sent in
    // another message.
    if (!(await outbox.remembered()).unpublished.includes(id))
      throw new CliError(
        `${id} is not waiting to be sent: it was abandoned, and what it reports is in another message or still pending.`,
        'npx nbwatch alerts pending shows what is waiting.',
      );
    await outbox.drop(message, reason, now);
  } finally {
    await outbox.release(holder);
  }
}
