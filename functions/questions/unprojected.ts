import * as v from 'valibot';
import { primaryOf } from '../keys/ledger.ts';
import { unprojectedOn } from '../keys/records.ts';
import { orderBy } from '../records/order.ts';
import { readPartition } from '../store/items.ts';
import { readKept, type Tables } from './query.ts';
import { daysOf, type Range } from './range.ts';

const unprojectedSchema = v.object({ factPk: v.string(), factSk: v.string(), reason: v.string(), notedAt: v.number() });

/** A fact of the ledger that the projection could not read. `notedAt`: epoch ms. */
export type Unprojected = v.InferOutput<typeof unprojectedSchema> & { primary: string };

/**
 * The facts that could not be projected, by the time of that attempt, newest first. Of all primaries, because there are
 * few or none.
 */
export async function* unprojectedByDay(tables: Tables, { from, to }: Range, now: number): AsyncGenerator<Unprojected> {
  for (const day of daysOf({ from, to }, true)) {
    const items = readPartition(tables.client, tables.records, unprojectedOn(day));
    const ofDay = await Array.fromAsync(readKept(tables, tables.records, items, now, v.parser(unprojectedSchema)));
    yield* ofDay
      .filter(({ notedAt }) => notedAt >= from && notedAt <= to)
      .sort(newestNoteFirst)
      .map((note) => ({ primary: primaryOf(note.factPk), ...note }));
  }
}

const newestNoteFirst = orderBy<{ notedAt: number }>(({ notedAt }) => -notedAt);
