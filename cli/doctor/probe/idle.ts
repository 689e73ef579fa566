import type { Wait } from '../../program.ts';
import type { Destination } from '../../simulate/destination.ts';
import { type Ended, openSocket } from './socket.ts';

/** A connection on which no message went: how it ended and after how many seconds, to `STEP_MS`; undefined while it was open. */
export type IdleEnd = (Ended & { afterSeconds: number }) | undefined;

/** What became of a connection that said nothing, and of one that only pinged. */
export interface Idle {
  /** How long they were looked at. */
  seconds: number;
  silent: IdleEnd;
  pinged: IdleEnd;
}

/** How closely it is seen when a connection ends, and how often NetBackup pings (`keepAlive.scheduledRate`), ms. */
export const STEP_MS = 5_000;
const PING_MS = 30_000;

/**
 * Holds two connections open that have shown no token: so nbwatch notes neither, and says nothing of several connections of an endpoint.
 * Ends after so many ms, or with the signal.
 */
export async function watchIdle(
  destination: Destination,
  { ms, wait, stop }: { ms: number; wait: Wait; stop: AbortSignal },
): Promise<Idle> {
  const [silent, pinged] = [await openSocket(destination), await openSocket(destination)];
  const found: Idle = { seconds: 0, silent: undefined, pinged: undefined };
  const note = () => {
    const endOf = (end: Ended | undefined) => end && { ...end, afterSeconds: found.seconds };
    found.silent ??= endOf(silent.ended());
    found.pinged ??= endOf(pinged.ended());
  };
  try {
    for (let passed = 0; passed < ms && !stop.aborted; ) {
      const step = Math.min(STEP_MS, ms - passed);
      await wait(step, undefined, { signal: stop }).catch(() => {});
      if (stop.aborted) break;
      passed += step;
      found.seconds = passed / 1000;
      note();
      if (passed % PING_MS === 0) pinged.ping();
    }
    return found;
  } finally {
    for (const socket of [silent, pinged]) socket.end();
  }
}
