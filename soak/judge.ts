/** What is measured of a process, or of the acknowledgements. Memory is in MB, latency in ms. */
export type Measure = 'memory' | 'heap' | 'sockets' | 'handles' | 'latency';

export interface Sample {
  /** Seconds since the sending began. */
  at: number;
  value: number;
}

/** How a value developed over time, without the warm-up. */
export interface Trend {
  /** Medians of the second quarter and of the last. */
  before: number;
  after: number;
  /** Per hour. */
  slope: number;
  /** By how much it grew from the second quarter to the last, by medians and by slope; negative if it shrank. */
  stepped: number;
  sloped: number;
  /** More growth than this is no longer flat. */
  bound: number;
  /**
   * `step`: only the medians grew by more. `bump`: only the slope did. Undefined where there are too few samples to
   * tell.
   */
  course: Course | undefined;
}

/**
 * A leak shows in both medians and slope. A single step up shows only in the medians; a value that rose and fell again
 * shows only in the slope.
 */
export type Course = 'flat' | 'step' | 'bump' | 'grows';

/**
 * How much each may grow from the second quarter to the last: a share of its value, or `least` if that is more. The
 * heap after a collection holds what waits minutes for the archive. Memory moves by some MB whenever V8 sees fit. As
 * many connections are kept for later as were once needed at the same time. A p50 of some ms doubles when the machine
 * has something else to do.
 */
const BOUNDS: Readonly<Record<Measure, { share: number; least: number }>> = {
  memory: { share: 0.1, least: 20 },
  heap: { share: 0.1, least: 10 },
  sockets: { share: 0.5, least: 20 },
  handles: { share: 0, least: 5 },
  latency: { share: 0.5, least: 10 },
};

/** The share of the time that is left out: what is loaded, compiled and cached then does not come again. */
export const WARM_UP = 0.25;

/** Samples in each quarter; the median of fewer means nothing. */
const LEAST_SAMPLES = 3;

/** A slope over all pairs of more samples takes long, and is no more accurate. */
const MOST_SAMPLES = 400;

/** Whether samples of so many seconds are flat after the warm-up. The order of the samples does not matter. */
export function judge(measure: Measure, samples: readonly Sample[], seconds: number): Trend {
  const warm = samples.filter(({ at }) => at >= WARM_UP * seconds);
  const second = warm.filter(({ at }) => at < 0.5 * seconds);
  const last = warm.filter(({ at }) => at >= 0.75 * seconds);
  const [before, after] = [median(valuesOf(second)), median(valuesOf(last))];
  const slope = slopeOf(thinned(warm));
  const stepped = after - before;
  // From the middle of the second quarter to the middle of the last, like the medians.
  const sloped = slope * 0.5 * seconds;
  const { share, least } = BOUNDS[measure];
  const bound = Math.max(share * before, least);
  const isEnough = Math.min(second.length, last.length) >= LEAST_SAMPLES;
  const course = isEnough ? courseOf(stepped > bound, sloped > bound) : undefined;
  return { before, after, slope: slope * 3_600, stepped, sloped, bound, course };
}

function courseOf(byMedians: boolean, bySlope: boolean): Course {
  if (byMedians) return bySlope ? 'grows' : 'step';
  return bySlope ? 'bump' : 'flat';
}

const valuesOf = (samples: readonly Sample[]) => samples.map(({ value }) => value);

/** 0 for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}

/** Per second: the median of the slopes between all pairs (Theil-Sen), which single outliers do not change. */
function slopeOf(samples: readonly Sample[]): number {
  const slopes = samples.flatMap((a, index) =>
    samples.slice(index + 1).flatMap((b) => (a.at === b.at ? [] : [(b.value - a.value) / (b.at - a.at)])),
  );
  return median(slopes);
}

function thinned(samples: readonly Sample[]): Sample[] {
  const every = Math.ceil(samples.length / MOST_SAMPLES);
  return samples.filter((_, index) => index % every === 0);
}
