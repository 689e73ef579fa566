import { PRICES, type Unit } from './prices.ts';

/** So much of a unit, for a part of the product. */
export interface Line {
  part: string;
  unit: Unit;
  amount: number;
}

/** What was used, by part and unit. */
export interface Book {
  add(part: string, unit: Unit, amount: number): void;
  /** All that was added since it was asked last. */
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

/** Lines of one part and unit as one, in the order in which they came first. */
export function sum(lines: readonly Line[]): Line[] {
  const groups = Map.groupBy(lines, ({ part, unit }) => `${part}\n${unit}`);
  return [...groups.values()].flatMap(([first, ...rest]) =>
    first ? [{ ...first, amount: rest.reduce((total, { amount }) => total + amount, first.amount) }] : [],
  );
}

export const times = (lines: readonly Line[], factor: number): Line[] =>
  lines.map((line) => ({ ...line, amount: line.amount * factor }));

/** The first without the second; nothing is less than none. */
export function without(lines: readonly Line[], less: readonly Line[]): Line[] {
  return sum([...lines, ...times(less, -1)]).map((line) => ({ ...line, amount: Math.max(0, line.amount) }));
}

/** The lines of each part that costs anything, the part that costs most first. */
export function byPart(lines: readonly Line[]): [part: string, own: Line[]][] {
  const parts = [...Map.groupBy(lines, ({ part }) => part)].sort(([, a], [, b]) => usdOf(b) - usdOf(a));
  return parts.filter(([, own]) => usdOf(own) > 0);
}

export const usdOf = (lines: readonly Line[]): number =>
  lines.reduce((total, { unit, amount }) => total + amount * PRICES[unit].usd, 0);

export const amountOf = (lines: readonly Line[], unit: Unit): number =>
  lines.reduce((total, line) => total + (line.unit === unit ? line.amount : 0), 0);
