/*
 * How often a series has a usable run, as far as its own runs tell. Times are epoch ms of receipt, durations ms.
 *
 * All is folded from the newest run back, so that it never depends on how far back one has read.
 */

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The streams and retries of one backup end within this time: they are one occasion. */
const OCCASION_MS = 13 * HOUR_MS;

/** Of how many gaps the median is taken. */
const GAPS = 10;

/** Schedules go by the week. Within a week each weekend is seen once, within two weeks twice. */
const WEEK_MS = 7 * DAY_MS;
const TWO_WEEKS_MS = 2 * WEEK_MS;

/** From Friday evening to Monday evening: what is to be expected of a series that is known for less than a week. */
const WEEKEND_MS = 3 * DAY_MS;

/** What a series does as a rule. */
export interface Habit {
  /** The median of the last ten gaps between occasions. */
  usual: number;
  /** The longest gap that is to be expected: that over a weekend, or the one that comes once a month. */
  longest: number;
}

/** By what a series is overdue. */
export interface OverdueRule {
  /** Hours without a usable run, at least. */
  overdueHours: number;
  /** How many times its usual gap, with ROOM_MS. */
  overdueGaps: number;
}

/** A backup that takes longer than the time before, after the longest gap of all, is not late. */
export const SLACK = 1.25;

/**
 * How much longer than so many usual gaps it may be. Where one run is left out or fails, the next ends at twice the usual gap, or some
 * hours later: it has run on schedule, and must not be told.
 */
export const ROOM_MS = 4 * HOUR_MS;

/** The newest usable run, then the newest that ended 13 hours before it or earlier, and so on. `usableAt`: in any order. */
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

/** The latest time at which a run that came before is of another occasion. */
export const lastBefore = (occasion: number): number => occasion - OCCASION_MS;

/** How many of these occasions, newest first, a habit is told from; undefined when earlier ones are needed. `runs`: the least. */
function enough(occasions: readonly number[], runs: number): number | undefined {
  const [newest = 0] = occasions;
  const least = Math.max(runs, GAPS + 1);
  const last = occasions.findIndex((at, index) => index + 1 >= least && newest - at >= TWO_WEEKS_MS);
  return last === -1 ? undefined : last + 1;
}

/** Whether runs before these could change nothing of the habit. */
export function isEnough(usableAt: readonly number[], runs: number): boolean {
  return enough(occasionsOf(usableAt), runs) !== undefined;
}

/** The habit of a series by its usable runs, in any order; undefined for one that had fewer occasions than `runs` (2 or more). */
export function habitOf(usableAt: readonly number[], runs: number): Habit | undefined {
  const all = occasionsOf(usableAt);
  if (all.length < runs) return undefined;
  const occasions = all.slice(0, enough(all, runs));
  const gaps = occasions.slice(1).map((at, index) => (occasions[index] ?? at) - at);
  return { usual: median(gaps.slice(0, GAPS)), longest: longestOf(gaps) };
}

/**
 * The longest gap; of many the second longest. What a schedule leaves out comes again, and one outage that was told must not make
 * the next one wait as long.
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

/** How long a series with a habit may be without a usable run. */
export function limitOf({ usual, longest }: Habit, { overdueHours, overdueGaps }: OverdueRule): number {
  return Math.max(overdueHours * HOUR_MS, overdueGaps * usual + ROOM_MS, SLACK * longest);
}

/** The same where one run may have gone unseen: then two gaps look like one. `limit`: how long it may be otherwise. */
export function unseenLimitOf({ usual, longest }: Habit, limit: number): number {
  return Math.max(limit, usual + SLACK * longest);
}
