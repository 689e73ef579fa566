import * as v from 'valibot';

/** What the publisher remembers from one run to the next. All times are epoch ms. */
export const publisherState = v.object({
  /** When people were sent messages in the last hour. */
  sent: v.array(v.number()),
  /** Which of those told of one thing. */
  singles: v.array(v.number()),
  /** While more fails than can be told one by one: since when, and how many digests there have been. */
  storm: v.optional(v.object({ since: v.number(), digests: v.number() })),
  /** Families of jobs that people were told of lately, by name, and when. */
  families: v.record(v.string(), v.number()),
  /** Silences that hold failures back, by id, and when each took one last. */
  silencing: v.record(v.string(), v.number()),
});
export type PublisherState = v.InferOutput<typeof publisherState>;

export const NEW_STATE: PublisherState = { sent: [], singles: [], families: {}, silencing: {} };
