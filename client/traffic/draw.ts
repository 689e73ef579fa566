import { seededRandom } from '../random.ts';

/** Pseudo-random draws from a seed: the same calls give the same answers. */
export interface Draw {
  /** A whole number from `least` to `most`, both included. */
  whole(least: number, most: number): number;
  one<T>(of: readonly [T, ...T[]]): T;
  /** True with probability `share` (0 to 1). */
  chance(share: number): boolean;
  shuffled<T>(all: readonly T[]): T[];
  /** A UUID in capitals, as NetBackup sends. */
  id(): string;
}

export function createDraw(seed: number): Draw {
  const random = seededRandom(seed);
  const whole = (least: number, most: number) => least + Math.floor(random() * (Math.max(least, most) - least + 1));
  const hex = (digits: number) => Array.from({ length: digits }, () => whole(0, 15).toString(16)).join('');
  return {
    whole,
    one: (of) => of[whole(0, of.length - 1)] ?? of[0],
    chance: (share) => random() < share,
    shuffled: (all) =>
      all
        .map((item) => ({ item, place: random() }))
        .sort((a, b) => a.place - b.place)
        .map(({ item }) => item),
    id: () => `${hex(8)}-${hex(4)}-4${hex(3)}-${(8 + whole(0, 3)).toString(16)}${hex(3)}-${hex(12)}`.toUpperCase(),
  };
}
