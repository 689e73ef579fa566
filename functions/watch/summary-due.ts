import type { AlertSettings } from '../alerts/alert-settings.ts';
import { isoDay } from '../keys/indexes.ts';
import { offsetAt, offsetChange } from '../silences/wall-clock.ts';

/**
 * The time that a daily summary covers. `date`: the day on which it begins, in the settings' zone. `until` is not part
 * of it.
 */
export interface SummaryDay {
  date: string;
  /** Epoch ms. */
  from: number;
  until: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** How long after its hour a summary is still written, so that an outage at that hour does not cost it. */
const DUE_MS = 6 * HOUR_MS;

/**
 * The day whose summary is due at a time (epoch ms): 24 hours that end at the hour of the settings, 23 or 25 when
 * clocks change. Undefined when none is due.
 */
export function summaryDue(
  now: number,
  { zone, summaryHour }: Pick<AlertSettings, 'zone' | 'summaryHour'>,
): SummaryDay | undefined {
  if (summaryHour === 'off') return undefined;
  // Wall-clock times are computed as if they were UTC. Tomorrow is tried too: a clock that goes back over midnight
  // shows a day twice.
  const today = Date.parse(isoDay(now + offsetAt(zone, now)));
  const begins = (day: number) => timeOf(zone, day + summaryHour * HOUR_MS);
  return [today - DAY_MS, today, today + DAY_MS]
    .map((day) => ({ date: isoDay(day - DAY_MS), from: begins(day - DAY_MS), until: begins(day) }))
    .find(({ until }) => until <= now && now < until + DUE_MS);
}

/** When the wall clock first shows a time; if it skips that time, the moment when it does. */
function timeOf(zone: string, shown: number): number {
  const [dayBefore, dayAfter] = [shown - DAY_MS, shown + DAY_MS];
  const [before, after] = [offsetAt(zone, dayBefore), offsetAt(zone, dayAfter)];
  if (before === after) return shown - before;
  const change = offsetChange(zone, dayBefore, dayAfter);
  return shown - before < change ? shown - before : Math.max(shown - after, change);
}
