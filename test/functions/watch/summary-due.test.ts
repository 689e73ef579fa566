import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type SummaryDay, summaryDue } from '../../../functions/watch/summary-due.ts';
import { BERLIN, CHANGES, NEW_YORK, somewhen, UTC, zones } from '../silences/zones.ts';

const KOLKATA = 'Asia/Kolkata';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const QUARTER = 15 * MINUTE;

const due = (now: string, zone: string, summaryHour: number | 'off') =>
  summaryDue(Date.parse(now), { zone, summaryHour });
const iso = (at: number) => new Date(at).toISOString().slice(0, 16);

describe('the day that a summary covers', () => {
  it.each([
    ['in UTC', UTC, 8, '2026-11-24T08:00Z', '2026-11-23', '2026-11-23T08:00', '2026-11-24T08:00'],
    [
      'at midnight, the calendar day',
      BERLIN,
      0,
      '2026-11-23T23:30Z',
      '2026-11-23',
      '2026-11-22T23:00',
      '2026-11-23T23:00',
    ],
    ['late in the evening', NEW_YORK, 23, '2026-11-24T08:00Z', '2026-11-22', '2026-11-23T04:00', '2026-11-24T04:00'],
    ['in a half-hour zone', KOLKATA, 8, '2026-11-24T02:30Z', '2026-11-23', '2026-11-23T02:30', '2026-11-24T02:30'],
    ['a day of 23 hours', BERLIN, 8, '2026-03-29T06:00Z', '2026-03-28', '2026-03-28T07:00', '2026-03-29T06:00'],
    ['a day of 25 hours', BERLIN, 8, '2026-10-25T07:00Z', '2026-10-24', '2026-10-24T06:00', '2026-10-25T07:00'],
    ['a day of 23 hours', NEW_YORK, 8, '2026-03-08T12:00Z', '2026-03-07', '2026-03-07T13:00', '2026-03-08T12:00'],
    ['a day of 25 hours', NEW_YORK, 8, '2026-11-01T13:00Z', '2026-10-31', '2026-10-31T12:00', '2026-11-01T13:00'],
    [
      'at an hour that the clock skips',
      BERLIN,
      2,
      '2026-03-29T01:00Z',
      '2026-03-28',
      '2026-03-28T01:00',
      '2026-03-29T01:00',
    ],
    ['after a skipped hour', BERLIN, 2, '2026-03-30T00:00Z', '2026-03-29', '2026-03-29T01:00', '2026-03-30T00:00'],
    [
      'at an hour that comes twice, the first time',
      BERLIN,
      2,
      '2026-10-25T01:30Z',
      '2026-10-24',
      '2026-10-24T00:00',
      '2026-10-25T00:00',
    ],
  ])('%s (%s, %i o’clock, at %s)', (_, zone, hour, now, date, from, until) => {
    const day = due(now, zone, hour);
    expect(day && { ...day, from: iso(day.from), until: iso(day.until) }).toEqual({ date, from, until });
  });
});

describe('a summary', () => {
  it.each([
    ['is not due before its hour', '2026-11-24T06:59:59.999Z', undefined],
    ['is due from its hour on', '2026-11-24T07:00Z', '2026-11-23'],
    ['is still due just before six hours have passed', '2026-11-24T12:59:59.999Z', '2026-11-23'],
    ['is no longer due after six hours', '2026-11-24T13:00Z', undefined],
  ])('%s', (_, now, date) => {
    expect(due(now, BERLIN, 8)?.date).toBe(date);
  });

  it('is never due when summaries are off', () => {
    for (let hour = 0; hour < 24; hour++)
      expect(summaryDue(hour * HOUR, { zone: UTC, summaryHour: 'off' })).toBe(undefined);
  });

  /** Times since which none of these zones has skipped a whole day, as Samoa did. */
  const lately = somewhen.filter((at) => at > Date.parse('2012-02-01'));
  const hours = fc.integer({ min: 0, max: 23 });

  it('is due for six hours on each date, and each day begins where the one before ended', () => {
    const start = fc.oneof(
      fc.constantFrom(...CHANGES).map(([zone, at]) => ({ zone, at: Date.parse(at) - 2 * DAY })),
      fc.record({ zone: fc.oneof(zones, fc.constant(KOLKATA)), at: lately.map((at) => at - (at % QUARTER)) }),
    );
    fc.assert(
      fc.property(start, hours, ({ zone, at }, summaryHour) => {
        const found = new Map<string, { day: SummaryDay; times: number[] }>();
        for (let now = at; now < at + 5 * DAY; now += QUARTER) {
          const day = summaryDue(now, { zone, summaryHour });
          if (!day) continue;
          const known = found.get(day.date);
          expect(known?.day ?? day).toEqual(day);
          found.set(day.date, { day, times: [...(known?.times ?? []), now] });
        }
        const days = [...found.values()];
        for (const [index, { day, times }] of days.entries()) {
          const before = days[index - 1];
          if (before) {
            expect(day.from).toBe(before.day.until);
            expect(Date.parse(day.date) - Date.parse(before.day.date)).toBe(DAY);
            expect([23, 23.5, 24, 24.5, 25]).toContain((day.until - day.from) / HOUR);
            expect(times[0]).toBe(day.until);
            // The last day may go on beyond the times tried here.
            if (index < days.length - 1) expect(times).toHaveLength(24);
          }
        }
        expect(days.length).toBeGreaterThanOrEqual(4);
      }),
      { numRuns: 20 },
    );
  });

  it('becomes due when the local clock shows its hour, unless the clock skips that hour', () => {
    fc.assert(
      fc.property(zones, hours, lately, (zone, summaryHour, at) => {
        const format = new Intl.DateTimeFormat('en', {
          timeZone: zone,
          hour: 'numeric',
          minute: 'numeric',
          hourCycle: 'h23',
        });
        const shown = (time: number) => format.format(time);
        const until = Array.from(
          { length: 8 },
          (_, step) => summaryDue(at + step * 3 * HOUR, { zone, summaryHour })?.until,
        ).find((time) => time !== undefined);
        const wanted = `${String(summaryHour).padStart(2, '0')}:00`;
        if (until === undefined) throw new Error('never due in a day');
        if (shown(until) === wanted) return;
        // Where midnight is skipped, the minute before shows 23:59, which is not less.
        expect(summaryHour === 0 || shown(until - MINUTE) < wanted).toBe(true);
        expect(wanted < shown(until)).toBe(true);
      }),
    );
  });
});
