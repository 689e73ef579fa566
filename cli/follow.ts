import type { Range } from '../functions/questions/range.ts';
import { orderBy } from '../functions/records/order.ts';
import type { Wait } from './program.ts';

/** Something that can be queried by when it happened. */
export interface Happening {
  /** Unique, and the same in every poll. */
  id: string;
  /** Epoch ms. */
  at: number;
}

export interface Following<T> {
  /** All known happenings of a range. */
  ask(range: Range): Promise<readonly T[]>;
  now(): number;
  wait: Wait;
  /** What happened since then (epoch ms) is yielded even if it was known before the first poll. */
  from: number;
  /** Ends it. */
  signal: AbortSignal;
  /** Called with the reason for which a poll failed. Throws if it will not pass on its own. */
  onTrouble(error: unknown): void;
}

export const BETWEEN_POLLS_MS = 5_000;

/** How far each poll looks back: usually, what was received is known within seconds. */
const SOON_MS = 60_000;

/** How far one poll a minute looks back. What becomes known later than that after it happened is never yielded. */
export const LATE_MS = 15 * 60_000;
const POLLS_A_MINUTE = 12;

/** How far a poll looks ahead: the clocks of AWS and of this machine differ. */
const AHEAD_MS = 10 * 60_000;

const oldestFirst = orderBy<Happening>(({ at }) => at);

/**
 * Yields what becomes known from now on, each once and the oldest of a poll first, until the signal ends it. A poll
 * looks back from the last one that succeeded, so nothing is lost when the network fails or a laptop sleeps. Remembers
 * the ids of `LATE_MS`.
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
    // The first poll finds what was known before; it is yielded only since `from`.
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
