/** The value that so many percent of the values do not exceed (nearest rank). Throws if there are no values. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
  if (value === undefined) throw new RangeError('There is no percentile of nothing');
  return value;
}

/** With fewer values than this, the p99 is the largest of them, and is reported as the slowest. */
export const LEAST_FOR_P99 = 100;

/** The middle value; for an even number of values the mean of the middle two, so that neither side is favoured. */
export function median(values: readonly number[]): number {
  const upper = percentile(
    values.map((value) => -value),
    50,
  );
  return (percentile(values, 50) - upper) / 2;
}

/** How far the values of several rounds lie apart. */
export interface Spread {
  min: number;
  median: number;
  max: number;
}

export function spreadOf(values: readonly number[]): Spread {
  return { min: percentile(values, 0), median: median(values), max: percentile(values, 100) };
}

/**
 * All of them, starting with a different one each time, so that what one leaves behind does not always affect the same
 * one. `time` counts from 0.
 */
export function inTurn<T>(all: readonly T[], time: number): T[] {
  const first = time % all.length;
  return [...all.slice(first), ...all.slice(0, first)];
}
