/*
 * How often a series has a usable run, judged by its own runs. Times are epoch ms of receipt, durations ms.
 *
 * Everything is folded from the newest run back, so the result never depends on how far back the caller has read.
 */

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The streams and retries of one backup end within this time and count as one occasion. */
const OCCASION_MS = 13 * HOUR_MS;

/** How many of the latest gaps the median is taken of. */
const GAPS = 10;

/** Schedules follow the week. One week contains a weekend once, two weeks twice. */
const WEEK_MS = 7 * DAY_MS;
const TWO_WEEKS_MS = 2 * WEEK_MS;

/** From Friday evening to Monday evening: the longest gap to expect of a series that is known for less than a week. */
const WEEKEND_MS = 3 * DAY_MS;

/** What a series usually does. */
export interface Habit {
  /** Its usual gap: the median of the last ten gaps between occasions. */
  usual: number;
  /** The longest gap to be expected, such as the one over a weekend or one that comes once a month. */
  longest: number;
}

/** The thresholds at which a series is overdue. */
export interface OverdueRule {
  /** The minimum time without a usable run, hours. */
  overdueHours: number;
  /** How many times its usual gap, plus ROOM_MS. */
  overdueGaps: number;
}

/** A factor on the longest gap: a backup that follows that gap and takes longer than last time is not late. */
export const SLACK = 1.25;

/**
 * How much longer than `overdueGaps` usual gaps a series may go without a usable run. If one run is left out or
 * fails, the next one ends at twice the usual gap or some hours later. It ran on schedule, and nobody must be told.
 */
export const ROOM_MS = 4 * HOUR_MS;

/** The newest usable run, then the newest one at least 13 hours before it, and so on. `usableAt`: in any order. */
export function occasionsOf(usableAt: readonly number[]): number[] {
  const occasions: number[] = [];
  let before = Number.POSITIVE_INFINITY;
  for (const at of usableAt.toSorted((a, b) => b - a)) {
    if (at > before) continue;
    occasions.push(at);
    before = lastBefore(at);
  }
  return occasions;
}

/** The latest time at which an earlier run belongs to another occasion. */
export const lastBefore = (occasion: number): number => occasion - OCCASION_MS;

/** How many of these occasions (newest first) a habit needs; undefined when it needs older ones. `runs`: minimum. */
function enough(occasions: readonly number[], runs: number): number | undefined {
  const [newest = 0] = occasions;
  const least = Math.max(runs, GAPS + 1);
  const last = occasions.findIndex((at, index) => index + 1 >= least && newest - at >= TWO_WEEKS_MS);
  return last === -1 ? undefined : last + 1;
}

/** Whether runs older than these could not change the habit. */
export function isEnough(usableAt: readonly number[], runs: number): boolean {
  return enough(occasionsOf(usableAt), runs) !== undefined;
}

/** The habit of a series, from its usable runs in any order; undefined below `runs` (2 or more) occasions. */
export function habitOf(usableAt: readonly number[], runs: number): Habit | undefined {
  const all = occasionsOf(usableAt);
  if (all.length < runs) return undefined;
  const occasions = all.slice(0, enough(all, runs));
  const gaps = occasions.slice(1).map((at, index) => (occasions[index] ?? at) - at);
  return { usual: median(gaps.slice(0, GAPS)), longest: longestOf(gaps) };
}

/**
 * The longest gap or, of many gaps, the second longest. A gap that the schedule causes recurs, and one outage that
 * people were told of must not delay the alert of the next one by as long.
 */
function longestOf(gaps: readonly number[]): number {
  const known = gaps.reduce((sum, gap) => sum + gap, 0);
  const [longest = 0, second = 0] = gaps.toSorted((a, b) => b - a);
  if (known < WEEK_MS) return Math.max(longest, WEEKEND_MS);
  return gaps.length >= GAPS && known >= TWO_WEEKS_MS ? second : longest;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low = 0, high = low] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return (low + high) / 2;
}

/** How long a series with this habit may go without a usable run. */
export function limitOf({ usual, longest }: Habit, { overdueHours, overdueGaps }: OverdueRule): number {
  return Math.max(overdueHours * HOUR_MS, overdueGaps * usual + ROOM_MS, SLACK * longest);
}

/** The limit when nbwatch may have missed one run, so that two gaps look like one. `limit`: the limit otherwise. */
export function unseenLimitOf({ usual, longest }: Habit, limit: number): number {
  return Math.max(limit, usual + SLACK * longest);
}
