import { once } from 'node:events';
import { createServer } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createEndpoints } from '../../../functions/registry/endpoints.ts';
import { newToken } from '../../../functions/registry/token.ts';
import { REGION } from '../../../local/environment.ts';
import { allItems, imageContent, jobContent, testTables } from '../support.ts';
import { group, request } from './ports.ts';

const OK = { statusCode: 200 };

/** The `@connections` endpoint: what was posted to which connection, and what was disconnected; 410 for the connection `gone`. */
async function connections() {
  const posts: { connectionId: string; text: string }[] = [];
  const disconnected: string[] = [];
  const server = createServer(async (call, answer) => {
    const connectionId = decodeURIComponent(call.url?.split('/').at(-1) ?? '');
    const text = (await Array.fromAsync(call)).join('');
    if (connectionId === 'gone') answer.writeHead(410, { 'x-amzn-errortype': 'GoneException' });
    else if (call.method === 'POST') posts.push({ connectionId, text });
    else disconnected.push(connectionId);
    answer.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  return { url: `http://127.0.0.1:${port}/production`, posts, disconnected };
}

/** What the function prints while the test runs. */
function printed(): string[] {
  const lines: string[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    const spy = vi.spyOn(stream, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
    onTestFinished(() => spy.mockRestore());
  }
  return lines;
}

/** A fresh module of the handler, as Lambda loads it, with the environment that the stack sets. */
async function load(other: Record<string, string | undefined> = {}) {
  const tables = await testTables();
  const gateway = await connections();
  const lines = printed();
  const environment = {
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: tables.accessKeyId,
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_DYNAMODB: tables.url,
    AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: gateway.url,
    LEDGER_TABLE: tables.ledger,
    REGISTRY_TABLE: tables.registry,
    DEADLINE_MS: '15000',
    ACKNOWLEDGEMENT_PAYLOAD: 'array',
    ALLOWED_CIDRS: 'all',
    JOB_FACT_DAYS: '400',
    IMAGE_FACT_DAYS: 'forever',
    ...other,
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  vi.resetModules();
  const { handler } = await import('../../../functions/ingest/handler.ts');
  const invoke = (event: unknown): Promise<unknown> => Reflect.apply(handler, undefined, [event, {}]);
  const event = (routeKey: string, body?: unknown, other: object = {}) => ({
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    isBase64Encoded: false,
    requestContext: {
      ...{
        routeKey,
        connectionId: 'c=',
        requestId: 'r-1',
        requestTimeEpoch: Date.now(),
        identity: { sourceIp: '::1' },
      },
      ...other,
    },
  });
  const token = newToken();
  const register = async () => {
    const demo = { endpoint: 'demo', primary: 'demo', group: 'demo', priority: 1 };
    await createEndpoints(tables.client, tables.registry).create(demo, 1, token);
  };
  return {
    ...gateway,
    token,
    register,
    lines,
    invoke,
    event,
    send: (message: unknown, other?: object) => invoke(event('$default', message, other)),
    facts: () => allItems(tables.client, tables.ledger),
    registry: () => allItems(tables.client, tables.registry),
    everything: async () =>
      JSON.stringify(
        await Promise.all([tables.ledger, tables.registry].map((table) => allItems(tables.client, table))),
      ),
  };
}

const payload = (text = '{}') => JSON.parse(text).payload;

describe('a warm function', () => {
  it('accepts a primary, stores what it sends, and changes nothing when that is sent again', async () => {
    const { invoke, event, send, token, register, posts, facts, registry, disconnected } = await load();
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

  it('forgets a stranger: its second connection is accepted once it is registered', async () => {
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

  it('ends in the same answer when the connection is gone: what was stored stays stored', async () => {
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
    expect(logged.map(({ message, level, requestId }) => [message, level, requestId])).toEqual([
      ['accepted', 'INFO', 'r-1'],
      ['stored', 'INFO', 'r-7'],
    ]);
  });
});

describe('nothing escapes the handler', () => {
  const message = request('NOTIFICATION', [group('JOB', jobContent())]);

  it.each([
    ['a table without a name', { LEDGER_TABLE: '' }],
    ['no deadline', { DEADLINE_MS: undefined }],
    ['a deadline that is no number', { DEADLINE_MS: 'soon' }],
    ['no answer that NBWSS knows', { ACKNOWLEDGEMENT_PAYLOAD: 'string' }],
    ['no region', { AWS_REGION: undefined }],
  ])('when its environment has %s: silence, and a log', async (_, wrong) => {
    const { send, invoke, event, posts, lines } = await load({ ...wrong, AWS_SDK_LOAD_CONFIG: undefined });
    expect(await send(message)).toEqual(OK);
    expect(await invoke(event('$disconnect'))).toEqual(OK);
    expect(posts).toEqual([]);
    expect(lines.join('')).toContain('"message":"silent"');
  });

  it.each([
    ['the database is gone', { AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:9' }],
    ['a table is gone', { REGISTRY_TABLE: 'Nowhere' }],
    ['the deadline has passed', { DEADLINE_MS: '0' }],
  ])('when %s: silence, and a log', async (_, wrong) => {
    const { send, invoke, event, posts, lines, token } = await load(wrong);
    expect(await send(request('CONNECT', { token }))).toEqual(OK);
    expect(await send(message)).toEqual(OK);
    expect(await invoke(event('$disconnect'))).toEqual(OK);
    expect(posts).toEqual([]);
    expect(lines.join('')).toContain('"message":"silent"');
    expect(lines.join('')).not.toContain(token);
  });

  it('when the way back to the primary fails: stored, and silent', async () => {
    const { send, token, register, facts, lines } = await load({
      AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: 'http://127.0.0.1:9',
    });
    await register();
    expect(await send(request('CONNECT', { token }))).toEqual(OK);
    expect(await send(message)).toEqual(OK);
    expect(await facts()).toHaveLength(1);
    expect(lines.join('')).not.toContain('"message":"stored"');
  });

  it('for any event and any text, and what is sent is well-formed NBWSS', async () => {
    const { invoke, event, send, token, register, posts } = await load();
    await register();
    await send(request('CONNECT', { token }));
    const routes = fc.constantFrom('$connect', '$disconnect', '$default', 'other', 'constructor', '__proto__');
    const body = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.jsonValue().map((any) => JSON.stringify(request('NOTIFICATION', any))),
    );
    // Only another connection is opened and closed: the one that is bound stays it, so that what it says is answered.
    const known = fc
      .tuple(routes, body)
      .map(([route, text]) => event(route, text, route === '$default' ? {} : { connectionId: 'other' }));
    const spoken = fc.jsonValue().map((any) => event('$default', JSON.stringify(request('NOTIFICATION', any))));
    const odd = fc.record(
      {
        requestContext: fc.oneof(
          fc.jsonValue(),
          fc.record({ routeKey: routes }),
          fc.record({ routeKey: fc.jsonValue() }),
        ),
        body: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(known, spoken, odd, fc.jsonValue()), async (any) => {
        expect(await invoke(any)).toEqual(OK);
      }),
      { numRuns: 150, examples: [[event('$default', JSON.stringify(message))]] },
    );
    for (const { text } of posts) {
      expect(JSON.parse(text)).toMatchObject({ version: '1.0', subType: 'RESPONSE', timeStamp: expect.any(Number) });
      expect(Object.keys(JSON.parse(text))).toHaveLength(6);
    }
    expect(posts.length).toBeGreaterThan(1);
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
