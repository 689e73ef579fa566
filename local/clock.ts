/** Time as the one-machine run sees it: the machine's own, or one that a test moves. All times are epoch ms. */
export interface Clock {
  now(): number;
  /** Calls back once, `ms` from now. The returned function cancels it. */
  after(ms: number, callback: () => void): () => void;
  /** How many ms this clock is ahead of the machine's. Shared memory, so that functions in other threads agree. */
  readonly lead?: SharedArrayBuffer;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/** How far a clock is ahead of the machine's now, ms. */
export const leadOf = ({ lead }: Clock): number => (lead ? Number(Atomics.load(new BigInt64Array(lead), 0)) : 0);

export interface LeapingClock extends Clock {
  /** Skips `ms`. Only the time of day changes: timers that are running wait as long as they would have. */
  leap(ms: number): void;
}

/** The machine's clock, which can leap forward. */
export function leapingClock(): LeapingClock {
  const lead = new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT);
  const ahead = new BigInt64Array(lead);
  return {
    lead,
    now: () => Date.now() + Number(Atomics.load(ahead, 0)),
    after: systemClock.after,
    leap: (ms) => void Atomics.add(ahead, 0, BigInt(ms)),
  };
}

export interface ManualClock extends Clock {
  /** Moves time forward and runs due callbacks in order of time, including those that callbacks schedule. */
  advance(ms: number): void;
}

/** A clock that stands still until it is moved. */
export function manualClock(start = Date.UTC(2026, 0, 1)): ManualClock {
  let now = start;
  let next = 0;
  const waiting = new Map<number, { at: number; callback: () => void }>();
  const earliest = (until: number) =>
    [...waiting].filter(([, timer]) => timer.at <= until).sort(([a, x], [b, y]) => x.at - y.at || a - b)[0];
  return {
    now: () => now,
    after(ms, callback) {
      const id = next++;
      waiting.set(id, { at: now + ms, callback });
      return () => waiting.delete(id);
    },
    advance(ms) {
      const until = now + ms;
      for (let due = earliest(until); due; due = earliest(until)) {
        waiting.delete(due[0]);
        now = Math.max(now, due[1].at);
        due[1].callback();
      }
      now = until;
    },
  };
}
