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

const readAside = v.parser(asideSchema);

/** What was put aside, by day of receipt, newest first. */
export async function* asidesByDay(tables: Tables, primary: string, range: Range, now: number): AsyncGenerator<Aside> {
  for (const day of daysOf(range, true)) {
    const partition = dayOf('aside', primary, day);
    yield* ask(tables, { table: tables.ledger, index: LEDGER_INDEXES.byDay, partition, range }, now, readAside);
  }
}
