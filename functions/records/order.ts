import type { Fact } from '../ledger/fact.ts';

/** A comparison as sort functions expect it. */
export type Order<T> = (a: T, b: T) => number;

/** Compares by each key in turn: numbers as numbers, texts by code unit, so that no record depends on a locale. */
export function orderBy<T>(...keys: readonly ((value: T) => number | string)[]): Order<T> {
  return (a, b) => {
    for (const key of keys) {
      const [x, y] = [key(a), key(b)];
      if (x !== y) return x < y ? -1 : 1;
    }
    return 0;
  };
}

/** The greatest value by an order. Undefined only for no values. */
export function last<T>(values: readonly T[], order: Order<T>): T | undefined {
  return values.reduce<T | undefined>(
    (best, value) => (best === undefined || order(best, value) < 0 ? value : best),
    undefined,
  );
}

/** The least and the greatest of any number of values. As arguments, some 100,000 would overflow the stack. */
export const least = (numbers: readonly number[]): number => numbers.reduce((a, b) => Math.min(a, b), Infinity);
export const greatest = (numbers: readonly number[]): number => numbers.reduce((a, b) => Math.max(a, b), -Infinity);

/** Breaks every tie in the same way, in whatever order facts arrived: two facts never share both digest and key. */
export const tieBreak = (fact: Fact): string => fact.digest;
