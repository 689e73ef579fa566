import * as v from 'valibot';

const wholeFrom = (least: number) => v.pipe(v.number(), v.integer(), v.minValue(least));

/** When `watch` alerts people, as set by the stack. docs/settings.md says what each value means. */
export const thresholds = v.strictObject({
  /** Minutes without a sign of life after which a feed is lost. */
  feedLostMinutes: wholeFrom(1),
  /** How many occasions a series must have before its gaps count as a habit. */
  overdueRuns: wholeFrom(2),
  /** After how many of its usual gaps, and after how many hours at least, a series is overdue. */
  overdueGaps: wholeFrom(1),
  overdueHours: wholeFrom(1),
  /**
   * How many young images of a primary may vanish in an hour, and below what percentage of the usual age an image is
   * young.
   */
  deletedImages: wholeFrom(0),
  deletedAgePercent: wholeFrom(1),
});
export type Thresholds = v.InferOutput<typeof thresholds>;

/** Reads the environment variable THRESHOLDS. */
export const thresholdsText = v.pipe(v.string(), v.parseJson(), thresholds);
