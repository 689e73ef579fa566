import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  buildKey,
  keyPrefix,
  MAX_KEY_BYTES,
  paddedSeconds,
  parseKey,
  sha256,
  withDigest,
} from '../../../functions/keys/key.ts';
import { unicode } from '../support.ts';

const parts = fc.array(unicode, { minLength: 1, maxLength: 5 });
const bytes = (text: string) => Buffer.byteLength(text, 'utf8');

/** A part that is long enough to be shortened, with characters of one to four bytes where it is cut. */
const longPart = fc
  .tuple(fc.nat(8), fc.constantFrom('a', 'é', '€', '😀', '#', '%'))
  .map(([lead, character]) => 'x'.repeat(lead) + character.repeat(1_100));

describe('a key that fits', () => {
  it('is parsed back into the parts it was built from, for any Unicode', () => {
    fc.assert(
      fc.property(parts, (given) => {
        expect(parseKey(buildKey(...given))).toEqual(given);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is never shared by different parts', () => {
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        expect(buildKey(...a) === buildKey(...b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    [['a#b', 'c'], 'a%23b#c'],
    [['a', 'b#c'], 'a#b%23c'],
    [['%23'], '%2523'],
    [['~x'], '%7Ex'],
    [[''], ''],
    [['', ''], '#'],
    [['a', ''], 'a#'],
  ])('escapes only the separator, the escape and the digest mark: %j is %s', (given, key) => {
    expect(buildKey(...given)).toBe(key);
    expect(parseKey(key)).toEqual(given);
  });

  it('begins with the prefix of its first part, and with that of no other part', () => {
    fc.assert(
      fc.property(unicode, unicode, parts, (first, other, rest) => {
        expect(buildKey(first, ...rest).startsWith(keyPrefix(first))).toBe(true);
        expect(buildKey(first, ...rest).startsWith(keyPrefix(other))).toBe(first === other);
      }),
    );
  });
});

describe('a key that would be too long', () => {
  it('is left alone at the limit and shortened one byte beyond it', () => {
    const fits = 'x'.repeat(MAX_KEY_BYTES);
    expect(buildKey(fits)).toBe(fits);
    const shortened = buildKey(`${fits}x`);
    expect(shortened).toBe(`${'x'.repeat(MAX_KEY_BYTES - 65)}~${sha256(`${fits}x`)}`);
    expect(bytes(shortened)).toBe(MAX_KEY_BYTES);
    expect(parseKey(shortened)).toBeUndefined();
  });

  it('is measured in bytes, not in characters', () => {
    const fits = '€'.repeat(333);
    expect(buildKey(`${fits}x`)).toBe(`${fits}x`);
    expect(buildKey(`${fits}é`)).toMatch(/~[0-9a-f]{64}$/);
  });

  it('stays within the limit, well-formed, readable at its beginning and distinct', () => {
    fc.assert(
      fc.property(longPart, longPart, parts, (a, b, rest) => {
        const key = buildKey('job', a, ...rest);
        expect(bytes(key)).toBeLessThanOrEqual(MAX_KEY_BYTES);
        expect(key.isWellFormed()).toBe(true);
        expect(key).not.toContain('�');
        expect(key.startsWith('job#')).toBe(true);
        expect(buildKey('job', `${a}1`, ...rest)).not.toBe(key);
        expect(buildKey('job', b, ...rest) === key).toBe(a === b);
      }),
    );
  });

  it('differs from the key that is built from its own text', () => {
    fc.assert(
      fc.property(longPart, (long) => {
        const key = buildKey(long);
        expect(buildKey(key)).not.toBe(key);
      }),
    );
  });
});

describe('a key with a digest', () => {
  const digest = sha256('content');

  it('is the key followed by the digest, with the key shortened unless both fit', () => {
    expect(withDigest('a#b', digest)).toBe(`a#b#~${digest}`);
    const fits = 'x'.repeat(MAX_KEY_BYTES - 66);
    expect(withDigest(fits, digest)).toBe(`${fits}#~${digest}`);
    expect(withDigest(`${fits}x`, digest)).toBe(`${'x'.repeat(MAX_KEY_BYTES - 131)}~${sha256(`${fits}x`)}#~${digest}`);
  });

  it('is distinct for each key and each content, and within the limit', () => {
    const keys = fc
      .oneof(
        parts,
        longPart.map((part) => [part]),
      )
      .map((given) => buildKey(...given));
    fc.assert(
      fc.property(keys, keys, unicode, unicode, (a, b, x, y) => {
        const [one, other] = [withDigest(a, sha256(x)), withDigest(b, sha256(y))];
        expect(bytes(one)).toBeLessThanOrEqual(MAX_KEY_BYTES);
        expect(one.isWellFormed()).toBe(true);
        expect(one === other).toBe(a === b && x === y);
        expect(one).not.toBe(b);
        expect(parseKey(one)).toBeUndefined();
      }),
    );
  });
});

describe('padded seconds', () => {
  it('sort as text in the order of their numbers', () => {
    const seconds = fc.integer({ min: 0, max: 9_999_999_999 });
    fc.assert(
      fc.property(seconds, seconds, (a, b) => {
        expect(paddedSeconds(a) < paddedSeconds(b)).toBe(a < b);
        expect(Number(paddedSeconds(a))).toBe(a);
      }),
    );
  });

  it.each([
    [0, '0000000000'],
    [9_999_999_999, '9999999999'],
  ])('have ten digits: %d is %s', (seconds, text) => expect(paddedSeconds(seconds)).toBe(text));
});
