import * as v from 'valibot';
import { RECORDS_INDEXES, seriesOfPrimary } from '../keys/indexes.ts';
import { type SeriesName, seriesKey } from '../keys/records.ts';
import { ask, readOne, type Tables } from './query.ts';

const seriesSchema = v.object({
  primary: v.string(),
  clientName: v.string(),
  policyName: v.string(),
  scheduleType: v.string(),
  jobType: v.string(),
  streak: v.number(),
  lastStatus: v.number(),
  lastJobId: v.number(),
  lastAt: v.number(),
  lastUsableAt: v.number(),
});

/** A series as it is now. Times as in `SeriesState`. */
export type Series = v.InferOutput<typeof seriesSchema>;

/** The series of a primary without a usable run since a time (epoch ms). Those that never succeeded come first. */
export async function* seriesWithoutUsableRunSince(
  tables: Tables,
  primary: string,
  since: number,
  now: number,
): AsyncGenerator<Series> {
  const query = {
    table: tables.records,
    index: RECORDS_INDEXES.byPrimary,
    partition: seriesOfPrimary(primary),
    // A series that never succeeded is at 0, so it is without a usable run since any time.
    range: { from: 0, to: Math.max(0, since) },
  };
  yield* ask(tables, { ...query, oldestFirst: true }, now, v.parser(seriesSchema));
}

/**
 * The failing series of a primary: failures followed the last usable run, if there was one. Longest without a usable
 * run first.
 */
export async function* seriesFailing(tables: Tables, primary: string, now: number): AsyncGenerator<Series> {
  for await (const series of seriesWithoutUsableRunSince(tables, primary, now, now))
    if (series.streak > 0) yield series;
}

/** A series by its name, read consistently. */
export function readSeries(tables: Tables, name: SeriesName, now: number): Promise<Series | undefined> {
  return readOne(tables, seriesKey(name), now, v.parser(seriesSchema));
}
