import type { Wait } from '../../program.ts';
import type { Destination } from '../../simulate/destination.ts';
import { type Ended, openSocket } from './socket.ts';

/**
 * How a connection without messages ended, and after how many seconds, to within `STEP_MS`; undefined while it was
 * open.
 */
export type IdleEnd = (Ended & { afterSeconds: number }) | undefined;

/** What happened to a connection that sent nothing, and to one that only pinged. */
export interface Idle {
  /** How long they were watched. */
  seconds: number;
  silent: IdleEnd;
  pinged: IdleEnd;
}

/** How often the probe checks for the end of a connection, ms. */
export const STEP_MS = 5_000;
/** How often NetBackup pings (`keepAlive.scheduledRate`), ms. */
const PING_MS = 30_000;

/**
 * Holds two connections open without showing a token, so that nbwatch notes neither and does not alert to several
 * connections of an endpoint. Ends after `ms`, or with the signal.
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
