import { PRICES, type Unit } from './prices.ts';

/** An amount of a unit, used by a part of the product. */
export interface Line {
  part: string;
  unit: Unit;
  amount: number;
}

/** What was used, by part and unit. */
export interface Book {
  add(part: string, unit: Unit, amount: number): void;
  /** All that was added since the last call. */
  take(): Line[];
}

export function createBook(): Book {
  let lines: Line[] = [];
  return {
    add: (part, unit, amount) => void lines.push({ part, unit, amount }),
    take() {
      const taken = sum(lines);
      lines = [];
      return taken;
    },
  };
}

/** Merges lines of the same part and unit, in the order in which they first came. */
export function sum(lines: readonly Line[]): Line[] {
  const groups = Map.groupBy(lines, ({ part, unit }) => `${part}\n${unit}`);
  return [...groups.values()].flatMap(([first, ...rest]) =>
    first ? [{ ...first, amount: rest.reduce((total, { amount }) => total + amount, first.amount) }] : [],
  );
}

export const times = (lines: readonly Line[], factor: number): Line[] =>
  lines.map((line) => ({ ...line, amount: line.amount * factor }));

/** The first minus the second, but never below 0. */
export function without(lines: readonly Line[], less: readonly Line[]): Line[] {
  return sum([...lines, ...times(less, -1)]).map((line) => ({ ...line, amount: Math.max(0, line.amount) }));
}

/** The lines of each part that costs anything, the most expensive part first. */
export function byPart(lines: readonly Line[]): [part: string, own: Line[]][] {
  const parts = [...Map.groupBy(lines, ({ part }) => part)].sort(([, a], [, b]) => usdOf(b) - usdOf(a));
  return parts.filter(([, own]) => usdOf(own) > 0);
}

export const usdOf = (lines: readonly Line[]): number =>
  lines.reduce((total, { unit, amount }) => total + amount * PRICES[unit].usd, 0);

export const amountOf = (lines: readonly Line[], unit: Unit): number =>
  lines.reduce((total, line) => total + (line.unit === unit ? line.amount : 0), 0);
