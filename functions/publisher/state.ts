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
  /** It told of something that is no failure, and of no alarm. */
  other: v.optional(v.boolean(), false),
});

/** While more comes than can be told one by one: since when, and how many digests there have been. */
const storm = v.object({ since: v.number(), digests: v.number() });
export type Storm = v.InferOutput<typeof storm>;

/**
 * What the publisher remembers from one run to the next. All times are epoch ms. A field that an earlier version wrote otherwise
 * is begun anew; the others stay.
 */
const publisherState = v.object({
  /** What people were sent in the last two hours. */
  sent: v.fallback(v.array(sentMessage), []),
  storms: v.fallback(v.object({ failures: v.optional(storm), warnings: v.optional(storm) }), {}),
  /** Families of jobs that people were told of lately, by name: when, and whether the job that all belong to was among them. */
  families: v.fallback(v.record(v.string(), v.object({ at: v.number(), ended: v.boolean() })), {}),
  /** Silences that hold failures back, by id, and when each took one last. */
  silencing: v.fallback(v.record(v.string(), v.number()), {}),
  /** When intents were looked at last and kept on purpose: for a digest, for room in the hour. Absent when nothing waits. */
  keptAt: v.fallback(v.optional(v.number()), undefined),
});
export type PublisherState = v.InferOutput<typeof publisherState>;

export const NEW_STATE: PublisherState = { sent: [], storms: {}, families: {}, silencing: {} };

/** Reads what was remembered; nothing was, the first time. */
export function readState(memory: unknown): PublisherState {
  const read = v.safeParse(publisherState, memory);
  return read.success ? read.output : NEW_STATE;
}

/** How often it is written down at most that intents are kept, ms. */
const KEPT_NOTED_MS = 60_000;

/** The state, with when intents were kept that wait for their turn, or without when none is. */
export function keeping({ keptAt, ...state }: PublisherState, keepsAny: boolean, now: number): PublisherState {
  if (!keepsAny) return state;
  return { ...state, keptAt: keptAt !== undefined && keptAt > now - KEPT_NOTED_MS ? keptAt : now };
}

/** When the publisher last kept intents on purpose, epoch ms, by what it remembers; undefined when none waits. */
export function keptAtOf(memory: unknown): number | undefined {
  return readState(memory).keptAt;
}
