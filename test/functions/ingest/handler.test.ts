import { describe, expect, it } from 'vitest';
import { canaryTokenItem } from '../../../functions/registry/canary.ts';
import { newToken, tokenHash } from '../../../functions/registry/token.ts';
import { putIfAbsent } from '../../../functions/store/items.ts';
import { imageContent, jobContent } from '../support.ts';
import { event, load, OK } from './loaded.ts';
import { group, request } from './ports.ts';

const payload = (text = '{}') => JSON.parse(text).payload;

describe('a warm function', () => {
  it('accepts a primary server, stores its notification, and changes nothing when it comes again', async () => {
    const { invoke, send, token, register, posts, facts, registry, disconnected } = await load();
    await register();
    const message = request('NOTIFICATION', [group('JOB', jobContent()), group('IMAGE', imageContent())]);
    expect(await invoke(event('$connect'))).toEqual(OK);
    expect(await send(request('CONNECT', { token }))).toEqual(OK);
    expect(await send(message)).toEqual(OK);
    const stored = await facts();
    expect(stored.map(({ pk }) => pk)).toEqual(['image#demo#localhost_1458601200', 'job#demo#148']);
    expect(stored.map(({ expiresAt }) => typeof expiresAt)).toEqual(['undefined', 'number']);
    expect(await send({ ...message, id: 'i-2' }, { requestId: 'r-2' })).toEqual(OK);
    expect(await facts()).toEqual(stored);
    expect(posts.map(({ connectionId, text }) => [connectionId, JSON.parse(text).id, payload(text)])).toEqual([
      ['c=', 'i-1', { valid: true }],
      ['c=', 'i-1', []],
      ['c=', 'i-2', []],
    ]);
    expect(await invoke(event('$disconnect'))).toEqual(OK);
    expect(disconnected).toEqual([]);
    expect(await registry()).toContainEqual(
      expect.objectContaining({ connectionId: 'c=', sourceIp: '::1', closedAt: expect.any(Number) }),
    );
  });

  it('does not remember a refusal: once the endpoint is registered, its next connection is accepted', async () => {
    const { send, token, register, posts, disconnected, facts } = await load();
    await send(request('CONNECT', { token }));
    expect(payload(posts[0]?.text)).toEqual({ valid: false });
    expect(disconnected).toEqual(['c=']);
    await register();
    await send(request('CONNECT', { token }), { connectionId: 'd=' });
    await send(request('NOTIFICATION', [group('JOB', jobContent())]), { connectionId: 'd=' });
    await send(request('NOTIFICATION', [group('JOB', jobContent({ jobId: 1 }))]));
    expect(posts.slice(1).map(({ connectionId, text }) => [connectionId, payload(text)])).toEqual([
      ['d=', { valid: true }],
      ['d=', []],
    ]);
    expect(disconnected).toEqual(['c=', 'c=']);
    expect(await facts()).toHaveLength(1);
  });

  it.each(['$connect', '$disconnect'])(
    'treats an event of type MESSAGE as a message, even if its route is %s',
    async (type) => {
      const { invoke, send, token, register, registry, facts } = await load();
      await register();
      await send(request('CONNECT', { token }));
      expect(await invoke(event(type, { type, id: 'i-9' }, { eventType: 'MESSAGE' }))).toEqual(OK);
      expect((await facts()).map(({ pk }) => String(pk))).toEqual([expect.stringMatching(/^aside#demo#/)]);
      for (const item of await registry()) expect(item).not.toHaveProperty('closedAt');
    },
  );

  it('returns 200 and keeps what it stored when the connection is gone', async () => {
    const { send, token, register, posts, facts, lines } = await load();
    await register();
    const gone = { connectionId: 'gone' };
    expect(await send(request('CONNECT', { token }), gone)).toEqual(OK);
    expect(await send(request('NOTIFICATION', [group('JOB', jobContent())]), gone)).toEqual(OK);
    expect(posts).toEqual([]);
    expect(await facts()).toHaveLength(1);
    expect(lines.join('')).toContain('"answered":false');
  });

  it('logs each outcome once, with its correlation id', async () => {
    const { send, token, register, lines } = await load();
    await register();
    await send(request('CONNECT', { token }));
    await send(request('NOTIFICATION', [group('JOB', jobContent())]), { requestId: 'r-7' });
    const logged = lines
      .join('')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    // A line without a level counts as information.
    expect(logged.map(({ message, level, requestId }) => [message, level, requestId])).toEqual([
      ['accepted', undefined, 'r-1'],
      ['stored', undefined, 'r-7'],
    ]);
  });
});

it('lets an address outside the allowed ranges connect with a canary token only', async () => {
  const { invoke, token, register, tables } = await load({ ALLOWED_CIDRS: '192.0.2.0/24' });
  await register();
  const canary = newToken();
  await putIfAbsent(tables.client, tables.registry, canaryTokenItem(tokenHash(canary), Date.now()));
  const connect = async (query?: object) => {
    const answer = await invoke({ ...event('$connect'), ...(query && { queryStringParameters: query }) });
    return Reflect.get(Object(answer), 'statusCode');
  };
  expect(await connect()).toBe(403);
  expect(await connect({ canary: token })).toBe(403);
  expect(await connect({ token: canary })).toBe(403);
  expect(await connect({ canary })).toBe(200);
});

describe('a failure stays inside the handler', () => {
  const message = request('NOTIFICATION', [group('JOB', jobContent())]);

  it.each([
    ['a table without a name', { LEDGER_TABLE: '' }],
    ['no deadline', { DEADLINE_MS: undefined }],
    ['a deadline that is no number', { DEADLINE_MS: 'soon' }],
    ['an acknowledgement payload that NBWSS does not know', { ACKNOWLEDGEMENT_PAYLOAD: 'string' }],
    ['no region', { AWS_REGION: undefined }],
  ])('stays silent and logs it when its environment has %s', async (_, wrong) => {
    const { send, invoke, posts, lines } = await load({ ...wrong, AWS_SDK_LOAD_CONFIG: undefined });
    expect(await send(message)).toEqual(OK);
    expect(await invoke(event('$disconnect'))).toEqual(OK);
    expect(posts).toEqual([]);
    expect(lines.join('')).toContain('"message":"silent"');
  });

  it.each([
    ['the database is gone', { AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:9' }],
    ['a table is gone', { REGISTRY_TABLE: 'Nowhere' }],
    ['the deadline has passed', { DEADLINE_MS: '0' }],
  ])('stays silent and logs it when %s', async (_, wrong) => {
    const { send, invoke, posts, lines, token } = await load(wrong);
    expect(await send(request('CONNECT', { token }))).toEqual(OK);
    expect(await send(message)).toEqual(OK);
    expect(await invoke(event('$disconnect'))).toEqual(OK);
    expect(posts).toEqual([]);
    expect(lines.join('')).toContain('"message":"silent"');
    expect(lines.join('')).not.toContain(token);
  });

  it('stores the notification but does not log it as stored when it cannot reach the connection', async () => {
    const { send, token, register, facts, lines } = await load({
      AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: 'http://127.0.0.1:9',
    });
    await register();
    expect(await send(request('CONNECT', { token }))).toEqual(OK);
    expect(await send(message)).toEqual(OK);
    expect(await facts()).toHaveLength(1);
    expect(lines.join('')).not.toContain('"message":"stored"');
  });
});

describe('a token', () => {
  it('is in no log, no table and no frame, whatever message carries it', async () => {
    const { send, token, register, posts, lines, everything } = await load();
    await register();
    const wrong = newToken();
    const messages = (secret: string) => [
      request('CONNECT', { token: secret }),
      request('CONNECT', { token: [secret] }),
      request('NOTIFICATION', [
        group(
          'JOB',
          jobContent({ token: secret, more: [{ Authorization: secret, text: JSON.stringify({ token: secret }) }] }),
        ),
      ]),
      request('COMMAND', { headers: { Authorization: secret }, parameters: JSON.stringify({ token: secret }) }),
      request('NOTIFICATION', { token: secret }),
      request('NOTIFICATION', [group('JOB', { token: secret })]),
      JSON.stringify(request('CONNECT', { token: secret })).slice(0, -3),
      { token: secret },
    ];
    for (const message of [...messages(token), ...messages(wrong)]) await send(message);
    expect(posts.length).toBeGreaterThan(3);
    for (const secret of [token, wrong]) {
      expect(lines.join('')).not.toContain(secret);
      expect(await everything()).not.toContain(secret);
      expect(JSON.stringify(posts)).not.toContain(secret);
    }
  });
});

it('refuses an address outside the allowed ranges while its canary token cannot be looked up', async () => {
  const { invoke } = await load({ ALLOWED_CIDRS: '192.0.2.0/24', AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:9' });
  const answer = await invoke({ ...event('$connect'), queryStringParameters: { canary: 'x' } } as never);
  expect(Reflect.get(Object(answer), 'statusCode')).toBe(403);
});
