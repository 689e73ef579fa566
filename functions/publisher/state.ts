import * as v from 'valibot';

/**
 * A lane has its own digests and its own part of the budget: `failures` are errors and worse, `warnings` what is less
 * than that. A night full of warnings must not keep a failure waiting.
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
  /** It reported one thing that could have been in a digest. */
  single: v.boolean(),
  /** It reported something critical that is not a job, which has a share of its own. */
  alarm: v.optional(v.boolean(), false),
  /**
   * It reported neither failures of a lane nor an alarm: what a silence had held, or news that is not about failed
   * jobs.
   */
  other: v.optional(v.boolean(), false),
});

/** A time in which more comes than can be sent one by one: since when, and how many digests there have been. */
const storm = v.object({ since: v.number(), digests: v.number() });
export type Storm = v.InferOutput<typeof storm>;

/**
 * What the publisher remembers from one run to the next. All times are epoch ms. A field that an earlier version wrote
 * differently starts from scratch; the others stay.
 */
const publisherState = v.object({
  /** What people were sent in the last two hours. */
  sent: v.fallback(v.array(sentMessage), []),
  storms: v.fallback(v.object({ failures: v.optional(storm), warnings: v.optional(storm) }), {}),
  /** Families of jobs that people were alerted to lately, by name: when, and whether the parent was among them. */
  families: v.fallback(v.record(v.string(), v.object({ at: v.number(), ended: v.boolean() })), {}),
  /** Silences that hold something back, by id, and when each last took something. */
  silencing: v.fallback(v.record(v.string(), v.number()), {}),
  /**
   * When intents were last looked at and kept on purpose: for a digest, or for room in the hour. Absent when nothing
   * waits.
   */
  keptAt: v.fallback(v.optional(v.number()), undefined),
});
export type PublisherState = v.InferOutput<typeof publisherState>;

export const NEW_STATE: PublisherState = { sent: [], storms: {}, families: {}, silencing: {} };

/** Reads what was remembered; the first time, nothing was. */
export function readState(memory: unknown): PublisherState {
  const read = v.safeParse(publisherState, memory);
  return read.success ? read.output : NEW_STATE;
}

/** At most how often `keptAt` is written down, ms. */
const KEPT_NOTED_MS = 60_000;

/** The state with `keptAt` while intents wait for their turn, and without it while none do. */
export function withKeptAt({ keptAt, ...state }: PublisherState, keepsAny: boolean, now: number): PublisherState {
  if (!keepsAny) return state;
  return { ...state, keptAt: keptAt !== undefined && keptAt > now - KEPT_NOTED_MS ? keptAt : now };
}

/** When the publisher last kept intents on purpose, epoch ms, by what it remembers; undefined while none wait. */
export function keptAtOf(memory: unknown): number | undefined {
  return readState(memory).keptAt;
}
