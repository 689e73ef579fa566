import * as v from 'valibot';
import { dayOf, LEDGER_INDEXES } from '../keys/indexes.ts';
import { ask, type Tables } from './query.ts';
import { daysOf, type Range } from './range.ts';

const asideSchema = v.object({
  primary: v.string(),
  endpoint: v.string(),
  reason: v.string(),
  content: v.string(),
  receivedAt: v.number(),
  requestId: v.string(),
});

/** What was put aside, and why. */
export type Aside = v.InferOutput<typeof asideSchema>;

/** What was put aside, by the day it was received, newest first. */
export async function* asidesByDay(
  { client, ledger }: Tables,
  primary: string,
  range: Range,
  now: number,
): AsyncGenerator<Aside> {
  for (const day of daysOf(range, true)) {
    const query = { table: ledger, index: LEDGER_INDEXES.byDay, partition: dayOf('aside', primary, day), range };
    for await (const item of ask(client, query, now)) yield v.parse(asideSchema, item);
  }
}
