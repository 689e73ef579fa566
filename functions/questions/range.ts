import { isoDay } from '../keys/indexes.ts';

/** A span of time of receipt, epoch ms, both ends included. */
export interface Range {
  from: number;
  to: number;
}

/** For questions that have no range. */
export const EVER: Range = { from: 0, to: Number.MAX_SAFE_INTEGER };

const DAY_MS = 86_400_000;

/** The start (epoch ms) of each day (UTC) that a range touches, newest or oldest first. */
export function* daysOf({ from, to }: Range, newestFirst: boolean): Generator<number> {
  const first = Date.parse(isoDay(from));
  const last = Date.parse(isoDay(to));
  if (newestFirst) for (let day = last; day >= first; day -= DAY_MS) yield day;
  else for (let day = first; day <= last; day += DAY_MS) yield day;
}
