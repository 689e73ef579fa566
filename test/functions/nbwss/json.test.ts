import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, parseJson, TooDeepError } from '../../../functions/nbwss/json.ts';

/** JSON values, 0 instead of the -0 that JSON.stringify does not write. */
const json = fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.parse(JSON.stringify(value)));

/** The same content with the members of every object in another order. */
function permuted(value: unknown): string {
  if (Array.isArray(value)) return `[ ${value.map(permuted).join(' , ')} ]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).reverse();
  return `{ ${members.map(([key, item]) => `${JSON.stringify(key)} :\n${permuted(item)}`).join(' , ')} }`;
}

const nested = (depth: number) => '['.repeat(depth) + 1 + ']'.repeat(depth);
const canonical = (text: string) => canonicalJson(parseJson(text));

describe('canonical text', () => {
  it('is equal for equal content, however its members are ordered and spaced', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(canonical(permuted(value))).toBe(canonicalJson(value));
      }),
    );
  });

  it('holds the content whole', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(value);
      }),
    );
  });

  it('is another for other content', () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        const same = canonicalJson(a) === canonicalJson(b);
        if (same) expect(a).toEqual(b);
        else expect(a).not.toStrictEqual(b);
      }),
    );
  });

  it.each([
    ['{"b":1,"a":[2,{"d":null,"c":"x"}]}', '{"a":[2,{"c":"x","d":null}],"b":1}'],
    ['[1,2]', '[1,2]'],
    ['[2,1]', '[2,1]'],
    ['{"B":1,"a":2}', '{"B":1,"a":2}'],
    ['{"__proto__":{"x":1},"a":2}', '{"__proto__":{"x":1},"a":2}'],
    ['"\\ud800"', '"\\ud800"'],
    ['{"1":1,"__proto__":12345678901234567890}', '{"1":1,"__proto__":12345678901234567890}'],
  ])('of %s is %s', (text, expected) => expect(canonical(text)).toBe(expected));

  it('tells an integer that only digits can hold from its neighbours and from a string', () => {
    const texts = ['9007199254740992', '9007199254740993', '9007199254740994', '"9007199254740993"'];
    expect(texts.map(canonical)).toEqual(texts);
  });

  it('is made of 64 levels and not of 65', () => {
    expect(canonical(nested(64))).toBe(nested(64));
    expect(() => canonical(nested(65))).toThrow(TooDeepError);
    expect(() => canonical('{"a":'.repeat(65) + 1 + '}'.repeat(65))).toThrow(TooDeepError);
  });

  it('of a message of brackets only is refused without exhausting the stack', () => {
    expect(() => canonical(nested(65_000))).toThrow(TooDeepError);
  });
});

describe('reading JSON', () => {
  it('keeps every digit of an integer that a double cannot hold', () => {
    const digits = fc.bigInt({ min: 10n ** 15n, max: 10n ** 40n }).map(String);
    fc.assert(
      fc.property(digits, fc.boolean(), (number, negative) => {
        const text = `{"n":${negative ? '-' : ''}${number}}`;
        expect(canonical(text)).toBe(text);
      }),
    );
  });

  it('sees an integer that a double cannot hold as no number, so that no schema takes it for one', () => {
    expect(typeof parseJson('9007199254740993')).toBe('object');
    expect(parseJson('9007199254740991')).toBe(9_007_199_254_740_991);
    expect(typeof parseJson('1e400')).toBe('object');
    expect(canonical('[1e400]')).toBe('[1e400]');
  });

  it('reads what JSON.parse reads, and as JSON.parse does', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(parseJson(JSON.stringify(value))).toEqual(value);
      }),
    );
    expect(parseJson('{"long":"1234567890123456","e":1e2,"f":-1.5E-3}')).toEqual({
      ...{ long: '1234567890123456', e: 100, f: -0.0015 },
    });
  });

  it('reads deep nesting also where long numbers are', () => {
    const text = (depth: number) => `{"id":"a","long":12345678901234567890,"deep":${nested(depth)}}`;
    expect(parseJson(text(30_000))).toMatchObject({ id: 'a' });
  });

  it.each(['', '{', '[1,]', 'nothing', '{"a":1} x', `${'9'.repeat(20)}x`])('refuses %j as JSON.parse does', (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError);
  });
});
