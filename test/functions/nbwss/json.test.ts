import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, parseJson, TooDeepError } from '../../../functions/nbwss/json.ts';

/** JSON values, with 0 in place of -0, which JSON.stringify does not write. */
const json = fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.parse(JSON.stringify(value)));

/** The same content as text, with other spacing and the members of every object in another order. */
function permuted(value: unknown): string {
  if (Array.isArray(value)) return `[ ${value.map(permuted).join(' , ')} ]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).reverse();
  return `{ ${members.map(([key, item]) => `${JSON.stringify(key)} :\n${permuted(item)}`).join(' , ')} }`;
}

/** Whether two numbers have the same decimal value. Compares both as multiples of the smaller power of ten. */
function isSameDecimal(...sources: [string, string]): boolean {
  const [a, b] = sources.map((source) => {
    const [significand = '', exponent = '0'] = source.toLowerCase().split('e');
    const [before = '', after = ''] = significand.split('.');
    return { digits: BigInt(before.replace('-', '') + after), exponent: Number(exponent) - after.length, source };
  }) as [Decimal, Decimal];
  const least = Math.min(a.exponent, b.exponent);
  const scaled = ({ digits, exponent, source }: Decimal) =>
    digits * 10n ** BigInt(exponent - least) * (source.startsWith('-') ? -1n : 1n);
  return scaled(a) === scaled(b);
}

interface Decimal {
  digits: bigint;
  exponent: number;
  source: string;
}

const nested = (depth: number) => '['.repeat(depth) + 1 + ']'.repeat(depth);
const canonical = (text: string) => canonicalJson(parseJson(text));

describe('canonical text', () => {
  it('is the same for the same content, whatever its spacing and order of members', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(canonical(permuted(value))).toBe(canonicalJson(value));
      }),
    );
  });

  it('parses back to the whole content', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(value);
      }),
    );
  });

  it('differs for different content', () => {
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

  it('writes a number in one way, however it was spelled', () => {
    const spellings = [
      ['1', '1.0', '10e-1', '0.1E+1', '1000000000000000000000e-21'],
      ['0', '-0', '0.0', '-0e5', '0e99999999999999999999'],
      ['1e-7', '0.0000001', '0.1e-6', '0.00000010'],
      ['1e30', '1e+30', `1${'0'.repeat(30)}`],
      ['1e20', '100000000000000000000', '10e19'],
      ['1000000000000000', '1e15'],
      ['12345678901234567890', '1234567890123456789e1', '12345678901234567890.0', '1.234567890123456789E19'],
      ['0.1000000000000000055', '1000000000000000055e-19', '0.10000000000000000550'],
      ['0.1', '0.10', '1e-1'],
      ['-12345678901234567.25', '-1234567890123456725e-2'],
      ['1e400', '10e399', `1${'0'.repeat(400)}`],
      ['1e99999999999999999999', '10e99999999999999999998'],
      ['12345678901234567890123e-40', '0.12345678901234567890123e-17'],
    ];
    for (const [expected, ...others] of spellings)
      for (const text of [expected, ...others]) expect(canonical(`[${text}]`), text).toBe(`[${expected}]`);
  });

  it('keeps an integer beyond a double apart from its neighbours and from a string', () => {
    const texts = ['9007199254740992', '9007199254740993', '9007199254740994', '"9007199254740993"'];
    expect(texts.map(canonical)).toEqual(texts);
  });

  it('takes 64 levels of nesting and refuses 65', () => {
    expect(canonical(nested(64))).toBe(nested(64));
    expect(() => canonical(nested(65))).toThrow(TooDeepError);
    expect(() => canonical('{"a":'.repeat(65) + 1 + '}'.repeat(65))).toThrow(TooDeepError);
  });

  it('of a message of brackets only is refused without exhausting the stack', () => {
    expect(() => canonical(nested(65_000))).toThrow(TooDeepError);
  });
});

describe('reading JSON', () => {
  it('keeps the decimal value of every number', () => {
    const digits = fc.stringMatching(/^\d{1,25}$/);
    const whole = digits.map((text) => BigInt(text).toString());
    const exponent = fc.tuple(fc.constantFrom('e', 'E', 'e+', 'e-', 'E-'), fc.integer({ min: 0, max: 400 }));
    const number = fc
      .tuple(fc.constantFrom('', '-'), whole, fc.option(digits), fc.option(exponent))
      .map(
        ([sign, before, after, e]) =>
          `${sign}${before}${after === null ? '' : `.${after}`}${e === null ? '' : e.join('')}`,
      );
    const edges = ['-0', '5e-324', '4.9e-324', '1.7976931348623157e308', '1.7976931348623159e308', '9007199254740993'];
    const check = (source: string) => {
      const kept = canonical(`[${source}]`).slice(1, -1);
      expect(isSameDecimal(kept, source), `${source} became ${kept}`).toBe(true);
    };
    fc.assert(fc.property(number, check), { numRuns: 2_000 });
    edges.forEach(check);
  });

  it.each(['N', ' N', '\tN ', '[N]', '[0,N]', '[\nN]', '{"a":N}', '{"a" :\r\n N}', '{"id":"8E9","a":N}'])(
    'keeps a long number N wherever a number may stand: %j',
    (text) => {
      for (const source of ['1e400', '-1E+400', '5.5e-400', '12345678901234567890', '0.12345678901234567890'])
        expect(canonical(text.replace('N', source))).toContain(canonical(`[${source}]`).slice(1, -1));
    },
  );

  it('returns an object for a number that a double cannot hold, and keeps its value', () => {
    expect(typeof parseJson('9007199254740993')).toBe('object');
    expect(parseJson('9007199254740991')).toBe(9_007_199_254_740_991);
    expect(typeof parseJson('1e400')).toBe('object');
    expect(canonical('[1e400]')).toBe('[1e400]');
  });

  it('gives the same values as JSON.parse', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(parseJson(JSON.stringify(value))).toEqual(value);
      }),
    );
    expect(parseJson('{"long":"1234567890123456","e":1e2,"f":-1.5E-3}')).toEqual({
      ...{ long: '1234567890123456', e: 100, f: -0.0015 },
    });
  });

  it('keeps a long number in a message that nests too deep for canonical text', () => {
    const text = (depth: number) => `{"id":"a","long":12345678901234567890,"deep":${nested(depth)}}`;
    const deep = text(30_000);
    const { long, after } = parseJson(deep.replace(/}$/, ',"after":{"\\"[{":1}}')) as Record<string, unknown>;
    expect(canonicalJson({ long, after })).toBe('{"after":{"\\"[{":1},"long":12345678901234567890}');
    expect(() => canonicalJson(parseJson(deep))).toThrow(TooDeepError);
  });

  it.each(['', '{', '[1,]', 'nothing', '{"a":1} x', `${'9'.repeat(20)}x`])('refuses %j as JSON.parse does', (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError);
  });
});
