import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { habitOf, isEnough, limitOf, occasionsOf, SLACK, unseenLimitOf } from '../../../functions/records/habit.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const RULE = { overdueGaps: 2, overdueHours: 26 };
const RUNS = 5;

/** 22:00 (UTC) of a Monday. */
const MONDAY = Date.parse('2026-01-05T22:00Z');

/** When a job ends in the evening `day` days after MONDAY: some minutes later or earlier each time. */
const evening = (day: number) => MONDAY + day * DAY + ((day * 37) % 50) * 60_000;

/** How long (ms) the series may be without a usable run after these. */
function limitAfter(usableAt: readonly number[]): number | undefined {
  const habit = habitOf(usableAt, RUNS);
  return habit && limitOf(habit, RULE);
}

/** The runs that would be overdue just before they come. */
function falseAlarms(usableAt: readonly number[]): string[] {
  return usableAt.slice(1).flatMap((next, index) => {
    const limit = limitAfter(usableAt.slice(0, index + 1));
    const last = usableAt[index] ?? 0;
    return limit !== undefined && next - last > limit ? [new Date(next).toISOString()] : [];
  });
}

const days = (count: number) => Array.from({ length: count }, (_, day) => day);
const weekday = (day: number) => ((day % 7) + 7) % 7;

/** A day of each month; 0 is the last day of the month before. */
const monthly = (of: number) => days(24).map((month) => Date.UTC(2027, month, of, 3) + ((month * 37) % 90) * 60_000);

/** The last Friday of each month. */
const lastFridays = days(36).map((month) => {
  const end = new Date(Date.UTC(2027, month + 1, 0, 22));
  return end.getTime() - ((end.getUTCDay() + 2) % 7) * DAY;
});

describe('a series that keeps its schedule is never overdue:', () => {
  it.each<[string, number[]]>([
    ['each evening', days(60).map(evening)],
    [
      'Monday to Friday',
      days(90)
        .filter((day) => weekday(day) < 5)
        .map(evening),
    ],
    [
      'Monday to Thursday, the full one on Friday',
      days(90)
        .filter((day) => weekday(day) < 4)
        .map(evening),
    ],
    [
      'Monday to Saturday',
      days(90)
        .filter((day) => weekday(day) < 6)
        .map(evening),
    ],
    [
      'at weekends',
      days(90)
        .filter((day) => weekday(day) > 4)
        .map(evening),
    ],
    ['weekly', days(40).map((week) => evening(week * 7))],
    ['each second Sunday', days(30).map((week) => evening(6 + week * 14))],
    ['on the 1st of each month', monthly(1)],
    ['on the 28th of each month', monthly(28)],
    ['on the last day of each month', monthly(0)],
    ['on the last Friday of each month', lastFridays],
    ['every 15 minutes', days(1_000).map((n) => MONDAY + n * 15 * 60_000)],
    [
      'every 15 minutes from Monday to Friday',
      days(2_200)
        .map((n) => MONDAY + n * 15 * 60_000)
        .filter((at) => ![0, 6].includes(new Date(at).getUTCDay())),
    ],
    [
      'at 06:00 and 20:00 from Monday to Friday',
      days(120)
        .filter((day) => weekday(day) < 5)
        .flatMap((day) => [evening(day) - 16 * HOUR, evening(day) - 2 * HOUR]),
    ],
  ])('%s', (_, usableAt) => {
    expect(falseAlarms(usableAt)).toEqual([]);
  });

  it('Monday to Friday, from whichever weekday its runs are known', () => {
    for (const first of days(7)) {
      const usableAt = days(60)
        .map((day) => first + day)
        .filter((day) => weekday(day) < 5)
        .map(evening);
      expect(falseAlarms(usableAt), `from day ${first}`).toEqual([]);
    }
  });

  it('Monday to Friday, after any one outage', () => {
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 60 }), fc.integer({ min: 1, max: 30 }), (from, length) => {
        const runs = (day: number) => weekday(day) < 5 && (day < from || day >= from + length);
        const usableAt = days(140).filter(runs).map(evening);
        const ended = usableAt.findIndex((at) => at >= evening(from));
        expect(falseAlarms(usableAt.slice(0, ended))).toEqual([]);
        for (let index = ended; index < usableAt.length - 1; index++) {
          const limit = limitAfter(usableAt.slice(0, index + 1)) ?? 0;
          expect((usableAt[index + 1] ?? 0) - (usableAt[index] ?? 0)).toBeLessThan(limit);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('a series that misses any one run is not overdue before its next:', () => {
  const minutes = fc.array(fc.integer({ min: 0, max: 120 }), { minLength: 40, maxLength: 40 });

  it('every day, with ends that vary by up to two hours', () => {
    // The habit comes from ten gaps: with fewer that alternate between short and long, the median is not the usual gap.
    fc.assert(
      fc.property(minutes, fc.integer({ min: 11, max: 38 }), (later, leftOut) => {
        const ends = later.map((minute, day) => MONDAY + day * DAY + minute * 60_000);
        expect(falseAlarms(ends.toSpliced(leftOut, 1))).toEqual([]);
      }),
    );
  });

  it.each<[string, number[]]>([
    ['each evening', days(60).map(evening)],
    ['weekly', days(40).map((week) => evening(week * 7))],
    ['each second Sunday', days(30).map((week) => evening(6 + week * 14))],
  ])('%s', (_, usableAt) => {
    for (const leftOut of days(usableAt.length))
      expect(falseAlarms(usableAt.toSpliced(leftOut, 1)), `without run ${leftOut}`).toEqual([]);
  });

  it('every day, with the next run four hours later than usual', () => {
    const usableAt = days(30).map((day) => MONDAY + day * DAY + (day === 21 ? 4 * HOUR : 0));
    expect(falseAlarms(usableAt.toSpliced(20, 1))).toEqual([]);
  });
});

describe('a series that does not run is overdue', () => {
  it('after 52 hours if it ran every day for a week, and after 90 hours if it is known for less', () => {
    expect(limitAfter(days(5).map((day) => MONDAY + day * DAY))).toBe(90 * HOUR);
    expect(limitAfter(days(8).map((day) => MONDAY + day * DAY))).toBe(52 * HOUR);
  });

  it('some hours after the weekend has passed if it runs from Monday to Friday', () => {
    const usableAt = days(30)
      .filter((day) => weekday(day) < 5)
      .map((day) => MONDAY + day * DAY);
    expect(limitAfter(usableAt)).toBe(72 * SLACK * HOUR);
  });

  it('four hours after two gaps if it runs weekly or every two months, and after 61 days if monthly', () => {
    expect(limitAfter(days(6).map((week) => MONDAY + week * 7 * DAY))).toBe(14 * DAY + 4 * HOUR);
    expect((limitAfter(monthly(1)) ?? 0) / DAY).toBeCloseTo(61, 0);
    expect(limitAfter(days(6).map((index) => MONDAY + index * 61 * DAY))).toBe(122 * DAY + 4 * HOUR);
  });

  it('later if a run may have gone unseen: after a usual gap plus 1.25 times its longest', () => {
    const unseenAfter = (usableAt: readonly number[]) => {
      const habit = habitOf(usableAt, RUNS);
      return habit && unseenLimitOf(habit, limitOf(habit, RULE));
    };
    const weekdays = days(30).filter((day) => weekday(day) < 5);
    expect(unseenAfter(days(12).map((day) => MONDAY + day * DAY))).toBe(54 * HOUR);
    expect(unseenAfter(weekdays.map((day) => MONDAY + day * DAY))).toBe(114 * HOUR);
    expect(unseenAfter(days(12).map((week) => MONDAY + week * 7 * DAY))).toBe(15.75 * DAY);
    expect(unseenLimitOf({ usual: 1, longest: 1 }, 26 * HOUR)).toBe(26 * HOUR);
  });

  it('after 26 hours at least, however often it ran', () => {
    const usableAt = days(2_000).map((n) => MONDAY + n * 15 * 60_000);
    // Occasions are thirteen hours apart.
    expect(limitAfter(usableAt)).toBe(30 * HOUR);
    expect(limitOf({ usual: 1, longest: 1 }, RULE)).toBe(26 * HOUR);
  });

  it('as soon as usual again, once an outage is only one of its last ten gaps', () => {
    const usableAt = [...days(30), ...days(11).map((day) => day + 36)].map((day) => MONDAY + day * DAY);
    expect(limitAfter(usableAt)).toBe(52 * HOUR);
    const weeks = [0, 1, 2, 3, 4, 7, 8, 9, 10, 11, 12].map((week) => MONDAY + week * 7 * DAY);
    expect(limitAfter(weeks.slice(1))).toBe(21 * SLACK * DAY);
    expect(limitAfter(weeks)).toBe(14 * DAY + 4 * HOUR);
  });
});

it('a series with four usable runs, or with five on one day, has no limit', () => {
  expect(limitAfter(days(4).map((week) => MONDAY + week * 7 * DAY))).toBeUndefined();
  expect(limitAfter(days(5).map((hour) => MONDAY + hour * HOUR))).toBeUndefined();
});

it('the streams of a weekly backup are one or two occasions, so that it is not overdue between them', () => {
  for (const streams of [1, 3, 40]) {
    const usableAt = days(8).flatMap((week) => days(streams).map((n) => MONDAY + week * 7 * DAY + n * 25 * 60_000));
    expect(occasionsOf(usableAt).length).toBeLessThanOrEqual(16);
    expect(falseAlarms(usableAt), `${streams} streams`).toEqual([]);
  }
  expect(occasionsOf([0, 12 * HOUR, 13 * HOUR])).toEqual([13 * HOUR, 0]);
  expect(occasionsOf([0, 13 * HOUR - 1])).toEqual([13 * HOUR - 1]);
});

describe('whatever the runs', () => {
  const gaps = fc.array(fc.integer({ min: 1, max: 40 * DAY }), { minLength: 1, maxLength: 60 });
  const times = gaps.map((all) => all.map((_, index) => all.slice(0, index).reduce((a, b) => a + b, MONDAY)));

  it('neither their order nor duplicates change the habit', () => {
    fc.assert(
      fc.property(
        times.chain((all) =>
          fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: 2 * all.length })),
        ),
        ([all, shuffled]) => {
          expect(habitOf(shuffled, RUNS)).toEqual(habitOf(all, RUNS));
        },
      ),
    );
  });

  it('the limit exceeds all recent gaps but one outlier of ten, and is at least 26 hours', () => {
    fc.assert(
      fc.property(times, (usableAt) => {
        const limit = limitAfter(usableAt);
        if (limit === undefined) return;
        const occasions = occasionsOf(usableAt).slice(0, 11);
        const last = occasions.slice(1).map((at, index) => (occasions[index] ?? 0) - at);
        const [longest = 0, second = longest] = last.toSorted((a, b) => b - a);
        expect(limit).toBeGreaterThan(last.length < 10 ? longest : second);
        expect(limit).toBeGreaterThanOrEqual(26 * HOUR);
      }),
    );
  });

  it('runs older than the habit needs change nothing', () => {
    fc.assert(
      fc.property(times, (usableAt) => {
        const newestFirst = usableAt.toSorted((a, b) => b - a);
        const cut = newestFirst.findIndex((_, index) => isEnough(newestFirst.slice(0, index + 1), RUNS));
        if (cut !== -1) expect(habitOf(newestFirst.slice(0, cut + 1), RUNS)).toEqual(habitOf(newestFirst, RUNS));
      }),
    );
  });
});
