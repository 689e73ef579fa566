import { logCounted, VALUES_AT_ONCE } from '../runtime/metrics.ts';

/** How long delays are collected at most while facts arrive, ms. */
const COLLECTED_MS = 60_000;

/** Collects how long facts took from their receipt to their records. */
export interface Delays {
  /** Notes facts that were received at these times (epoch ms) and whose records have just been written. */
  note(receivedAt: readonly number[]): void;
  /** Logs the noted delays, if it is time. */
  tell(): void;
}

/**
 * Collects delays for a minute, or until they fill a line, and counts them in one line: a line for each fact would cost
 * more than `ingest`'s line. The first delays of a process are logged at once. Delays that are still unlogged when a
 * process ends are lost, which changes no percentile by much.
 */
export function createDelays(now: () => number): Delays {
  const noted: number[] = [];
  let toldAt = Number.NEGATIVE_INFINITY;
  return {
    note(receivedAt) {
      // The gateway's clock may be ahead of ours.
      noted.push(...receivedAt.map((at) => Math.max(0, now() - at)));
    },
    tell() {
      if (noted.length === 0 || (noted.length < VALUES_AT_ONCE && now() < toldAt + COLLECTED_MS)) return;
      while (noted.length > 0)
        logCounted('info', 'projected', { ProjectionDelay: noted.splice(0, VALUES_AT_ONCE) }, {});
      toldAt = now();
    },
  };
}
