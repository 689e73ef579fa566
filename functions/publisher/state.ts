import * as v from 'valibot';

/**
 * What shares its digests and its part of the budget: errors and worse, and what is less than that. A night full of warnings must
 * not keep a failure waiting.
 */
const LANES = ['failures', 'warnings'] as const;
export type Lane = (typeof LANES)[number];

/** The topics on which people get messages. */
const topic = v.picklist(['alerts', 'chat']);
export type PeoplesTopic = v.InferOutput<typeof topic>;

/** A message that people were sent. */
const sentMessage = v.object({
  at: v.number(),
  /** The topics on which people got it. */
  to: v.array(topic),
  lane: v.picklist(LANES),
  /** It told of one thing that could have been in a digest. */
  single: v.boolean(),
  /** It told of what is critical and no job, which has a share of its own. */
  alarm: v.optional(v.boolean(), false),
});

/** While more comes than can be told one by one: since when, and how many digests there have been. */
const storm = v.object({ since: v.number(), digests: v.number() });
export type Storm = v.InferOutput<typeof storm>;

/**
 * What the publisher remembers from one run to the next. All times are epoch ms. A field that an earlier version wrote otherwise
 * is begun anew; the others stay.
 */
export const publisherState = v.object({
  /** What people were sent in the last hour. */
  sent: v.fallback(v.array(sentMessage), []),
  storms: v.fallback(v.object({ failures: v.optional(storm), warnings: v.optional(storm) }), {}),
  /** Families of jobs that people were told of lately, by name: when, and whether the job that all belong to was among them. */
  families: v.fallback(v.record(v.string(), v.object({ at: v.number(), ended: v.boolean() })), {}),
  /** Silences that hold failures back, by id, and when each took one last. */
  silencing: v.fallback(v.record(v.string(), v.number()), {}),
});
export type PublisherState = v.InferOutput<typeof publisherState>;

export const NEW_STATE: PublisherState = { sent: [], storms: {}, families: {}, silencing: {} };

/** Reads what was remembered; nothing was, the first time. */
export function readState(memory: unknown): PublisherState {
  const read = v.safeParse(publisherState, memory);
  return read.success ? read.output : NEW_STATE;
}
