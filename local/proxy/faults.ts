import { createHash } from 'node:crypto';
import type { Call } from './call.ts';

/** What goes wrong with a call. Before a call, any fault but `delay` means that the call is not made. */
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

/**
 * `after`: the call was made, and its answer is lost or changed. Each is asked at most once a call, never if denied.
 */
export interface FaultPlan {
  before(call: Call): Fault | undefined;
  after(call: Call): Fault | undefined;
  /** Called at once when a requested kill ended nothing: the caller was dead, or its invocation was over. */
  missed?(call: Call, side: 'before' | 'after'): void;
}

export function noFaults(): FaultPlan {
  return { before: () => undefined, after: () => undefined };
}

/**
 * Draws a fault with probability `rate` (0 to 1) before each call and again after it. A draw depends only on the seed,
 * the call's number and the side, so it stays the same if calls overlap differently or an earlier fault changes what
 * happens.
 */
export function seededFaults(options: { seed: number; rate: number; kinds: readonly Fault[] }): FaultPlan {
  const draw = (side: 'before' | 'after') => (call: Call) => {
    const digest = createHash('sha256').update(`${options.seed}/${call.n}/${side}`).digest();
    const chance = digest.readUInt32BE(0) / 2 ** 32;
    return chance < options.rate ? options.kinds[digest.readUInt32BE(4) % options.kinds.length] : undefined;
  };
  return { before: draw('before'), after: draw('after') };
}
