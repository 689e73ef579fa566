import * as v from 'valibot';

/** What the processes of a soak say to each other. */

/**
 * `heap` asks any process for its heap after a garbage collection. `window` asks the client what came since the last
 * one.
 */
export const askSchema = v.picklist(['heap', 'window', 'stop']);
export type Ask = v.InferOutput<typeof askSchema>;

const count = v.pipe(v.number(), v.integer());

const windowSchema = v.object({
  sent: count,
  acknowledged: count,
  resends: count,
  /** Connections that were accepted. */
  accepted: count,
  /**
   * Frames that are not NBWSS messages: the gateway sends one when a function is throttled or fails, and a primary
   * server then hangs up.
   */
  undecodable: count,
  /** Latency of the acknowledgements, ms from when they were due. Absent where there were none. */
  latency: v.optional(v.object({ p50: v.number(), p95: v.number(), max: v.number() })),
});
/** What happened between two samples. */
export type Window = v.InferOutput<typeof windowSchema>;

const readBackSchema = v.object({
  facts: count,
  failures: count,
  told: count,
  pending: count,
  missingFacts: v.array(v.string()),
  missingFailures: v.array(v.string()),
  odd: v.array(v.number()),
});
/** How much of what was acknowledged is where it belongs: for all nights what `Verified` is for one traffic. */
export type ReadBack = v.InferOutput<typeof readBackSchema>;

export const childMessage = v.variant('kind', [
  /** Bytes. */
  v.object({ kind: v.literal('heap'), bytes: v.number() }),
  v.object({ kind: v.literal('window'), window: windowSchema }),
  /** The connections are accepted. */
  v.object({ kind: v.literal('begun') }),
  /** With what came since the last window. */
  v.object({ kind: v.literal('sent'), window: windowSchema, unacknowledged: v.array(v.string()) }),
  v.object({ kind: v.literal('read'), readBack: readBackSchema }),
  /** Why it ends. */
  v.object({ kind: v.literal('failed'), why: v.string() }),
]);
export type ChildMessage = v.InferOutput<typeof childMessage>;

/** Says something to the process that started this one. */
export const tellParent = (said: ChildMessage) => process.send?.(said);
