import type { ImageFact } from '../functions/ledger/fact.ts';
import { DONE } from '../functions/nbwss/job.ts';
import { imageEventsByDay } from '../functions/questions/images.ts';
import { type Message, messagesSent, readMessage, sentOnDay } from '../functions/questions/messages.ts';
import type { Tables } from '../functions/questions/query.ts';
import { daysOf, type Range } from '../functions/questions/range.ts';
import { settleAll, settleInTurn } from '../functions/runtime/settle.ts';
import { isNamed } from './filters.ts';
import type { Happening } from './follow.ts';
import { findJobs, type JobFilters, type Listed } from './jobs.ts';

/** What `nbwatch watch` shows. */
export type Happened = Happening &
  (({ event: 'job' } & Listed) | ({ event: 'image' } & ImageFact) | ({ event: 'alert' } & { message: Message }));

/** How many messages are read at a time. */
const AT_ONCE = 8;

const DAY_MS = 86_400_000;

/** The jobs of a primary that ended in a range. Each failure is among them once, whatever became of the job since. */
export async function endedJobs(
  tables: Tables,
  primary: string,
  range: Range,
  asked: JobFilters,
  now: number,
): Promise<Happened[]> {
  const asks = asked.failed ? [asked] : [asked, { ...asked, failed: true }];
  const found = await settleAll(asks.map((one) => Array.fromAsync(findJobs({ tables, now }, primary, range, one))));
  const ended = found.flat().filter(({ state }) => state === DONE);
  return ended.map((job) => {
    const { jobId, startTime, status, receivedAt } = job;
    // Identifies the fact that the job ended, so it is the same whichever query finds it.
    return { event: 'job', id: JSON.stringify(['job', primary, jobId, startTime, status]), at: receivedAt, ...job };
  });
}

/** The image events of a primary, or of one of its clients. */
export async function imageEvents(
  tables: Tables,
  primary: string,
  range: Range,
  client: string | undefined,
  now: number,
): Promise<Happened[]> {
  const facts = (await Array.fromAsync(imageEventsByDay(tables, primary, range, now))).filter(({ entry }) =>
    isNamed(entry.clientName, client),
  );
  return facts.map((fact) => {
    const { backupId, createdTime, operationId } = fact.entry;
    const id = JSON.stringify(['image', primary, backupId, createdTime, operationId, fact.digest]);
    return { event: 'image', id, at: fact.receivedAt, ...fact };
  });
}

/**
 * Returns a query for messages. The first call finds those sent since `from` (epoch ms), each later call those sent
 * since.
 */
export function sentMessages(tables: Tables, from: number): (range: Range, now: number) => Promise<Happened[]> {
  // The index finds a day's messages by the day, not by the time, so those that were found once are not read again.
  const known = new Map<number, readonly string[]>();
  return async (range, now) => {
    const days = [...daysOf(range, false)];
    const found = await settleAll(days.map(async (day) => [day, await sentOnDay(tables, day)] as const));
    const ids = new Set(found.flatMap(([, ofDay]) => ofDay));
    const before = new Set([...known.values()].flat());
    const messages =
      known.size > 0
        ? await settleInTurn([...ids.difference(before)], AT_ONCE, (id) => readMessage(tables, id, now))
        : await Array.fromAsync(messagesSent(tables, { from, to: range.to }, now));
    for (const [day, ofDay] of found) known.set(day, ofDay);
    // Just after midnight most ranges are within the new day, but once a minute one begins on the day before.
    for (const day of known.keys()) if (day < range.from - 2 * DAY_MS) known.delete(day);
    return messages.flatMap((message) => {
      if (!message) return [];
      const at = message.publishedAt ?? message.droppedAt ?? message.writtenAt;
      return { event: 'alert', id: JSON.stringify(['alert', message.id]), at, message };
    });
  };
}
