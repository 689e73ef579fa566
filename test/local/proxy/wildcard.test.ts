import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matches } from '../../../local/proxy/wildcard.ts';

/** Short words of few letters, so that patterns and values often meet. */
const word = fc.string({ unit: fc.constantFrom('a', 'b', ':', '/', '.'), maxLength: 8 });
const pattern = fc.string({ unit: fc.constantFrom('a', 'b', ':', '/', '.', '*', '?'), maxLength: 8 });

/** The same rule as a regular expression: slow on many stars, but plainly right. */
function byExpression(pattern: string, value: string): boolean {
  const source = pattern.replaceAll(/[.]/g, '\\.').replaceAll('*', '.*').replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(value);
}

test('a pattern matches exactly what its regular expression matches', () => {
  fc.assert(
    fc.property(pattern, word, (pattern, value) => {
      expect(matches(pattern, value)).toBe(byExpression(pattern, value));
    }),
    { numRuns: 5_000 },
  );
});

test('a pattern without wildcards matches itself and nothing else', () => {
  fc.assert(
    fc.property(word, word, (one, other) => {
      expect(matches(one, other)).toBe(one === other);
    }),
  );
});

test('a value still matches when any piece of it becomes a star', () => {
  fc.assert(
    fc.property(word, fc.nat(8), fc.nat(8), (value, a, b) => {
      const [from, to] = [Math.min(a, b), Math.max(a, b)];
      expect(matches(`${value.slice(0, from)}*${value.slice(to)}`, value)).toBe(true);
    }),
  );
});

test('a value still matches when any one character of it becomes a question mark, and not with one more', () => {
  fc.assert(
    fc.property(word, fc.nat(8), (value, at) => {
      fc.pre(at < value.length);
      expect(matches(`${value.slice(0, at)}?${value.slice(at + 1)}`, value)).toBe(true);
      expect(matches(`${value}?`, value)).toBe(false);
    }),
  );
});

test('a pattern of many stars that does not match is refused without trying every split', () => {
  expect(matches(`${'*a'.repeat(40)}c`, 'a'.repeat(400))).toBe(false);
});

test('characters that are special in a regular expression stand for themselves', () => {
  expect(matches('a.c', 'abc')).toBe(false);
  expect(matches('[a]+(b)|^$', '[a]+(b)|^$')).toBe(true);
});
