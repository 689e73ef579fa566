import { type Spread, spreadOf } from './percentiles.ts';

/** The most that a figure of ours may be, or the least that it must be, as a multiple of the floor's. */
export type Target = { atMost: number } | { atLeast: number };

export interface Judgement {
  /** Ours over theirs, round by round. */
  ratio: Spread;
  met: boolean;
}

/** The ratio of each round. Both were measured within seconds, so other load on the machine affects both. */
export function ratios(ours: readonly number[], theirs: readonly number[]): number[] {
  if (ours.length !== theirs.length) throw new RangeError('Ours and theirs have not the same rounds');
  return ours.map((value, round) => value / (theirs[round] ?? Number.NaN));
}

/** Against the floor: the median of the rounds decides. */
export function againstFloor(ours: readonly number[], floor: readonly number[], target: Target): Judgement {
  const ratio = spreadOf(ratios(ours, floor));
  return { ratio, met: 'atMost' in target ? ratio.median <= target.atMost : ratio.median >= target.atLeast };
}

/**
 * Against the peer: ours is behind when it is behind in every round, so that the spread of the rounds does not explain
 * it.
 */
export function againstPeer(ours: readonly number[], peer: readonly number[], better: 'lower' | 'higher'): Judgement {
  const ratio = spreadOf(ratios(ours, peer));
  return { ratio, met: better === 'lower' ? ratio.min <= 1 : ratio.max >= 1 };
}
