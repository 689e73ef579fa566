import { type Clock, leapingClock, systemClock } from '../../local/clock.ts';

/** The longest that `Archive` lets a batch wait, ms: `window` of lib/archive.ts. */
export const ARCHIVE_WINDOW_MS = 240_000;

/** Anything that waits for a minute or more (schedules, timeouts, windows of streams) waits until it is triggered. */
export interface CostClock extends Clock {
  /** Changes only the time of day. */
  leap(ms: number): void;
  /** Ends every window in which records wait for `Archive`, as if its time were up. */
  endWindows(): void;
}

const isWindow = (ms: number) => ms > ARCHIVE_WINDOW_MS / 2 && ms <= ARCHIVE_WINDOW_MS;

export function costClock(): CostClock {
  const clock = leapingClock();
  const windows = new Set<() => void>();
  return {
    ...clock,
    after(ms, callback) {
      if (ms < 60_000) return systemClock.after(ms, callback);
      if (!isWindow(ms)) return () => {};
      windows.add(callback);
      return () => windows.delete(callback);
    },
    endWindows() {
      clock.leap(ARCHIVE_WINDOW_MS);
      for (const callback of [...windows]) {
        windows.delete(callback);
        callback();
      }
    },
  };
}
