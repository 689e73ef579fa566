import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { habitOf, limitOf } from '../../../functions/records/habit.ts';
import type { FeedGap } from '../../../functions/registry/feed.ts';
import { isLate, type Watched } from '../../../functions/watch/overdue.ts';
import { unheardTimes } from '../../../functions/watch/unheard.ts';
import { endpointOf } from './support.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const RULE = { overdueGaps: 2, overdueHours: 26 };

/** 22:00 (UTC) of a Monday. */
const MONDAY = Date.parse('2026-01-05T22:00Z');

/** Gaps in half hours: how long the primary is heard before each, and how long it then is not. */
const pieces = fc.array(fc.tuple(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 100 })), {
  maxLength: 30,
});

const HALF = HOUR / 2;

/** Gaps from a time on, one after the other. */
function gapsFrom(start: number, all: readonly (readonly [number, number])[]): FeedGap[] {
  let at = start;
  return all.map(([heard, not]) => {
    const from = at + heard * HALF;
    at = from + not * HALF;
    return { from, to: at };
  });
}

/** The start of each half hour of so many days, epoch ms. */
const halfHours = (days: number) => Array.from({ length: days * 48 }, (_, index) => MONDAY + index * HALF);

const isIn = (gaps: readonly FeedGap[], at: number) => gaps.some(({ from, to }) => from <= at && at < to);

const watched = (habit: { usual: number; longest: number } | undefined, limit: number, since: number): Watched => ({
  ...{ client: 'sql01', policy: 'nightly', rule: habit ? 'habit' : 'declared', lastUsableAt: since, since, limit },
  ...habit,
});

const feed = (primaryGaps: readonly FeedGap[], createdAt = 0) => ({
  endpoint: endpointOf('demo', { createdAt }),
  feed: undefined,
  gaps: primaryGaps,
});

describe('the unheard times of a primary', () => {
  it('are the half hours in which none of its endpoints was heard', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(pieces, fc.integer({ min: 0, max: 60 })), { minLength: 1, maxLength: 3 }),
        (all) => {
          const feeds = all.map(([some, made]) => feed(gapsFrom(MONDAY, some), MONDAY + made * HALF));
          const unheard = unheardTimes(feeds);
          const wrong = halfHours(40).filter((at) => {
            const isHeard = feeds.some(({ endpoint, gaps }) => at >= endpoint.createdAt && !isIn(gaps, at));
            return isIn(unheard, at) === isHeard;
          });
          expect(wrong).toEqual([]);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('go on while the feed of the only endpoint is lost, and end where another endpoint is heard', () => {
    const lost = { ...feed([]), feed: { endpoint: 'demo', primary: 'demo', aliveAt: 0, lostFrom: MONDAY } };
    expect(unheardTimes([lost]).at(-1)).toEqual({ from: MONDAY, to: Number.POSITIVE_INFINITY });
    expect(isIn(unheardTimes([lost, feed([])]), MONDAY + DAY)).toBe(false);
  });
});

describe('a series that stopped', () => {
  const habits = fc.record({
    usual: fc.integer({ min: 1, max: 60 }).map((n) => n * HALF),
    longest: fc.integer({ min: 60, max: 200 }).map((n) => n * HALF),
  });

  it('is late once heard beyond its limit without a gap, or beyond the longer limit for unseen runs in all', () => {
    fc.assert(
      fc.property(pieces, fc.option(habits, { nil: undefined }), fc.integer({ min: 2, max: 300 }), (some, habit, n) => {
        const limit = habit ? limitOf(habit, RULE) : n * HALF;
        const most = habit ? Math.max(limit, habit.usual + 1.25 * habit.longest) : 2 * limit;
        const gaps = gapsFrom(MONDAY, some);
        const one = watched(habit, limit, MONDAY);
        const unheard = unheardTimes([feed(gaps)]);
        let [heard, unbroken, longest] = [0, 0, 0];
        const wrong = halfHours(60).filter((at) => {
          const late = isLate(one, at, unheard);
          const shouldBe = heard > most || longest > limit;
          const isHeard = !isIn(gaps, at);
          heard += isHeard ? HALF : 0;
          unbroken = isHeard ? unbroken + HALF : 0;
          longest = Math.max(longest, unbroken);
          return late !== shouldBe;
        });
        expect(wrong).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });
});

describe('a series that keeps its schedule is never late although single runs go unseen:', () => {
  const evening = (day: number) => MONDAY + day * DAY + ((day * 37) % 50) * 60_000;
  const days = (count: number) => Array.from({ length: count }, (_, day) => day);

  /** Which runs go unseen: never two in a row. */
  const hidden = fc
    .array(fc.integer({ min: 1, max: 8 }), { maxLength: 40 })
    .map((all) => all.flatMap((heard) => [...Array<boolean>(heard).fill(false), true]));

  /** The heard runs just before which the series would wrongly be late. */
  function falseAlarms(runs: readonly number[], isHidden: readonly boolean[], minutes: number, declared?: number) {
    const at = (index: number) => runs[index] ?? 0;
    const gaps = runs.flatMap((run, index) =>
      isHidden[index] ? [{ from: run - 60_000, to: run + minutes * 60_000 }] : [],
    );
    const unheard = unheardTimes([feed(gaps)]);
    const heard = days(runs.length)
      .filter((index) => !isHidden[index])
      .map(at);
    return heard.slice(1).filter((next, index) => {
      const known = heard.slice(0, index + 1);
      const last = known.at(-1) ?? 0;
      if (declared !== undefined) return isLate(watched(undefined, declared, last), next - 1, unheard);
      const habit = habitOf(known, 5);
      return habit && isLate(watched(habit, limitOf(habit, RULE), last), next - 1, unheard);
    });
  }

  it.each<[string, number[], number]>([
    ['each evening', days(60).map(evening), 25],
    [
      'Monday to Friday',
      days(90)
        .filter((day) => day % 7 < 5)
        .map(evening),
      73,
    ],
    [
      'Monday to Thursday',
      days(90)
        .filter((day) => day % 7 < 4)
        .map(evening),
      97,
    ],
    ['weekly', days(40).map((week) => evening(week * 7)), 169],
    ['on the 1st of each month', days(36).map((month) => Date.UTC(2027, month, 1, 3)), 31 * 24],
  ])('%s', (_, runs, declared) => {
    fc.assert(
      fc.property(hidden, fc.integer({ min: 15, max: 300 }), (isHidden, minutes) => {
        expect(falseAlarms(runs, isHidden, minutes)).toEqual([]);
        expect(falseAlarms(runs, isHidden, minutes, declared * HOUR)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});
