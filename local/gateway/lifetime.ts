import type { Clock } from '../clock.ts';
import { IDLE_MS, LIFE_MS } from './limits.ts';

export interface Lifetime {
  lastActiveAt(): number;
  /** Notes activity: the idle time starts again. */
  touch(): void;
  stop(): void;
}

/**
 * Calls `expire` when a connection is idle for too long or too old. One timer watches idleness, however much is sent.
 */
export function watchLifetime(clock: Clock, expire: () => void): Lifetime {
  let lastActiveAt = clock.now();
  let cancelIdle = clock.after(IDLE_MS, checkIdle);
  const cancelLife = clock.after(LIFE_MS, expire);

  function checkIdle(): void {
    const left = lastActiveAt + IDLE_MS - clock.now();
    if (left > 0) cancelIdle = clock.after(left, checkIdle);
    else expire();
  }

  return {
    lastActiveAt: () => lastActiveAt,
    touch: () => {
      lastActiveAt = clock.now();
    },
    stop: () => {
      cancelIdle();
      cancelLife();
    },
  };
}
