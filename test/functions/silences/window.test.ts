import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isInWindow, nextChange, parseWindow } from '../../../functions/silences/window.ts';
import { BERLIN, CHANGES, LORD_HOWE, NEW_YORK, somewhen, UTC, windowText, zones } from './zones.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('a window as people write it', () => {
  it.each([
    ['Sun 02:00-04:00', [0], 120, 240],
    ['sunday 2:00-4:00', [0], 120, 240],
    ['  THU   02:00 - 04:00 ', [4], 120, 240],
    ['Thurs 02:00-04:00', [4], 120, 240],
    ['Sat 22:00-02:00', [6], 1_320, 120],
    ['Sat 22:00-24:00', [6], 1_320, 1_440],
    ['Mon-Fri 12:00-13:00', [1, 2, 3, 4, 5], 720, 780],
    ['Fri - Mon 12:00-13:00', [0, 1, 5, 6], 720, 780],
    ['Mon,Wed-Thu, sat 12:00-13:00', [1, 3, 4, 6], 720, 780],
    ['daily 00:00-24:00', [0, 1, 2, 3, 4, 5, 6], 0, 1_440],
    ['Daily 23:59-00:00', [0, 1, 2, 3, 4, 5, 6], 1_439, 0],
  ])('is read: %s', (text, days, start, end) => {
    const window = parseWindow(text);
    expect({ ...window, days: [...window.days].sort() }).toEqual({ days, start, end });
  });

  it.each([
    ['', 'not a weekly window'],
    ['Sun', 'not a weekly window'],
    ['02:00-04:00', 'not a weekly window'],
    ['Sun 02:00', 'not a weekly window'],
    ['Sun 02:00-04:00 Mon 02:00-04:00', '"Sun 02:00" is not a day'],
    ['Su 02:00-04:00', '"Su" is not a day'],
    ['Son 02:00-04:00', '"Son" is not a day'],
    ['Sundays 02:00-04:00', '"Sundays" is not a day'],
    ['Mon-Wed-Fri 02:00-04:00', 'not a span of days'],
    ['Mon, 02:00-04:00', '"" is not a day'],
    ['daily,Mon 02:00-04:00', '"daily" is not a day'],
    ['Sun 2-4', '"2" is not a time of day'],
    ['Sun 24:00-02:00', '"24:00" is not a time of day'],
    ['Sun 23:59-24:01', '"24:01" is not a time of day'],
    ['Sun 02:60-04:00', '"02:60" is not a time of day'],
    ['Sun 02:00-02:00', 'ends when it begins'],
  ])('is refused with the reason: %s', (text, reason) => expect(() => parseWindow(text)).toThrow(reason));

  it('is either read or refused with a reason, whatever the text is', () => {
    const piece = fc.constantFrom('Sun', 'mon', 'daily', '-', ',', ' ', ':', '02:00', '4', '24:00', '\t', 'é');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 9 }), (pieces) => {
        try {
          expect(parseWindow(pieces.join('')).days.size).toBeGreaterThan(0);
        } catch (error) {
          expect(String(error)).toMatch(/^Error: "/);
        }
      }),
    );
  });
});

/** What a clock on the wall shows, as text, found in another way than the product's. */
function wall(zone: string, at: number): { day: string; time: string } {
  const parts = new Intl.DateTimeFormat('en-GB', {
    ...{ timeZone: zone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  }).formatToParts(at);
  const part = (type: string) => parts.find((one) => one.type === type)?.value;
  return { day: part('weekday') ?? '', time: `${part('hour')}:${part('minute')}` };
}

describe('a window', () => {
  it('contains all times at which a clock on the wall shows a time within it, and no others', () => {
    const NAMES = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
    fc.assert(
      fc.property(windowText, zones, somewhen, ({ text, days, start, end }, zone, at) => {
        const { day, time } = wall(zone, at);
        const begun = (ago: number) => days.includes((NAMES.indexOf(day) + 7 - ago) % 7);
        const shown = start < end ? begun(0) && start <= time && time < end : false;
        const overnight = start > end && ((begun(0) && start <= time) || (begun(1) && time < end));
        expect(isInWindow(parseWindow(text), zone, at)).toBe(shown || overnight);
      }),
      { numRuns: 500 },
    );
  });

  it('changes at the time that nextChange gives, and not before', () => {
    fc.assert(
      fc.property(
        windowText,
        zones,
        somewhen,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true })),
        (one, zone, at, between) => {
          const window = parseWindow(one.text);
          const change = nextChange(window, zone, at);
          const inside = isInWindow(window, zone, at);
          if (change === undefined) {
            expect([one.start, one.end, one.days.length]).toEqual(['00:00', '24:00', 7]);
            return;
          }
          expect(change).toBeGreaterThan(at);
          expect(isInWindow(window, zone, change)).toBe(!inside);
          expect(isInWindow(window, zone, change - 1)).toBe(inside);
          for (const share of between) {
            expect(isInWindow(window, zone, Math.floor(at + share * (change - 1 - at)))).toBe(inside);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

/** The stretches of a window in the two days before and after a time, in ISO. */
function stretches(text: string, zone: string, around: string): string[] {
  const window = parseWindow(text);
  const found: string[] = [];
  const end = Date.parse(around) + 48 * HOUR;
  let time = Date.parse(around) - 48 * HOUR;
  let from = isInWindow(window, zone, time) ? time : undefined;
  while (time < end) {
    const next = nextChange(window, zone, time) ?? end;
    if (from !== undefined) found.push(`${iso(from)} to ${iso(next)}`);
    from = from === undefined ? next : undefined;
    time = next;
  }
  return found;
}

const iso = (at: number) => new Date(at).toISOString().replace(':00.000Z', 'Z');

describe('at a clock change, a window', () => {
  it.each([
    // Berlin, 2026-03-29: 02:00 becomes 03:00 at 01:00Z.
    [
      'loses the hour that is skipped',
      'Sun 02:00-04:00',
      BERLIN,
      '2026-03-29T01:00Z',
      ['2026-03-29T01:00Z to 2026-03-29T02:00Z'],
    ],
    [
      'loses the half that is skipped',
      'Sun 01:30-02:30',
      BERLIN,
      '2026-03-29T01:00Z',
      ['2026-03-29T00:30Z to 2026-03-29T01:00Z'],
    ],
    ['does not occur if all of it is skipped', 'Sun 02:00-03:00', BERLIN, '2026-03-29T01:00Z', []],
    [
      'across midnight is shorter',
      'Sat 22:00-04:00',
      BERLIN,
      '2026-03-29T01:00Z',
      ['2026-03-28T21:00Z to 2026-03-29T02:00Z'],
    ],
    // Berlin, 2026-10-25: 03:00 becomes 02:00 at 01:00Z.
    [
      'has the repeated hour twice',
      'Sun 02:00-04:00',
      BERLIN,
      '2026-10-25T01:00Z',
      ['2026-10-25T00:00Z to 2026-10-25T03:00Z'],
    ],
    [
      'that ends in the repeated hour comes back',
      ...(['Sun 01:30-02:30', BERLIN, '2026-10-25T01:00Z'] as const),
      ['2026-10-24T23:30Z to 2026-10-25T00:30Z', '2026-10-25T01:00Z to 2026-10-25T01:30Z'],
    ],
    [
      'that begins in the repeated hour pauses',
      ...(['Sun 02:30-03:30', BERLIN, '2026-10-25T01:00Z'] as const),
      ['2026-10-25T00:30Z to 2026-10-25T01:00Z', '2026-10-25T01:30Z to 2026-10-25T02:30Z'],
    ],
    // New York, 2026-03-08 07:00Z and 2026-11-01 06:00Z.
    [
      'loses the hour that is skipped',
      'Sun 01:00-03:00',
      NEW_YORK,
      '2026-03-08T07:00Z',
      ['2026-03-08T06:00Z to 2026-03-08T07:00Z'],
    ],
    [
      'has the repeated hour twice',
      'Sun 01:00-03:00',
      NEW_YORK,
      '2026-11-01T06:00Z',
      ['2026-11-01T05:00Z to 2026-11-01T08:00Z'],
    ],
    // Lord Howe, by half an hour: 2026-10-04, 02:00 becomes 02:30 at 15:30Z the day before; 2026-04-05, 02:00 becomes 01:30 at 15:00Z.
    [
      'loses the half hour that is skipped',
      'Sun 01:30-03:00',
      LORD_HOWE,
      '2026-10-03T15:30Z',
      ['2026-10-03T15:00Z to 2026-10-03T16:00Z'],
    ],
    [
      'has the repeated half hour twice',
      'Sun 01:30-02:30',
      LORD_HOWE,
      '2026-04-04T15:00Z',
      ['2026-04-04T14:30Z to 2026-04-04T16:00Z'],
    ],
    [
      'is unchanged where clocks do not change',
      'Sun 02:00-04:00',
      UTC,
      '2026-03-29T01:00Z',
      ['2026-03-29T02:00Z to 2026-03-29T04:00Z'],
    ],
  ])('%s: %s in %s, %s', (_, text, zone, around, expected) => expect(stretches(text, zone, around)).toEqual(expected));

  it.each(CHANGES)('the clocks change when these tests assume it: %s %s', (zone, change) => {
    const at = Date.parse(change);
    const minutes = (one: number) =>
      Number(wall(zone, one).time.replace(/(\d+):(\d+)/, (_m, h, m) => `${h * 60 + Number(m)}`));
    expect((minutes(at) - minutes(at - MINUTE) + 1_440) % 1_440).not.toBe(1);
  });
});

describe('the next change', () => {
  it('of a window that covers the whole week never comes', () => {
    expect(nextChange(parseWindow('daily 00:00-24:00'), BERLIN, 0)).toBeUndefined();
  });

  it('of full days in a row is at the end of the last', () => {
    const monday = Date.parse('2026-11-23T09:00Z');
    expect(nextChange(parseWindow('Mon-Fri 00:00-24:00'), UTC, monday)).toBe(Date.parse('2026-11-28T00:00Z'));
  });
});
