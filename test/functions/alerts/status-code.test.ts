import { describe, expect, it } from 'vitest';
import { type StatusCode, statusCode } from '../../../functions/alerts/status-code.ts';
import { isPartial } from '../../../functions/alerts/status-judgement.ts';
import judgements from '../../../functions/alerts/status-judgements.json' with { type: 'json' };
import texts from '../../../functions/alerts/status-texts.json' with { type: 'json' };

/** The 202 codes that the catalogue promises to explain; a range holds every code between its ends. */
const PROMISED = `
  0-3 5-7 10-14 20-21 23-27 37 40-42 44 46-50 52 54 57-59 63-64 67 69 71 73-75 77 82-87 89-91 93-99 112 116-118
  129-135 144 149-150 154-158 160 164-165 167-168 172-176 185 190-191 194-200 213 219-220 227-228 230 233
  236-237 239-240 245-249 252 258 288 306 308 636 639 800-801 805 811-812 818 830 900 916 1000-1002 1519 1542
  1573 1586 2000-2001 2008-2009 2040-2041 2060 2074-2075 2105-2107 2110 2112 2800 2810-2811 2817 2820 2826 2828
  2831 4200-4202 4204 4207-4208 4211-4215 4219-4221 4223 4237-4239 4243 4246 4258-4261 4263 4270-4271 4273-4276
  4278 4287 5400-5403 5405 5407 5411 5421-5422 5427
`
  .trim()
  .split(/\s+/)
  .flatMap((range) => {
    const [first = Number.NaN, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });

const CLASSES = [
  'success',
  'client/network',
  'media/storage',
  'snapshot/VMware',
  'schedule/window',
  'configuration',
  'database agent',
  'catalog',
  'cancelled',
];

const catalogued = Object.keys(texts).map(Number);
const all = catalogued.map((code) => statusCode(code) as StatusCode);
const having = (wanted: Partial<StatusCode>) =>
  all
    .filter((entry) => Object.entries(wanted).every(([name, value]) => entry[name as keyof StatusCode] === value))
    .map(({ code }) => code);

describe('the catalogue of status codes', () => {
  it('explains every promised code', () => {
    expect(PROMISED).toHaveLength(202);
    expect(PROMISED.filter((code) => statusCode(code)?.code !== code)).toEqual([]);
  });

  it('judges every code that it explains, and no other', () => {
    expect(Object.keys(judgements)).toEqual(Object.keys(texts));
  });

  it('is smaller than 75 KiB, since it is bundled with functions', () => {
    expect(JSON.stringify([texts, judgements], null, 2).length).toBeLessThan(75 * 1024);
  });

  it.each(all.map((entry) => [entry.code, entry] as const))('is complete and within limits for %s', (code, entry) => {
    expect(Object.keys(texts)).toContain(String(code));
    expect(Object.keys(entry).toSorted()).toEqual(['cause', 'check', 'class', 'code', 'meaning', 'severity']);
    // Printable ASCII also means no line breaks.
    expect(entry.meaning).toMatch(/^[A-Za-z][\x20-\x7E]{4,78}[^\s.]$/);
    expect(entry.cause).toMatch(/^[A-Za-z][\x20-\x7E]{10,137}[^\s.]\.$/);
    expect(entry.check).toMatch(/^[A-Z][\x20-\x7E]{10,157}[^\s.]\.$/);
    expect(['information', 'warning', 'error', 'critical']).toContain(entry.severity);
    expect(CLASSES).toContain(entry.class);
  });

  it('calls only status 0 a success', () => {
    expect(having({ class: 'success' })).toEqual([0]);
    expect(statusCode(0)?.severity).toBe('information');
  });

  it('judges what a person stopped as information', () => {
    expect(statusCode(150)).toMatchObject({ severity: 'information', class: 'cancelled' });
    expect(having({ class: 'cancelled' })).toEqual([150, 157, 258, 1586]);
    expect(having({ severity: 'information' })).toEqual([0, 150, 157, 258, 1586]);
  });

  it('judges a missed backup window as an error', () => {
    expect(statusCode(196)).toMatchObject({ severity: 'error', class: 'schedule/window' });
  });

  it('judges a failed catalog database as critical, and nothing else', () => {
    expect(having({ severity: 'critical' })).toEqual([91, 220]);
    expect(having({ severity: 'critical', class: 'catalog' })).toEqual([91, 220]);
  });

  it('has the severity warning for what was done in part, and for nothing else', () => {
    expect(catalogued.filter(isPartial)).toEqual([1, 3, 288, 306, 4246, 5422, 5427]);
    expect(statusCode(1)?.severity).toBe('warning');
    expect([0, 2, 150, 196, 99_999].some(isPartial)).toBe(false);
  });
});

describe('a code that the catalogue does not have', () => {
  it.each([4, 99_999, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('is unknown: %s', (code) => {
    expect(statusCode(code)).toBeUndefined();
    expect(isPartial(code)).toBe(false);
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'is unknown, even if it is a name that every object has: %s',
    (name) => {
      const code = name as unknown as number;
      expect(statusCode(code)).toBeUndefined();
      expect(isPartial(code)).toBe(false);
    },
  );
});
