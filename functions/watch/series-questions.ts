import type { SeriesName } from '../keys/records.ts';
import { type FoundHabit, readHabit } from '../questions/habit.ts';
import type { Tables } from '../questions/query.ts';
import { readSeries, type Series, seriesWithoutUsableRunSince } from '../questions/series.ts';
import { log } from '../runtime/log.ts';

/** The queries that find overdue series. Times are epoch ms. */
export interface SeriesQuestions {
  withoutUsableRunSince(primary: string, since: number, now: number): AsyncIterable<Series>;
  read(name: SeriesName, now: number): Promise<Series | undefined>;
  /** No habit for fewer usable occasions than `runs`. */
  habit(series: Series, runs: number, now: number): Promise<FoundHabit>;
}

/** Unreadable items are logged and left out: one bad item must not cost the others their watch. */
export function createSeriesQuestions(places: Omit<Tables, 'onUnreadable'>): SeriesQuestions {
  const tables: Tables = {
    ...places,
    onUnreadable: (item) =>
      log.warn('Cannot read a series or one of its runs: it may be overdue without an alert', { ...item }),
  };
  return {
    withoutUsableRunSince: (primary, since, now) => seriesWithoutUsableRunSince(tables, primary, since, now),
    read: (name, now) => readSeries(tables, name, now),
    habit: (series, runs, now) => readHabit(tables, series, runs, now),
  };
}
