/** Time as the one-machine run sees it: the machine's own, or one that a test moves by hand. All times are epoch ms. */
export interface Clock {
  now(): number;
  /** Calls back once, `ms` from now. The returned function cancels it. */
  after(ms: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

export interface ManualClock extends Clock {
  /** Moves time forward and calls back what falls due, in the order of time, also what those callbacks schedule. */
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
