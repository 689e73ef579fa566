import * as v from 'valibot';

/** What the processes of a soak say to each other. */

/** To any: tell what is left of your heap after a collection of garbage. To the client: what came since you were asked last. */
export const askSchema = v.picklist(['heap', 'window', 'stop']);
export type Ask = v.InferOutput<typeof askSchema>;

const count = v.pipe(v.number(), v.integer());

const windowSchema = v.object({
  sent: count,
  acknowledged: count,
  resends: count,
  /** Connections that were accepted. */
  accepted: count,
  /** Frames that are no NBWSS message: the gateway sends one when a function is throttled or fails, and a primary server hangs up. */
  undecodable: count,
  /** Of the acknowledgements, ms since they were due. Absent where none came. */
  latency: v.optional(v.object({ p50: v.number(), p95: v.number(), max: v.number() })),
});
/** What came to pass between two samples. */
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
/** What of all that was acknowledged is where it belongs: as `Verified` of one traffic. */
export type ReadBack = v.InferOutput<typeof readBackSchema>;

export const saidSchema = v.variant('kind', [
  /** Bytes. */
  v.object({ kind: v.literal('heap'), bytes: v.number() }),
  v.object({ kind: v.literal('window'), window: windowSchema }),
  /** The connections are accepted. */
  v.object({ kind: v.literal('begun') }),
  /** With what came since it was asked last. */
  v.object({ kind: v.literal('sent'), window: windowSchema, unacknowledged: v.array(v.string()) }),
  v.object({ kind: v.literal('read'), readBack: readBackSchema }),
  /** It ends for this. */
  v.object({ kind: v.literal('failed'), why: v.string() }),
]);
export type Said = v.InferOutput<typeof saidSchema>;

/** Says something to the process that started this one. */
export const say = (said: Said) => process.send?.(said);
