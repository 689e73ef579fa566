import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { activeUntil, covers, isActive, nextStart, type Silence } from '../../../functions/silences/silence.ts';
import { BERLIN, somewhen, windowText, zones } from './zones.ts';

const FROM = Date.parse('2026-11-23T19:00Z');
const HOUR = 3_600_000;

function silenceOf(other: Partial<Silence> = {}): Silence {
  return { id: 'k3f9qd', reason: 'new storage', createdAt: FROM, from: FROM, zone: 'UTC', ...other };
}

const job = { primary: 'demo', clientName: 'SQL01', policyName: 'Nightly', jobType: 'BACKUP', status: 156 };

describe('a silence', () => {
  it.each<[string, Partial<Silence>]>([
    ['anything', {}],
    ['its primary', { primary: 'demo' }],
    ['its client, however it is capitalised', { client: 'sql01' }],
    ['its policy', { policy: 'NIGHTLY' }],
    ['its job type', { jobType: 'backup' }],
    ['its status', { status: '1,41,150-160' }],
    ['all of it', { primary: 'demo', client: 'SQL01', policy: 'Nightly', jobType: 'BACKUP', status: '156' }],
  ])('covers a failure that matches: %s', (_, names) => expect(covers(silenceOf(names), job, FROM)).toBe(true));

  it.each<Partial<Silence>>([
    { primary: 'demo2' },
    { client: 'sql0' },
    { client: '' },
    { policy: 'weekly' },
    { jobType: 'RESTORE' },
    { status: '1,41,157-160' },
    { client: 'sql01', policy: 'weekly' },
  ])('covers no failure that differs: %j', (names) => expect(covers(silenceOf(names), job, FROM)).toBe(false));

  it('covers from its beginning until just before its end', () => {
    const silence = silenceOf({ until: FROM + HOUR });
    const at = [FROM - 1, FROM, FROM + HOUR - 1, FROM + HOUR];
    expect(at.map((time) => covers(silence, job, time))).toEqual([false, true, true, false]);
  });

  it('covers only within its window if it has one', () => {
    const silence = silenceOf({ every: 'Tue 02:00-04:00', zone: BERLIN });
    const at = ['2026-11-24T00:59:59.999Z', '2026-11-24T01:00Z', '2026-11-24T02:59:59.999Z', '2026-11-24T03:00Z'];
    expect(at.map((time) => covers(silence, job, Date.parse(time)))).toEqual([false, true, true, false]);
  });

  it.each([{ every: 'Tue 2-4' }, { every: 'daily 00:00-24:00', zone: 'Europe/Atlantis' }])(
    'covers nothing if its window cannot be read, so that people are alerted: %j',
    (other) => {
      const silence = silenceOf(other);
      expect(covers(silence, job, FROM)).toBe(false);
      expect([activeUntil(silence, FROM), nextStart(silence, FROM)]).toEqual([undefined, undefined]);
    },
  );
});

describe('the end and the next start of a silence, as people see them', () => {
  const monday = '2026-11-23T02:00Z to 2026-11-23T04:00Z';
  const [start, end] = monday.split(' to ').map((time) => Date.parse(time)) as [number, number];

  it.each<[string, Partial<Silence>, number, number | undefined, number | undefined]>([
    ['before it begins', {}, FROM - 1, undefined, FROM],
    ['without an end', {}, FROM, undefined, undefined],
    ['with an end', { until: FROM + HOUR }, FROM, FROM + HOUR, undefined],
    ['after its end', { until: FROM + HOUR }, FROM + HOUR, undefined, undefined],
    ['ended before it began', { until: FROM - HOUR }, FROM - 2 * HOUR, undefined, undefined],
    ['between two windows', { from: 0, every: 'Mon 02:00-04:00' }, start - 1, undefined, start],
    ['in a window', { from: 0, every: 'Mon 02:00-04:00' }, start, end, start + 168 * HOUR],
    ['in its last window', { from: 0, every: 'Mon 02:00-04:00', until: end + HOUR }, start, end, undefined],
    ['that ends in a window', { from: 0, every: 'Mon 02:00-04:00', until: end - 1 }, start, end - 1, undefined],
    ['that begins in a window', { from: end - 1, every: 'Mon 02:00-04:00' }, start, undefined, end - 1],
    ['whose window is always', { from: 0, every: 'daily 00:00-24:00' }, start, undefined, undefined],
    ['whose window is always, until', { from: 0, every: 'daily 00:00-24:00', until: end }, start, end, undefined],
  ])('%s', (_, other, at, until, next) => {
    expect([activeUntil(silenceOf(other), at), nextStart(silenceOf(other), at)]).toEqual([until, next]);
  });

  it('agree with when it is active: until the one, again from the other, and not in between', () => {
    const span = fc.integer({ min: 0, max: 20 * 24 * HOUR });
    const silences = fc.record({ from: somewhen, lasts: fc.option(span), window: fc.option(windowText), zone: zones });
    const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }));
    fc.assert(
      fc.property(silences, fc.integer({ min: -HOUR, max: 20 * 24 * HOUR }), shares, (drawn, after, between) => {
        const { from, lasts, window, zone } = drawn;
        const until = lasts === null ? undefined : from + lasts;
        const silence = silenceOf({ from, until, every: window?.text, zone });
        const at = from + after;
        const during = (start: number, end: number) =>
          between.map((share) => isActive(silence, Math.floor(start + share * (end - 1 - start))));

        const active = isActive(silence, at);
        const ends = activeUntil(silence, at);
        const next = nextStart(silence, at);
        if (!active) expect(ends).toBeUndefined();
        if (ends !== undefined) {
          expect([isActive(silence, ends - 1), isActive(silence, ends)]).toEqual([true, false]);
          expect(during(at, ends)).not.toContain(false);
        }
        if (next !== undefined) {
          expect(next).toBeGreaterThan(at);
          expect([isActive(silence, next - 1), isActive(silence, next)]).toEqual([false, true]);
          expect(during(ends ?? at, next)).not.toContain(true);
        } else if (!active || ends !== undefined) {
          // Two weeks contain every window, even one that a clock change skips once.
          expect(during(ends ?? at, (ends ?? at) + 14 * 24 * HOUR)).not.toContain(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});
