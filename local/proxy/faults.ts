import { createHash } from 'node:crypto';
import type { Call } from './call.ts';

/** What goes wrong with a call. Any of them but `delay` before a call means that it is not made. */
export type Fault =
  /** Answered in the service's own error format. */
  | { kind: 'error'; status: number; code: string; message: string }
  | { kind: 'throttle' }
  | { kind: 'delay'; ms: number }
  /** Never answered. */
  | { kind: 'hang' }
  /** The socket is destroyed. */
  | { kind: 'cut' }
  /** The caller is killed, then the socket is destroyed. */
  | { kind: 'kill' };

/** `after`: the call was made, and its answer is lost or changed. Asked once for each call, and not for one that is denied. */
export interface FaultPlan {
  before(call: Call): Fault | undefined;
  after(call: Call): Fault | undefined;
  /** Told at once when the kill that was asked for ended nobody: the caller was dead, or its invocation over. */
  missed?(call: Call, side: 'before' | 'after'): void;
}

export function noFaults(): FaultPlan {
  return { before: () => undefined, after: () => undefined };
}

/**
 * Draws a fault with probability `rate` (0 to 1) before each call and again after it. A draw depends on the seed, the call's number
 * and the side alone, so it stays the same when calls overlap in another way or an earlier fault changes what happens.
 */
export function seededFaults(options: { seed: number; rate: number; kinds: readonly Fault[] }): FaultPlan {
  const draw = (side: 'before' | 'after') => (call: Call) => {
    const digest = createHash('sha256').update(`${options.seed}/${call.n}/${side}`).digest();
    const chance = digest.readUInt32BE(0) / 2 ** 32;
    return chance < options.rate ? options.kinds[digest.readUInt32BE(4) % options.kinds.length] : undefined;
  };
  return { before: draw('before'), after: draw('after') };
}
