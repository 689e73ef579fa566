import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isConnect, readConnectToken } from '../../../functions/nbwss/connect.ts';
import {
  ACKNOWLEDGEMENT_PAYLOADS,
  connectResponse,
  notificationResponse,
  readEnvelope,
} from '../../../functions/nbwss/envelope.ts';
import { anyCharacter } from '../../support/any-character.ts';
import { exampleText, RECEIVED } from '../support.ts';

const request = { version: '1.0', id: 'i', type: 'CONNECT', subType: 'REQUEST', timeStamp: 5, payload: { a: 1 } };
/** The envelope of `request`. */
const read = {
  ...{ id: 'i', type: 'CONNECT', subType: 'REQUEST', timeStamp: 5, payload: { a: 1 } },
  rest: { version: '1.0' },
};
const without = (field: string) => Object.fromEntries(Object.entries(request).filter(([name]) => name !== field));

describe('an envelope', () => {
  it('is read from a documented message', () => {
    const { payload, ...rest } = { ...readEnvelope(JSON.parse(exampleText('01-connect.json'))) };
    expect(rest).toEqual({
      ...{ id: '0CEAB6C2-0BBF-4F60-974D-C1F3EF39B872', type: 'CONNECT', subType: 'REQUEST', timeStamp: 1_444_944_181 },
      rest: { version: '1.0' },
    });
    expect(readConnectToken(payload)).toBe('<the token of the endpoint file>');
  });

  it.each([
    ...[undefined, null, 1, true, 'text', [], [request], {}],
    without('id'),
    ...[null, 1, {}, [], ''].map((id) => ({ ...request, id })),
    JSON.parse('{"__proto__":{"id":"i","type":"CONNECT","subType":"REQUEST"}}'),
  ])('is undefined if it could not be answered: %j', (message) => expect(readEnvelope(message)).toBeUndefined());

  it('has an id of 1 to 4,000 characters', () => {
    expect(readEnvelope({ ...request, id: 'x'.repeat(4_000) })?.id).toHaveLength(4_000);
    expect(readEnvelope({ ...request, id: 'x'.repeat(4_001) })).toBeUndefined();
    expect(readEnvelope({ ...request, id: 'x' })?.id).toBe('x');
  });

  it('is undefined if its id would make the answer longer than NetBackup takes', () => {
    // In JSON each NUL takes six characters, and the quotes take two.
    expect(readEnvelope({ ...request, id: '\u0000'.repeat(1_333) })?.id).toHaveLength(1_333);
    expect(readEnvelope({ ...request, id: '\u0000'.repeat(1_334) })).toBeUndefined();
  });

  it.each(['type', 'subType'])('has an empty %s if that is missing or not text, and can be answered', (field) => {
    for (const message of [without(field), ...[null, 1, {}, []].map((value) => ({ ...request, [field]: value }))])
      expect(readEnvelope(message)).toEqual({ ...read, [field]: '' });
  });

  it.each([null, -1, 1.5, '1459811679', {}, Number.MAX_SAFE_INTEGER + 1])(
    'reads an unusable timeStamp as 0, and keeps it with the unknown fields: %j',
    (timeStamp) => {
      expect(readEnvelope({ ...request, timeStamp })).toEqual({
        ...read,
        timeStamp: 0,
        rest: { version: '1.0', timeStamp },
      });
    },
  );

  it.each(['token=SECRET', '{"token":"SECRET"}', 'Authorization: Bearer SECRET'])(
    'is undefined if its id, which an answer would repeat, shows a secret: %s',
    (id) => expect(readEnvelope({ ...request, id })).toBeUndefined(),
  );

  it('needs no version, timeStamp or payload', () => {
    const { id, type, subType } = request;
    expect(readEnvelope({ id, type, subType })).toEqual({
      id,
      type,
      subType,
      timeStamp: 0,
      payload: undefined,
      rest: {},
    });
  });

  it('keeps unknown fields as they were sent', () => {
    const rest = '{"version":"2.0","extra":[1],"__proto__":{"a":null},"constructor":1}';
    const text = `{"id":"i","type":"t","subType":"s","timeStamp":5,"payload":[],${rest.slice(1)}`;
    expect(JSON.stringify(readEnvelope(JSON.parse(text))?.rest)).toBe(rest);
  });

  it('never throws, whatever is read', () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true }),
        (any) => void readEnvelope(any),
      ),
    );
  });
});

describe('a message', () => {
  it.each([request, { type: 'CONNECT' }, { ...request, id: 1 }, { ...request, subType: 'RESPONSE' }])(
    'is a CONNECT if its type says so, whatever else is wrong: %j',
    (message) => expect(isConnect(message)).toBe(true),
  );
  it.each([undefined, null, 'CONNECT', ['CONNECT'], {}, { type: 'connect' }, { type: ['CONNECT'] }])(
    'is not a CONNECT if its type does not say so: %j',
    (message) => expect(isConnect(message)).toBe(false),
  );
});

describe('a CONNECT payload', () => {
  it.each([undefined, null, [], 'token', {}, { Token: 'x' }, { token: 1 }, { token: null }, { token: ['x'] }])(
    'has no token if that is missing or not text: %j',
    (payload) => expect(readConnectToken(payload)).toBeUndefined(),
  );
  it('may have other fields beside the token', () => expect(readConnectToken({ token: 't', more: 1 })).toBe('t'));
});

describe('a response', () => {
  /** Ids that an envelope may have, with lone surrogates and control characters. */
  const ids = fc
    .array(
      fc.oneof(fc.constantFrom('"', '\\', '\u0000', '\u001f', '\ud800', '😀'), fc.string({ unit: anyCharacter })),
      {
        ...{ minLength: 1, maxLength: 256 },
      },
    )
    .map((characters) => characters.join('').slice(0, 256))
    .filter((id) => id.length > 0);
  const hardest = ['\u0000', '\ud800', '\udfff']
    .map((character) => character.repeat(1_333))
    .concat('"'.repeat(3_999), '€'.repeat(4_000));

  const responses = (id: string) => [
    ...ACKNOWLEDGEMENT_PAYLOADS.map((payload) => notificationResponse(id, payload, RECEIVED)),
    ...[true, false].map((valid) => connectResponse(id, valid, RECEIVED)),
  ];

  it('is well-formed NBWSS with the id of its request, in at most 8,192 characters', () => {
    const check = (id: string) => {
      expect(readEnvelope({ ...request, id })?.id).toBe(id);
      for (const text of responses(id)) {
        expect(text.length).toBeLessThanOrEqual(8_192);
        expect(text.isWellFormed()).toBe(true);
        const { payload: _, type, ...rest } = JSON.parse(text);
        expect(['CONNECT', 'NOTIFICATION']).toContain(type);
        expect(rest).toEqual({ version: '1.0', id, subType: 'RESPONSE', timeStamp: 1_795_462_413 });
      }
    };
    fc.assert(fc.property(ids, check));
    hardest.forEach(check);
  });

  it('to a NOTIFICATION carries the payload that the deployment chose', () => {
    const payloadOf = (payload: (typeof ACKNOWLEDGEMENT_PAYLOADS)[number]) =>
      notificationResponse('i', payload, RECEIVED).replace(/.*"timeStamp":1795462413/, '');
    expect(payloadOf('array')).toBe(',"payload":[]}');
    expect(payloadOf('object')).toBe(',"payload":{}}');
    expect(payloadOf('none')).toBe('}');
  });

  it('to a CONNECT says valid as a JSON boolean', () => {
    expect(JSON.parse(connectResponse('i', true, 0))).toEqual({
      ...{ version: '1.0', id: 'i', type: 'CONNECT', subType: 'RESPONSE', timeStamp: 0, payload: { valid: true } },
    });
    expect(JSON.parse(connectResponse('i', false, 0)).payload).toEqual({ valid: false });
  });
});
