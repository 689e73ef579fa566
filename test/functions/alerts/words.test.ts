import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  clip,
  counted,
  digits,
  duration,
  listed,
  oneLine,
  ordinal,
  sentTimeOf,
  shortOrdinal,
  timeOf,
} from '../../../functions/alerts/words.ts';
import { anyCharacter } from '../../support/any-character.ts';

const at = (iso: string) => Date.parse(iso);

describe('a time of receipt', () => {
  it('is shown in UTC and in the zone of the settings, where it may be another day', () => {
    expect(timeOf(at('2026-11-23T19:33:33.999Z'), 'Europe/Berlin')).toBe(
      '2026-11-23 19:33:33 UTC (Mon 23 Nov 20:33:33, Europe/Berlin)',
    );
    expect(timeOf(at('2026-12-31T23:05:09Z'), 'Asia/Kathmandu')).toBe(
      '2026-12-31 23:05:09 UTC (Fri 1 Jan 04:50:09, Asia/Kathmandu)',
    );
    expect(timeOf(at('2026-03-01T04:00:00Z'), 'America/New_York')).toBe(
      '2026-03-01 04:00:00 UTC (Sat 28 Feb 23:00:00, America/New_York)',
    );
  });

  it.each(['UTC', 'Etc/UTC', 'Etc/UCT', 'Zulu'])('is shown only once if the zone is UTC: %s', (zone) => {
    expect(timeOf(at('2026-11-23T00:00:00Z'), zone)).toBe('2026-11-23 00:00:00 UTC');
  });

  it('is right on both sides of the hour that a clock skips', () => {
    const before = at('2026-03-29T00:59:59Z');
    expect(timeOf(before, 'Europe/Berlin')).toBe('2026-03-29 00:59:59 UTC (Sun 29 Mar 01:59:59, Europe/Berlin)');
    expect(timeOf(before + 1000, 'Europe/Berlin')).toBe('2026-03-29 01:00:00 UTC (Sun 29 Mar 03:00:00, Europe/Berlin)');
  });

  it('can be told apart in an hour that the clock repeats, by its UTC', () => {
    const [first, second] = ['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z'].map((iso) =>
      timeOf(at(iso), 'Europe/Berlin'),
    );
    expect(first).toBe('2026-10-25 00:30:00 UTC (Sun 25 Oct 02:30:00, Europe/Berlin)');
    expect(second).toBe('2026-10-25 01:30:00 UTC (Sun 25 Oct 02:30:00, Europe/Berlin)');
  });

  it('follows zones that change by half an hour, and shows midnight as 00', () => {
    expect(timeOf(at('2026-04-04T14:59:59Z'), 'Australia/Lord_Howe')).toContain('(Sun 5 Apr 01:59:59,');
    expect(timeOf(at('2026-04-04T15:00:00Z'), 'Australia/Lord_Howe')).toContain('(Sun 5 Apr 01:30:00,');
    expect(timeOf(at('2026-11-22T23:00:00Z'), 'Europe/Berlin')).toContain('(Mon 23 Nov 00:00:00,');
  });
});

describe('a time that NetBackup sent', () => {
  it('is shown as sent, together with its reading as UTC', () => {
    expect(sentTimeOf(1_459_830_500)).toBe('1459830500 (read as UTC 2016-04-05 04:28:20; may run whole hours ahead)');
    expect(sentTimeOf(9_999_999_999)).toBe('9999999999 (read as UTC 2286-11-20 17:46:39; may run whole hours ahead)');
  });

  it('says that the job had not started if it is 0', () => {
    expect(sentTimeOf(0)).toBe('0 (the job had not started)');
  });
});

it('whole numbers have a comma before each three digits', () => {
  expect([0, 999, 1_000, -1_000, 1_234_567].map(digits)).toEqual(['0', '999', '1,000', '-1,000', '1,234,567']);
  fc.assert(
    fc.property(fc.maxSafeInteger(), (n) => {
      expect(digits(n)).toBe(n.toLocaleString('en-US'));
    }),
  );
});

describe('a duration', () => {
  it.each([
    [-5, 'moments'],
    [0, 'moments'],
    [59_999, 'moments'],
    [60_000, '1 minute'],
    [3_599_999, '59 minutes'],
    [3_600_000, '1 hour'],
    [47.99 * 3_600_000, '47 hours'],
    [48 * 3_600_000, '2 days'],
    [1_234 * 86_400_000, '1,234 days'],
  ])('of %d ms is %s', (ms, words) => {
    expect(duration(ms)).toBe(words);
  });
});

describe('numbers', () => {
  it('are words as ordinals up to twelve, and have the right ending beyond', () => {
    expect([1, 3, 12].map(ordinal)).toEqual(['first', 'third', 'twelfth']);
    expect([13, 21, 22, 23, 24, 111, 112, 113, 121, 1_000].map(ordinal)).toEqual(
      '13th 21st 22nd 23rd 24th 111th 112th 113th 121st 1000th'.split(' '),
    );
    expect([1, 2, 3, 4, 11].map(shortOrdinal)).toEqual(['1st', '2nd', '3rd', '4th', '11th']);
  });

  it('take the singular for one thing, and the plural for none or several', () => {
    expect(counted(1, 'job')).toBe('1 job');
    expect(counted(0, 'job')).toBe('0 jobs');
    expect(counted(10_000, 'backup works', 'backups work')).toBe('10,000 backups work');
  });
});

describe('a list', () => {
  it('says how many more there are if it is too long', () => {
    expect(listed([])).toBe('');
    expect(listed(['a'])).toBe('a');
    expect(listed(['a', 'b', 'c'])).toBe('a, b and c');
    expect(listed(['a', 'b', 'c', 'd'])).toBe('a, b and 2 more');
    expect(listed(['a', 'b', 'c'], 2)).toBe('a and 2 more');
  });
});

describe('a name', () => {
  it('stays one line that reads from left to right', () => {
    expect(oneLine('a\r\nSeverity: none\u2028b\u202ec\0\u0085')).toBe('a��Severity: none�b�c��');
    expect(oneLine('größe 日本 😀')).toBe('größe 日本 😀');
    expect(oneLine('\ud800')).toBe('�');
  });

  it('is clipped between characters, never within one', () => {
    expect(clip('😀'.repeat(5), 5)).toBe('😀'.repeat(5));
    expect(clip('😀'.repeat(6), 5)).toBe('😀😀...');
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), fc.integer({ min: 3, max: 20 }), (text, length) => {
        expect([...clip(text, length)].length).toBeLessThanOrEqual(length);
        expect(clip(text, length).isWellFormed()).toBe(true);
      }),
    );
  });
});
