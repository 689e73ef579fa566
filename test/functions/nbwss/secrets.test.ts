import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, parseJson } from '../../../functions/nbwss/json.ts';
import { replaceSecrets, withoutSecrets } from '../../../functions/nbwss/secrets.ts';
import { anyCharacter } from '../../support/any-character.ts';
import { must } from '../support.ts';

describe('withoutSecrets', () => {
  it.each([
    ['{"token":"SECRET"}', '{"token":"[removed]"}'],
    ['{"payload":{"token" :\n"SECRET","b":1}}', '{"payload":{"b":1,"token":"[removed]"}}'],
    ['{"TOKEN":"SECRET","Authorization":"Bearer SECRET"}', '{"Authorization":"[removed]","TOKEN":"[removed]"}'],
    ['{"token":"a\\"SECRET","x":"c"}', '{"token":"[removed]","x":"c"}'],
    ['{"token":12345,"x":1.50}', '{"token":"[removed]","x":1.5}'],
    ['{"token":["a", "SECRET", {"b":[]}], "x":1}', '{"token":"[removed]","x":1}'],
    ['{"token":null,"token":"SECRET"}', '{"token":"[removed]"}'],
    ['{"\\u0074oken":"SECRET","AUTHORIZATIO\\u006E":"SECRET"}', '{"AUTHORIZATIOn":"[removed]","token":"[removed]"}'],
    ['{"body":"{\\"token\\":\\"SEC\\\\\\"RET\\",\\"x\\":1}"}', '{"body":"{\\"token\\":\\"[removed]\\",\\"x\\":1}"}'],
    ['{"body":"{\\u0022token\\u0022:\\u0022SECRET\\u0022}"}', '{"body":"{\\"token\\":\\"[removed]\\"}"}'],
    ['{"body":"{\\"token\\":\\"SEC","x":"kept"}', '{"body":"{\\"token\\":[removed]","x":"kept"}'],
    ['{"body":"Authorization: Bearer SECRET","x":"kept"}', '{"body":"Authorization:[removed]","x":"kept"}'],
    ['{"with token=SECRET":1,"x":"kept"}', '{"with token=[removed]":1,"x":"kept"}'],
    ['["token","SECRET", 1]', '["token","[removed]","[removed]"]'],
    ['{"headers":[["Authorization\\u00a0","Bearer SECRET"]]}', '{"headers":[["Authorization\u00a0","[removed]"]]}'],
    [
      '{"headers":[{"name":" authorization","value":["Bearer SECRET"]},{"name":"Host","value":"kept"}]}',
      '{"headers":[{"name":" authorization","value":"[removed]"},{"name":"Host","value":"kept"}]}',
    ],
    [
      '{"token\u00a0":"SECRET","accessToken":"SECRET","Proxy-Authorization":"SECRET"}',
      '{"Proxy-Authorization":"[removed]","accessToken":"[removed]","token\u00a0":"[removed]"}',
    ],
    ['"token=SECRET"', '"token=[removed]"'],
  ])('replaces the secrets in JSON: %s becomes %s', (text, expected) => expect(withoutSecrets(text)).toBe(expected));

  it.each([
    ['{"token":"SECR', '{"token":[removed]'],
    ['{"a":1,"token":', '{"a":1,"token":[removed]'],
    ['a "token" : "SECRET" b', 'a "token" :[removed]'],
    ['token=SECRET', 'token=[removed]'],
    ['GET /?access_token=SECRET&a=1', 'GET /?access_token=[removed]'],
    ['a\ntoken: SECRET\nb', 'a\ntoken:[removed]'],
    ["{'token': 'SECRET'}", "{'token':[removed]"],
    ["headers['token'] = 'SECRET'", "headers['token'] =[removed]"],
    ['\\u0022token\\u0022:\\u0022SECRET\\u0022', '\\u0022token\\u0022:[removed]'],
    ['{\\\\\\"\\\\u0074oken\\\\\\" : \\\\\\"SECRET', '{\\\\\\"\\\\u0074oken\\\\\\" :[removed]'],
    ['Authorization: Bearer SECRET', 'Authorization:[removed]'],
    ['AUTHORIZATION=Basic SECRET', 'AUTHORIZATION=[removed]'],
    ['a=1&token%3DSECRET', 'a=1&token%3D[removed]'],
    ['%7B%22tok%65n%22%3A%22SECRET', '%7B%22tok%65n%22%3A[removed]'],
    ['%2522token%2522%253a%2522SECRET', '%2522token%2522%253a[removed]'],
    ['token\\u003dSECRET', 'token\\u003d[removed]'],
    ['token\\x3dSECRET', 'token\\x3d[removed]'],
    ['\\x74oken=SECRET', '\\x74oken=[removed]'],
    ['token\u00a0\u2003: SECRET', 'token\u00a0\u2003:[removed]'],
    ['token\\u00a0=SECRET', 'token\\u00a0=[removed]'],
    ['Authorization Bearer SECRET', 'Authorization [removed]'],
    ['Authorization\\" basic SECRET', 'Authorization\\" [removed]'],
    ['[["Authorization" , "SECR', '[["Authorization" ,[removed]'],
    ['<Token>SECRET</Token>', '<Token>[removed]'],
  ])('cuts text that is not JSON at the first secret: %s becomes %s', (text, expected) => {
    expect(withoutSecrets(text)).toBe(expected);
  });

  it('returns a text that names no secret as it is', () => {
    const text = fc.oneof(fc.json(), fc.string({ unit: anyCharacter }));
    fc.assert(
      fc.property(text, (any) => {
        fc.pre(!/token|authorization|u00|x|%/i.test(any));
        expect(withoutSecrets(any)).toBe(any);
      }),
    );
    for (const kept of ['{"tokens":"kept"}', '{"a":"token"}', '["a token","kept"]', 'Token-Backup', 'a token, 100%25'])
      expect(withoutSecrets(kept)).toBe(kept);
  });

  const MARK = 'mArKeR7';
  const name = fc.constantFrom('token', 'Token', 'TOKEN', 'authorization', 'Authorization', 'AUTHORIZATION');
  const text = fc.string({
    unit: fc.oneof(fc.constantFrom('"', '\\', '{', '}', '[', ']', ',', ':', ' ', '\n'), anyCharacter),
  });
  const secret = fc.tuple(text, text).map(([before, after]) => before + MARK + after);
  const value = fc.oneof(
    secret,
    fc.array(fc.oneof(secret, text), { maxLength: 3 }),
    fc.dictionary(text, fc.oneof(secret, text), { maxKeys: 3 }),
  );
  // A fault of JSON.parse in Node 24: once it has read a member named `\`, it takes one named `\n` for that.
  const plain = fc.dictionary(
    text.filter((key) => key !== '\\'),
    fc.oneof(text, fc.integer(), fc.array(text)),
  );

  /** A message with a secret somewhere: as a member, in a list, or in JSON that is the text of a member. */
  const message = fc
    .tuple(plain, name, value, plain, fc.array(fc.constantFrom('member', 'list', 'text'), { maxLength: 4 }))
    .map(([before, key, held, after, wraps]) =>
      wraps.reduce<unknown>(
        (inner, wrap) =>
          wrap === 'member' ? { a: 1, inner } : wrap === 'list' ? ['x', inner] : { body: JSON.stringify(inner), z: 1 },
        { ...before, [key]: held, ...after },
      ),
    );

  it('removes what a message calls a secret, whatever its nesting and spacing', () => {
    fc.assert(
      fc.property(message, fc.constantFrom(0, 1, 2), (whole, indent) => {
        expect(withoutSecrets(JSON.stringify(whole, undefined, indent))).not.toContain(MARK);
      }),
      { numRuns: 2_000 },
    );
  });

  it('removes the secret from a message that was cut anywhere', () => {
    fc.assert(
      fc.property(message, fc.nat(), (whole, at) => {
        const sent = JSON.stringify(whole);
        expect(withoutSecrets(sent.slice(0, at % (sent.length + 1)))).not.toContain(MARK);
      }),
      { numRuns: 2_000 },
    );
  });

  it('removes the secret from text that is not JSON, however its name is escaped', () => {
    const code = (character: string) => character.charCodeAt(0).toString(16);
    const spellings = fc.infiniteStream(
      fc.constantFrom(
        (character: string) => character,
        (character: string) => `\\u00${code(character)}`,
        (character: string) => `%${code(character)}`,
        (character: string) => `%25${code(character).toUpperCase()}`,
      ),
    );
    const leads = fc.constantFrom('=', ':', '": "', "' = '", '\\":\\"', ' : ', '">');
    fc.assert(
      fc.property(text, name, leads, spellings, text, (before, key, lead, spell, after) => {
        const spelled = Array.from(key + lead, (character) => must(spell.next().value)(character)).join('');
        expect(withoutSecrets(`x${before}${spelled}${MARK}${after}`)).not.toContain(MARK);
      }),
      { numRuns: 1_000 },
    );
  });

  it('keeps JSON valid, with all its other members', () => {
    fc.assert(
      fc.property(plain, name, secret, plain, (before, key, held, after) => {
        const removed = JSON.parse(withoutSecrets(JSON.stringify({ ...before, [key]: held, ...after })));
        expect(removed).toEqual({ ...before, [key]: '[removed]', ...after });
      }),
    );
  });

  it('finds the secret beside 128 KB of fragments of its name', () => {
    const fillings = [
      '\\',
      '"',
      '[',
      ' ',
      '%',
      '%25',
      '%2574',
      'u0074\\',
      't\\',
      '"token',
      'token\\\\',
      'token"',
      'token" ',
      'token\u00a0',
      'token\\"b',
      'x74\\',
      '{"token',
      '\\"token\\"',
    ];
    for (const filling of fillings) {
      const long = filling.repeat(128_000 / filling.length);
      expect(withoutSecrets(`${long}"token":"${MARK}`)).not.toContain(MARK);
      expect(withoutSecrets(`"token${long}`)).toBe(`"token${long}`);
      expect(withoutSecrets(`{"token":"${MARK}${long}`)).not.toContain(MARK);
    }
  });

  it('cuts JSON at the first name of a secret if replacing makes it too large to keep', () => {
    expect(withoutSecrets(`["token",${'1,'.repeat(63_000)}"SECRET"]`)).toBe('["token[removed]');
    expect(withoutSecrets(`{"a":[${'1e15,'.repeat(25_000)}1],"\\u0074oken":"SECRET"}`)).toMatch(
      /^{"a":\[1e15.*oken\[removed]$/,
    );
  });

  it('does not double the length of JSON that is nested in strings many times', () => {
    const quoted = (text: string) => `"${text.replaceAll('\\', '\\u005c').replaceAll('"', '\\u0022')}"`;
    let text = `{"token":"${MARK}"}`;
    while (text.length < 64_000) text = quoted(text);
    const kept = withoutSecrets(text);
    expect(kept.length).toBeLessThan(2 * text.length);
    expect(kept).not.toContain(MARK);
  });
});

describe('canonicalJson with replaceSecrets', () => {
  const replaced = (content: unknown) => JSON.parse(canonicalJson(content, replaceSecrets));

  it('keeps everything but secrets, including numbers beyond a double', () => {
    const content = '{"a":[{"Token":{"b":1},"c":90071992547409921}],"authorization":"x","tokens":"kept"}';
    expect(canonicalJson(parseJson(content), replaceSecrets)).toBe(
      '{"a":[{"Token":"[removed]","c":90071992547409921}],"authorization":"[removed]","tokens":"kept"}',
    );
  });

  it('keeps the fields of an entry beside the value "token", but not those of an object inside it', () => {
    expect(replaced({ clientName: 'token', state: 'DONE', x: { name: 'token', value: 'SECRET' } })).toEqual({
      ...{ clientName: 'token', state: 'DONE', x: { name: 'token', value: '[removed]' } },
    });
  });

  it('gives valid JSON whatever its texts look like, and changes nothing if there is no secret', () => {
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
