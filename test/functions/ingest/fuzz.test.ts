import fc from 'fast-check';
import { expect, it } from 'vitest';
import { COUNTERS } from '../../../functions/ingest/log-outcome.ts';
import { createProjection } from '../../../functions/projection/context.ts';
import { project } from '../../../functions/projection/project.ts';
import { anyCharacter } from '../../support/any-character.ts';
import { imageContent, jobContent, unicode } from '../support.ts';
import { event, load, OK } from './loaded.ts';
import { group, request } from './ports.ts';

/*
 * Whatever reaches the handler has one outcome of `COUNTERS`, gets no frame but NBWSS, and leaves no value anywhere
 * that a message calls a secret.
 */

/** Every secret contains this text, and nothing else does. */
const MARK = 'mArKeR7';

const name = fc.constantFrom('token', 'Token', 'TOKEN', 'authorization', 'Authorization', 'AUTHORIZATION');

/** A secret member as JSON text. Its value is the secret, or contains it. */
const secret = fc
  .tuple(name, fc.constantFrom<unknown>(MARK, `Bearer ${MARK}`, [MARK], { a: [MARK] }, `"\\${MARK}`))
  .map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);

/** JSON texts: those that JSON.stringify writes, and some that it never would. */
const { json } = fc.letrec<{ json: string; member: string }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.jsonValue({ maxDepth: 1 }).map((value) => JSON.stringify(value)),
    fc.constantFrom('1e999', '-0', '12345678901234567890', '0.1000000000000000055', '"\\ud800"', '"token"'),
    fc.nat(200).map((depth) => '['.repeat(depth) + 1 + ']'.repeat(depth)),
    fc.array(tie('json'), { maxLength: 3 }).map((items) => `[${items}]`),
    fc.array(tie('member'), { maxLength: 3 }).map((members) => `{${members}}`),
    // JSON inside a JSON string.
    tie('json').map((text) => JSON.stringify(text)),
  ),
  member: fc.oneof(
    secret,
    fc
      .tuple(
        fc.oneof(fc.constantFrom('__proto__', 'constructor', 'toString', 'id', 'payload', 'data'), unicode),
        tie('json'),
      )
      .map(([key, value]) => `${JSON.stringify(key)}:${value}`),
  ),
}));

/** An object with these members, a few others and a secret. */
const objectOf = (members: object) =>
  fc.tuple(fc.array(json, { maxLength: 2 }), secret).map(([more, held]) => {
    const known = JSON.stringify(members).slice(1, -1);
    return `{${[held, ...more.map((value, n) => `"more${n}":${value}`), ...(known ? [known] : [])]}}`;
  });

/** Entries that can be read, unless their names become too long, and one that cannot. */
const secretText = secret.map((member) => `{${member}}`);
const entry = fc.oneof(
  fc.nat(9).chain((jobId) => objectOf(jobContent({ jobId }))),
  fc.nat(9).chain((n) => objectOf(imageContent({ backupId: `x_${n}` }))),
  secretText.chain((clientName) => objectOf(jobContent({ clientName, policyName: `token=${MARK}` }))),
  secretText.chain((backupId) => objectOf(imageContent({ backupId, clientType: `Authorization: Bearer ${MARK}` }))),
  objectOf({}),
);
const groups = fc
  .array(fc.tuple(fc.constantFrom('JOB', 'JOB', 'IMAGE', 'ODD'), fc.array(entry, { maxLength: 4 }), objectOf({})), {
    ...{ minLength: 1, maxLength: 3 },
  })
  .map((all) => `[${all.map(([object, data, more]) => `{"object":"${object}","data":[${data}],${more.slice(1)}`)}]`);

const message = fc
  .tuple(
    fc.constantFrom('CONNECT', ...Array(5).fill('NOTIFICATION'), 'COMMAND', 'toString'),
    fc.constantFrom(...Array(8).fill('REQUEST'), 'RESPONSE', '__proto__'),
    fc.oneof({ weight: 4, arbitrary: groups }, { weight: 1, arbitrary: json }, { weight: 1, arbitrary: secretText }),
    objectOf({}),
  )
  .map(([type, subType, payload, more]) => {
    const { payload: _, ...envelope } = request(type, [], { subType });
    return `${JSON.stringify(envelope).slice(0, -1)},"payload":${payload},${more.slice(1)}`;
  });

const spelled = fc.constantFrom(
  ...['token=', "'token': '", '\\u0022token\\u0022:\\u0022', 'token%3D', 'Authorization: Bearer ', '"token" : "'],
);
const garbage = fc
  .tuple(fc.string({ unit: anyCharacter }), spelled, fc.string({ unit: anyCharacter }))
  .map(([before, lead, after]) => `${before}${lead}${MARK}${after}`);

const cut = fc.tuple(message, fc.nat()).map(([text, at]) => text.slice(0, at % text.length));

/** A message that is stored whole. Few random messages are. */
const good = JSON.stringify(
  request('NOTIFICATION', [group('JOB', jobContent({ token: MARK }))], { Authorization: MARK }),
);

/** The last 300 characters before the first mark in the text, or undefined if it has none. */
const upToMark = (text: string) => (text.includes(MARK) ? text.split(MARK)[0]?.slice(-300) : undefined);

it('gives any message one known outcome, answers in NBWSS or not at all, and keeps no secret anywhere', async () => {
  const { invoke, send, token, register, posts, lines, everything, facts, tables } = await load();
  await register();
  await send(request('CONNECT', { token }));
  lines.length = 0;
  posts.length = 0;
  const outcomes = new Set<string>();
  const text = fc.oneof(
    { weight: 4, arbitrary: message },
    ...[objectOf({}), json, garbage, cut].map((arbitrary) => ({ weight: 1, arbitrary })),
  );
  // Most messages come on the bound connection. They are spread over several hours, because nbwatch keeps only a
  // hundred put asides in each hour.
  const connectionId = fc.constantFrom('c=', 'c=', 'c=', 'stranger');
  await fc.assert(
    fc.asyncProperty(text, connectionId, fc.nat(9), async (any, connectionId, hours) => {
      const requestTimeEpoch = Date.now() + hours * 3_600_000;
      expect(await invoke(event('$default', any, { connectionId, requestTimeEpoch }))).toEqual(OK);
      const said = lines.splice(0).join('');
      const [line, ...others] = said.trim().split('\n');
      expect(others).toEqual([]);
      const told = JSON.parse(line ?? '');
      expect(Object.keys(COUNTERS)).toContain(told.message);
      const counter = COUNTERS[told.message as keyof typeof COUNTERS] ?? 'AcknowledgementTime';
      expect(told[counter]).toEqual(counter === 'AcknowledgementTime' ? expect.any(Number) : 1);
      outcomes.add(told.message);
      const frames = posts.splice(0).map((post) => post.text);
      for (const frame of frames) {
        const { payload, timeStamp, ...rest } = JSON.parse(frame);
        const type = told.message === 'refused' ? 'CONNECT' : 'NOTIFICATION';
        expect(rest).toEqual({ version: '1.0', id: 'i-1', type, subType: 'RESPONSE' });
        expect([timeStamp, payload]).toEqual([expect.any(Number), type === 'CONNECT' ? { valid: false } : []]);
      }
      for (const trace of [said, ...frames, await everything()]) expect(upToMark(trace)).toBeUndefined();
    }),
    { numRuns: 200, examples: [[good, 'c=', 0]] },
  );
  expect([...outcomes].sort()).toEqual(['put aside', 'put aside, unanswered', 'refused', 'stored', 'stored in part']);

  // No secret gets behind the stream either.
  const projection = createProjection(tables.client, tables, 7);
  const partitions = Map.groupBy(await facts(), ({ pk }) => String(pk));
  for (const [pk, items] of partitions) {
    if (!pk.startsWith('aside#')) await project(projection, pk, new Set(items.map(({ sk }) => sk)));
  }
  const all = await everything();
  expect(all.includes('"intent#')).toBe(true);
  expect(upToMark(all)).toBeUndefined();
});

it('answers any event with 200, logs at most one refusal or silence, and sends no frame', async () => {
  const { invoke, lines, posts } = await load();
  const routes = fc.constantFrom('$connect', '$disconnect', '$default', 'other', 'constructor', '__proto__');
  const types = fc.constantFrom('CONNECT', 'DISCONNECT', 'MESSAGE', 'other', 'constructor', '__proto__');
  const odd = fc.record(
    {
      requestContext: fc.oneof(
        fc.jsonValue(),
        fc.record({ eventType: types }),
        fc.record({ eventType: fc.jsonValue() }),
      ),
      body: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  const routed = fc.tuple(routes, fc.string()).map(([route, text]) => event(route, text));
  await fc.assert(
    fc.asyncProperty(fc.oneof(routed, odd, fc.jsonValue()), async (any) => {
      expect(await invoke(any)).toEqual(OK);
      const said = lines.splice(0).join('').trim().split('\n').filter(Boolean);
      expect(said.length).toBeLessThanOrEqual(1);
      for (const line of said) expect(['silent', 'refused']).toContain(JSON.parse(line).message);
    }),
    { numRuns: 100 },
  );
  expect(posts).toEqual([]);
});
