import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rangeOf } from '../../cli/options.ts';
import { parseTime, readTime } from '../../cli/times.ts';
import { commandLine } from './nbwatch.ts';

const NOW = Date.UTC(2026, 10, 23, 19);
const DAY_MS = 86_400_000;

describe('a time', () => {
  it('reads the same in whatever form it is written, and as UTC without an offset', () => {
    const at = fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(at, fc.integer({ min: -14, max: 14 }), (date, hours) => {
        const second = Math.floor(date.getTime() / 1000) * 1000;
        const iso = new Date(second).toISOString().slice(0, 19);
        const there = new Date(second + hours * 3_600_000).toISOString().slice(0, 19);
        const offset = `${hours < 0 ? '-' : '+'}${String(Math.abs(hours)).padStart(2, '0')}:00`;
        for (const text of [iso, iso.replace('T', ' '), `${iso}Z`, `${there}${offset}`])
          expect(readTime(text)).toBe(second);
        expect(readTime(iso.slice(0, 10))).toBe(second - (second % DAY_MS));
        expect(readTime(iso.slice(0, 16))).toBe(second - (second % 60_000));
      }),
    );
  });

  it.each([
    '',
    'today',
    '2026-11',
    '2026-11-31',
    '2026-13-01',
    '2026-11-01T24:30',
    '2026-11-01T6:00',
    '20261101',
    '2026-11-01Z',
  ])('is not read from %j', (text) => {
    expect(parseTime(text)).toBeUndefined();
  });
});

describe('a range', () => {
  it('begins at --from and ends before --to, so that adjacent days meet and never overlap', () => {
    const day = { from: readTime('2026-11-01'), to: readTime('2026-11-02') };
    expect(rangeOf(day, NOW)).toEqual({ from: Date.UTC(2026, 10, 1), to: Date.UTC(2026, 10, 2) - 1 });
    const next = rangeOf({ from: day.to, to: readTime('2026-11-03') }, NOW);
    expect(next.from).toBe(rangeOf(day, NOW).to + 1);
  });

  it('ends now without --to, begins on the first possible day without --from, and prefers --from to --since', () => {
    expect(rangeOf({ from: NOW - DAY_MS }, NOW)).toEqual({ from: NOW - DAY_MS, to: NOW });
    expect(rangeOf({ to: NOW }, NOW)).toEqual({ from: Date.UTC(2025, 0, 1), to: NOW - 1 });
    // --since has a default, the last day, which also applies when --from is given.
    expect(rangeOf({ since: DAY_MS, from: NOW - 1 }, NOW).from).toBe(NOW - 1);
    expect(rangeOf({ since: DAY_MS }, NOW)).toEqual({ from: NOW - DAY_MS, to: NOW });
  });

  it('ends now when --to is in the future, so that no query asks for a day that can hold nothing', () => {
    const from = NOW - DAY_MS;
    for (const to of [NOW + 1, NOW + 2, readTime('2099-01-01')])
      expect(rangeOf({ from, to }, NOW)).toEqual({ from, to: NOW });
  });

  it.each<[string[], string]>([
    [['jobs', '--from', '2026-11-02', '--to', '2026-11-01'], 'is not before --to'],
    [['jobs', '--from', '2026-11-02', '--to', '2026-11-02'], 'is not before --to'],
    [['images', '--from', '2099-01-01'], 'is not before now'],
    [['quarantine', '--from', 'yesterday'], '2026-11-24T06:00+01:00'],
    [['alerts', 'list', '--since', '2h', '--from', '2026-11-01'], "cannot be used with option '--from"],
    [['alerts', 'list', '--since', '2h', '--to', '2026-11-01'], "cannot be used with option '--to"],
    [['images', '--condition', 'DELETED'], '--client'],
    [
      ['images', '--client', 'a', '--condition', 'DELETED', '--operation', 'DELETE'],
      "cannot be used with option '--op",
    ],
    [['jobs', '--client', ' '], 'It must not be empty'],
    [['series', '--status', 'bad'], '150-160'],
  ])('that makes no sense is refused before any query, like other wrong usage: %j', async (argv, said) => {
    const { code, out, err } = await commandLine()(...argv);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(said);
  });
});
