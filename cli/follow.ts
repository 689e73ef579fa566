import type { Range } from '../functions/questions/range.ts';
import { orderBy } from '../functions/records/order.ts';
import type { Wait } from './program.ts';

/** Something that can be asked for by when it happened. */
export interface Happening {
  /** Tells it from all others, whenever it is asked for. */
  id: string;
  /** Epoch ms. */
  at: number;
}

export interface Following<T> {
  /** All that is known of what happened in a range. */
  ask(range: Range): Promise<readonly T[]>;
  now(): number;
  wait: Wait;
  /** From when on what is known already is told too (epoch ms). */
  from: number;
  /** Ends it. */
  signal: AbortSignal;
  /** Is told why nothing could be asked. Throws what will not pass by itself. */
  onTrouble(error: unknown): void;
}

export const BETWEEN_POLLS_MS = 5_000;

/** What is received is known within seconds as a rule: so far back is looked each time. */
const SOON_MS = 60_000;

/** And so far back each minute. What becomes known later than that after it happened is not told. */
export const LATE_MS = 15 * 60_000;
const POLLS_A_MINUTE = 12;

/** The clocks of AWS and of this machine differ. */
const AHEAD_MS = 10 * 60_000;

const oldestFirst = orderBy<Happening>(({ at }) => at);

/**
 * What becomes known from now on, each once and the oldest of a poll first, until the signal ends it. A poll looks back from the last
 * one that was answered, so nothing is lost to a network that fails, or to a laptop that sleeps. Remembers the ids of `LATE_MS`.
 */
export async function* follow<T extends Happening>(following: Following<T>): AsyncGenerator<T> {
  const { now, from, signal, onTrouble } = following;
  const seen = new Map<string, number>();
  let lastAt = now();
  let lastFarAt = Math.min(lastAt, from + LATE_MS);
  for (let polls = 0; !signal.aborted; polls++) {
    const at = now();
    const isFar = polls % POLLS_A_MINUTE === 0 || at - lastFarAt > LATE_MS;
    const back = isFar ? lastFarAt - LATE_MS : lastAt - SOON_MS;
    let found: readonly T[] = [];
    try {
      found = await following.ask({ from: back, to: at + AHEAD_MS });
      lastAt = at;
      if (isFar) lastFarAt = at;
    } catch (error) {
      if (polls === 0) throw error;
      onTrouble(error);
    }
    // What was known before is only told when that is asked for.
    for (const one of found.toSorted(oldestFirst)) {
      const isNew = !seen.has(one.id);
      seen.set(one.id, one.at);
      if (isNew && (polls > 0 || one.at >= from)) yield one;
    }
    for (const [id, happenedAt] of seen) if (happenedAt < lastFarAt - LATE_MS) seen.delete(id);
    await pause(following);
  }
}

async function pause({ wait, signal }: Pick<Following<never>, 'wait' | 'signal'>): Promise<void> {
  try {
    await wait(BETWEEN_POLLS_MS, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
