import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, parseJson } from '../../../functions/nbwss/json.ts';
import { replaceSecrets, withoutSecrets } from '../../../functions/nbwss/secrets.ts';

describe('a text without secrets', () => {
  it.each([
    ['{"token":"SECRET"}', '{"token":"[removed]"}'],
    ['{"payload":{"token" :\n"SECRET","b":1}}', '{"payload":{"token" :\n"[removed]","b":1}}'],
    ['{"TOKEN":"SECRET","Authorization":"Bearer SECRET"}', '{"TOKEN":"[removed]","Authorization":"[removed]"}'],
    ['{"token":"a\\"SECRET","b":"c"}', '{"token":"[removed]","b":"c"}'],
    ['{"token":"SECRET\\\\","b":"c"}', '{"token":"[removed]","b":"c"}'],
    ['{"token":"a\\\nSECRET"}', '{"token":"[removed]"}'],
    ['{"token":"SECR', '{"token":"[removed]"'],
    ['{"token":"SECRET\\', '{"token":"[removed]"'],
    ['{"token":', '{"token":"[removed]"'],
    ['{"token":12345,"b":1}', '{"token":"[removed]","b":1}'],
    ['{"token":12345}', '{"token":"[removed]"}'],
    ['["token", "kept"]', '["token", "kept"]'],
    ['{"token":["a", "SECRET", {"b":[]}], "c":1}', '{"token":"[removed]", "c":1}'],
    ['{"token":{"a": "}SECRET"}, "c":1}', '{"token":"[removed]", "c":1}'],
    ['{"token":null,"token":"SECRET"}', '{"token":"[removed]","token":"[removed]"}'],
    [
      '{"\\u0074oken":"SECRET","AUTHORIZATIO\\u006E":"SECRET"}',
      '{"\\u0074oken":"[removed]","AUTHORIZATIO\\u006E":"[removed]"}',
    ],
    ['"a "token":"SECRET" b', '"a "token":"[removed]" b'],
    ['{"body":"{\\"token\\":\\"SEC\\\\\\"RET\\",\\"a\\":1}"}', '{"body":"{\\"token\\":\\"[removed]\\",\\"a\\":1}"}'],
    ['{"body":"{\\"token\\":\\"SEC","b":"kept"}', '{"body":"{\\"token\\":\\"[removed]\\"","b":"kept"}'],
  ])('of %s is %s', (text, expected) => expect(withoutSecrets(text)).toBe(expected));

  it('is the text itself where there is no member of these names', () => {
    const text = fc.oneof(fc.json(), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(text, (any) => {
        fc.pre(!/token|authorization|\\/i.test(any));
        expect(withoutSecrets(any)).toBe(any);
      }),
    );
    for (const kept of ['{"tokens":"kept"}', '{"a_token":"kept"}', '{"a":"token"}'])
      expect(withoutSecrets(kept)).toBe(kept);
  });

  const MARK = 'mArKeR7';
  const name = fc.constantFrom('token', 'Token', 'TOKEN', 'authorization', 'Authorization', 'AUTHORIZATION');
  const text = fc.string({
    unit: fc.oneof(
      fc.constantFrom('"', '\\', '{', '}', '[', ']', ',', ':', ' ', '\n'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    ),
  });
  const secret = fc.tuple(text, text).map(([before, after]) => before + MARK + after);
  const value = fc.oneof(
    secret,
    fc.array(fc.oneof(secret, text), { maxLength: 3 }),
    fc.dictionary(text, fc.oneof(secret, text), { maxKeys: 3 }),
  );
  const plain = fc.dictionary(text, fc.oneof(text, fc.integer(), fc.array(text)));

  /** A message that holds a secret somewhere: as a member, in a list, or in JSON that is the text of a member. */
  const message = fc
    .tuple(plain, name, value, plain, fc.array(fc.constantFrom('member', 'list', 'text'), { maxLength: 4 }))
    .map(([before, key, held, after, wraps]) =>
      wraps.reduce<unknown>(
        (inner, wrap) =>
          wrap === 'member' ? { a: 1, inner } : wrap === 'list' ? ['x', inner] : { body: JSON.stringify(inner), z: 1 },
        { ...before, [key]: held, ...after },
      ),
    );

  it('never holds what a message called a secret, however it nests and is spaced', () => {
    fc.assert(
      fc.property(message, fc.constantFrom(0, 1, 2), (whole, indent) => {
        expect(withoutSecrets(JSON.stringify(whole, undefined, indent))).not.toContain(MARK);
      }),
      { numRuns: 2_000 },
    );
  });

  it('never holds it when the message was cut anywhere', () => {
    fc.assert(
      fc.property(message, fc.nat(), (whole, at) => {
        const sent = JSON.stringify(whole);
        expect(withoutSecrets(sent.slice(0, at % (sent.length + 1)))).not.toContain(MARK);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is JSON again, with all other members, when the message was', () => {
    fc.assert(
      fc.property(plain, name, secret, plain, (before, key, held, after) => {
        const removed = JSON.parse(withoutSecrets(JSON.stringify({ ...before, [key]: held, ...after })));
        expect(removed).toEqual({ ...before, [key]: '[removed]', ...after });
      }),
    );
  });

  it('is found also in 128 KB of backslashes, quotes or brackets', () => {
    for (const filling of ['\\', '"', '[', '"token":', '\\"token\\":\\"', ' ']) {
      const long = filling.repeat(128_000 / filling.length);
      expect(withoutSecrets(`${long}"token":"${MARK}"`).length).toBeGreaterThan(0);
      expect(withoutSecrets(`{"token":"${MARK}${long}`)).not.toContain(MARK);
    }
  });
});

describe('an entry without secrets', () => {
  const replaced = (content: unknown) => JSON.parse(canonicalJson(content, replaceSecrets));

  it('keeps everything else, also numbers beyond a double', () => {
    const content = '{"a":[{"Token":{"b":1},"c":90071992547409921}],"authorization":"x","tokens":"kept"}';
    expect(canonicalJson(parseJson(content), replaceSecrets)).toBe(
      '{"a":[{"Token":"[removed]","c":90071992547409921}],"authorization":"[removed]","tokens":"kept"}',
    );
  });

  it('is JSON again, whatever its texts look like, and the same when there is no secret', () => {
    const bits = fc.string({
      unit: fc.constantFrom('"', '\\', 'token', 'authorization', ':', '{', '}', '[', ',', '"token":"a"', '"token":'),
    });
    const { content } = fc.letrec((tie) => ({
      content: fc.oneof(
        { depthSize: 'small' },
        bits,
        fc.array(tie('content')),
        fc.dictionary(fc.oneof(bits, fc.constantFrom('token', 'Authorization')), tie('content')),
      ),
    }));
    fc.assert(
      fc.property(content, (any) => void replaced(any)),
      { numRuns: 1_000 },
    );
    fc.assert(
      fc.property(fc.jsonValue(), (any) => {
        fc.pre(!/token|authorization/i.test(JSON.stringify(any)));
        expect(canonicalJson(any, replaceSecrets)).toBe(canonicalJson(any));
      }),
    );
  });
});
