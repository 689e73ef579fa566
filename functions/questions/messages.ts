import * as v from 'valibot';
import { createOutbox, isForProbe, type StoredMessage, storedMessage } from '../alerts/outbox.ts';
import { messageKey, sentOn } from '../keys/records.ts';
import { orderBy } from '../records/order.ts';
import { type Item, readItems, readPartition } from '../store/items.ts';
import { readKept, readOne, type Tables } from './query.ts';
import { daysOf, type Range } from './range.ts';

/** A message that was sent, or is to be sent, to people or programs, with its id. */
export type Message = StoredMessage & { id: string };

const read = (item: Item): Message => ({ ...v.parse(storedMessage, item), id: String(item.sk) });

/** When a message was sent or dropped; 0 for neither. */
const doneAt = ({ publishedAt, droppedAt = 0 }: Message) => publishedAt ?? droppedAt;

/**
 * The ids of the messages that were sent or dropped on the day (UTC) of a time, and of some that were sent or dropped
 * later.
 */
export async function sentOnDay({ client, records }: Tables, at: number): Promise<string[]> {
  return Array.fromAsync(readPartition(client, records, sentOn(at)), ({ sk }) => String(sk));
}

/**
 * The messages that were sent or dropped in a range, newest first, whatever their subject. Costs a query for each day,
 * and a read for each message.
 */
export async function* messagesSent(tables: Tables, range: Range, now: number): AsyncGenerator<Message> {
  const newestFirst = orderBy<Message>(
    (message) => -doneAt(message),
    ({ id }) => id,
  );
  for (const day of daysOf(range, true)) {
    const places = (await sentOnDay(tables, day)).map(messageKey);
    const items = readItems(tables.client, tables.records, places);
    const messages = await Array.fromAsync(readKept(tables, tables.records, items, now, read));
    // A publisher that died before it noted that it had sent a message sends it again, perhaps on the next day.
    const ofDay = messages.filter((message) => sentOn(doneAt(message)) === sentOn(day));
    yield* ofDay.filter((message) => doneAt(message) >= range.from && doneAt(message) <= range.to).sort(newestFirst);
  }
}

/**
 * The messages to people and programs that are written down, and that not every topic has taken yet; the oldest first.
 */
export async function messagesUnsent(tables: Tables, now: number): Promise<Message[]> {
  const { client, records } = tables;
  const { unpublished } = await createOutbox(client, records).remembered();
  const items = readItems(client, records, unpublished.map(messageKey));
  const messages = await Array.fromAsync(readKept(tables, records, items, now, read));
  return messages
    .filter(({ topics }) => !isForProbe(topics))
    .sort(
      orderBy(
        ({ writtenAt }) => writtenAt,
        ({ id }) => id,
      ),
    );
}

/** A message by its id, read consistently. */
export async function readMessage(tables: Tables, id: string, now: number): Promise<Message | undefined> {
  return /^\d{1,15}-\w+$/.test(id) ? readOne(tables, messageKey(id), now, read) : undefined;
}
