import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judge, type Measure, median, type Sample } from '../../soak/judge.ts';

const HOUR = 3_600;

/** A sample every half minute of an hour. */
const sampled = (valueAt: (share: number, index: number) => number, seconds = HOUR): Sample[] =>
  Array.from({ length: 120 }, (_, index) => {
    const share = index / 120;
    return { at: share * seconds, value: valueAt(share, index) };
  });

describe('growth is flat within its bound, and grows beyond it', () => {
  // From the middle of the second quarter to the middle of the last is half of the time.
  it.each<[Measure, number, number]>([
    ['memory', 100, 20],
    ['memory', 400, 40],
    ['heap', 30, 10],
    ['heap', 200, 20],
    ['sockets', 20, 20],
    ['sockets', 400, 200],
    ['handles', 100, 5],
    ['latency', 8, 10],
    ['latency', 60, 30],
  ])('%s of %d may grow by about %d', (measure, level, bound) => {
    const growing = (by: number) =>
      judge(
        measure,
        sampled((share) => level + 2 * by * (share - 0.375)),
        HOUR,
      );
    expect(growing(0.9 * bound).course).toBe('flat');
    expect(growing(1.2 * bound).course).toBe('grows');
    expect(growing(-3 * bound).course).toBe('flat');
  });
});

it('ignores growth in the first quarter, the warm-up', () => {
  const trend = judge(
    'memory',
    sampled((share) => (share < 0.25 ? 100 + 2_000 * share : 600)),
    HOUR,
  );
  expect(trend).toMatchObject({ before: 600, after: 600, stepped: 0, sloped: 0, course: 'flat' });
});

it('sees a leak through noise, and takes noise around a falling value for flat', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -60, max: 60, noNaN: true }), { minLength: 120, maxLength: 120 }),
      (noise) => {
        const noisy = (leaks: number) => sampled((share, index) => 200 + leaks * share + (noise[index] ?? 0) / 2);
        expect(judge('memory', noisy(200), HOUR).course).toBe('grows');
        expect(judge('memory', noisy(-100), HOUR).course).toBe('flat');
      },
    ),
    { numRuns: 10 },
  );
});

it('does not take the peaks of a few samples for growth, however high', () => {
  const peaks = sampled((share, index) => (share > 0.7 && index % 5 === 0 ? 5_000 : 20));
  expect(judge('latency', peaks, HOUR).course).toBe('flat');
});

it('takes a saw-tooth, as garbage collection makes one, for flat', () => {
  expect(
    judge(
      'memory',
      sampled((_, index) => 150 + 10 * (index % 23)),
      HOUR,
    ).course,
  ).toBe('flat');
});

it('tells a single step up, and a value that rose and fell again, from one that goes on growing', () => {
  const courseOf = (valueAt: (share: number) => number) => judge('memory', sampled(valueAt), HOUR).course;
  expect(courseOf((share) => (share > 0.7 ? 200 : 100))).toBe('step');
  expect(courseOf((share) => (share < 0.85 ? 100 + 200 * share : 100))).toBe('bump');
  expect(courseOf((share) => 100 + 100 * share)).toBe('grows');
});

it('gives the slope per hour, however short the run', () => {
  const short = judge(
    'heap',
    sampled((share) => 10 + share, 120),
    120,
  );
  expect(short.slope).toBeCloseTo(30);
  expect(short.sloped).toBeCloseTo(0.5);
});

it('says nothing about fewer than three samples in a quarter', () => {
  const few = [0.3, 0.4, 0.8, 0.9].map((share) => ({ at: share * HOUR, value: 1 }));
  expect(judge('memory', few, HOUR).course).toBeUndefined();
  expect(judge('memory', [], HOUR)).toMatchObject({ stepped: 0, sloped: 0, course: undefined });
});

it('finds a median with at most half of the values below it, and at most half above', () => {
  fc.assert(
    fc.property(fc.array(fc.integer(), { minLength: 1, maxLength: 30 }), (values) => {
      const middle = median(values);
      expect(values.filter((value) => value < middle).length).toBeLessThanOrEqual(values.length / 2);
      expect(values.filter((value) => value > middle).length).toBeLessThanOrEqual(values.length / 2);
    }),
  );
});
