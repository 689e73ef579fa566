import type { Fact } from '../ledger/fact.ts';

/** Orders like a sort function expects it. */
export type Order<T> = (a: T, b: T) => number;

/** Compares by each key in turn. Numbers compare as numbers, texts by code unit, so that no locale has a say in a record. */
export function orderBy<T>(...keys: readonly ((value: T) => number | string)[]): Order<T> {
  return (a, b) => {
    for (const key of keys) {
      const [x, y] = [key(a), key(b)];
      if (x !== y) return x < y ? -1 : 1;
    }
    return 0;
  };
}

/** The greatest by an order. Undefined only for none. */
export function last<T>(values: readonly T[], order: Order<T>): T | undefined {
  return values.reduce<T | undefined>(
    (best, value) => (best === undefined || order(best, value) < 0 ? value : best),
    undefined,
  );
}

/** The least and the greatest of numbers, however many: as arguments of a call, some 100,000 would be too many for the stack. */
export const least = (numbers: readonly number[]): number => numbers.reduce((a, b) => Math.min(a, b), Infinity);
export const greatest = (numbers: readonly number[]): number => numbers.reduce((a, b) => Math.max(a, b), -Infinity);

/** Breaks every tie the same way, whatever order facts arrived in: two facts never share a digest and a key. */
export const tieBreak = (fact: Fact): string => fact.digest;
