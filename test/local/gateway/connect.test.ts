import { once } from 'node:events';
import { request } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Invocation } from '../../../local/functions/invocation.ts';
import { startGateway } from '../../../local/gateway/gateway.ts';
import { selfSigned } from '../../support/certificate.ts';
import { connect, failed, never, ok, refusal, start, TIMEOUT_MS } from './harness.ts';

const answering = (statusCode: number): Invocation => ({ ok: true, payload: { statusCode } });

describe('an upgrade', () => {
  it('is accepted after $connect answers 200, and the connection is not open before that', async () => {
    let openDuringConnect: readonly string[] = ['not asked'];
    let postDuringConnect = 0;
    const harness = await start({
      $connect: async ({ requestContext }) => {
        openDuringConnect = harness.gateway.connections();
        postDuringConnect = (await harness.gateway.management.post(requestContext.connectionId, Buffer.from('x')))
          .status;
        return ok;
      },
    });
    const client = await connect(harness);
    const { requestContext } = await harness.events('$connect').next();
    expect(openDuringConnect).toEqual([]);
    expect(postDuringConnect).toBe(410);
    expect(harness.gateway.connections()).toEqual([requestContext.connectionId]);
    expect(client.messages.all).toEqual([]);
  });

  it('is accepted without a $connect route', async () => {
    const harness = await start({ $default: () => ok });
    const client = await connect(harness);
    expect(harness.gateway.connections()).toEqual([client.id]);
  });

  it.each([299, 200])('is accepted when $connect answers %i', async (statusCode) => {
    const harness = await start({ $connect: () => answering(statusCode) });
    await connect(harness);
  });

  it.each([300, 401, 403, 500])('is refused with the status when $connect answers %i', async (statusCode) => {
    const harness = await start({ $connect: () => answering(statusCode), $disconnect: () => ok });
    expect((await refusal(harness.gateway.url)).status).toBe(statusCode);
    expect(harness.gateway.connections()).toEqual([]);
    expect(harness.events('$disconnect').all).toEqual([]);
  });

  it('is refused with 500 when the $connect function fails', async () => {
    const harness = await start({ $connect: () => failed });
    const { status, body } = await refusal(harness.gateway.url);
    const { connectionId, requestId } = (await harness.events('$connect').next()).requestContext;
    expect(status).toBe(500);
    expect(JSON.parse(body)).toEqual({ message: 'Internal server error', connectionId, requestId });
  });

  it.each([undefined, null, 'ok', {}, { statusCode: '200' }, { statusCode: 99 }, { statusCode: 200, isValid: true }])(
    'is refused with 500 when $connect answers %j, which is not a proxy response',
    async (payload) => {
      const harness = await start({ $connect: () => ({ ok: true, payload }) });
      expect((await refusal(harness.gateway.url)).status).toBe(500);
    },
  );

  it('is refused with 504 when $connect takes longer than its integration timeout', async () => {
    const harness = await start({ $connect: () => never });
    const refused = refusal(harness.gateway.url);
    await harness.events('$connect').next();
    harness.clock.advance(TIMEOUT_MS);
    expect((await refused).status).toBe(504);
  });

  it.each(['', '/', '/other', '/live/', '/live/more', '//', '/LIVE'])(
    'is refused with 403 when its path is %j',
    async (path) => {
      const harness = await start({ $connect: () => ok });
      expect((await refusal(`ws://127.0.0.1:${harness.gateway.port}${path}`)).status).toBe(403);
      expect(harness.events('$connect').all).toEqual([]);
    },
  );

  it('is refused with 400 before any function runs when it is not a valid WebSocket handshake', async () => {
    const harness = await start({ $connect: () => ok });
    const socket = connectTcp(harness.gateway.port, '127.0.0.1');
    socket.write('GET /live HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    let answer = '';
    for await (const chunk of socket) answer += chunk;
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(harness.events('$connect').all).toEqual([]);
  });

  it('negotiates neither a subprotocol nor compression', async () => {
    const harness = await start({ $default: () => ok });
    const upgrade = request(harness.gateway.url.replace('ws:', 'http:'), {
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
        'Sec-WebSocket-Protocol': 'nbwss, chat',
        'Sec-WebSocket-Extensions': 'permessage-deflate',
      },
    });
    upgrade.end();
    const [response, socket] = await once(upgrade, 'upgrade');
    expect(Object.keys(response.headers).sort()).toEqual(['connection', 'sec-websocket-accept', 'upgrade']);
    socket.destroy();
  });
});

describe('the event of $connect', () => {
  it('has the shape that API Gateway gives it', async () => {
    const harness = await start({ $connect: () => ok });
    const now = harness.clock.now();
    await connect(harness, { headers: { 'User-Agent': 'test/1' } });
    const event = await harness.events('$connect').next();
    expect(event.requestContext).toEqual({
      routeKey: '$connect',
      eventType: 'CONNECT',
      extendedRequestId: event.requestContext.requestId,
      requestTime: '01/Jan/2026:00:00:00 +0000',
      messageDirection: 'IN',
      stage: 'live',
      connectedAt: now,
      requestTimeEpoch: now,
      identity: { sourceIp: '127.0.0.1', userAgent: 'test/1' },
      requestId: expect.stringMatching(/^[\w-]{15}=$/),
      domainName: 'abc123defg.execute-api.us-east-1.amazonaws.com',
      connectionId: expect.stringMatching(/^[\w-]{15}=$/),
      apiId: 'abc123defg',
    });
    expect(event.isBase64Encoded).toBe(false);
    expect(Object.keys(event).sort()).toEqual(['headers', 'isBase64Encoded', 'multiValueHeaders', 'requestContext']);
    expect(event.headers).toMatchObject({
      Host: 'abc123defg.execute-api.us-east-1.amazonaws.com',
      'User-Agent': 'test/1',
      'X-Forwarded-For': '127.0.0.1',
      'X-Forwarded-Proto': 'https',
    });
    expect(event.multiValueHeaders).toMatchObject({ 'User-Agent': ['test/1'] });
  });

  it('has no user agent when the client sends none', async () => {
    const harness = await start({ $connect: () => ok });
    await connect(harness);
    const event = await harness.events('$connect').next();
    expect(event.requestContext.identity).toEqual({ sourceIp: '127.0.0.1' });
    expect(event.headers).not.toHaveProperty('User-Agent');
  });

  it('carries the query string, with the last of several values where only one fits', async () => {
    const harness = await start({ $connect: () => failed });
    await refusal(`${harness.gateway.url}?a=1&a=2&b=%C3%A9`);
    const event = await harness.events('$connect').next();
    expect(event.queryStringParameters).toEqual({ a: '2', b: 'é' });
    expect(event.multiValueQueryStringParameters).toEqual({ a: ['1', '2'], b: ['é'] });
  });

  it('survives headers named like JavaScript’s own properties (__proto__, constructor)', async () => {
    const harness = await start({ $connect: () => ok });
    await connect(harness, { headers: { ['__proto__']: 'x', constructor: 'y' } });
    const event = await harness.events('$connect').next();
    expect(event.headers).toMatchObject({ constructor: 'y' });
  });
});

it('every connection has its own id, even after an earlier connection has ended', async () => {
  const harness = await start({ $connect: () => ok, $disconnect: () => ok });
  const first = await connect(harness);
  first.socket.close();
  await harness.events('$disconnect').next();
  const second = await connect(harness);
  const third = await connect(harness);
  expect(new Set([first.id, second.id, third.id]).size).toBe(3);
  expect(harness.gateway.connections()).toEqual([second.id, third.id]);
});

it('the gateway does not start with a route selection expression that it does not emulate', async () => {
  const start_ = start({}, { routeSelectionExpression: '$request.header.action' });
  await expect(start_).rejects.toThrow('$request.header.action');
});

it('the gateway does not start on a port that is in use', async () => {
  const { gateway } = await start({});
  await expect(start({}, { port: gateway.port })).rejects.toThrow('EADDRINUSE');
});

it('a client that gives up while $connect runs leaves no connection behind', async () => {
  let answer: (invocation: Invocation) => void = () => undefined;
  const harness = await start({
    $connect: () => new Promise<Invocation>((resolve) => (answer = resolve)),
    $disconnect: () => ok,
  });
  const socket = connectTcp(harness.gateway.port, '127.0.0.1');
  const lines = ['GET /live HTTP/1.1', 'Host: x', 'Connection: Upgrade', 'Upgrade: websocket'];
  lines.push('Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==');
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  await harness.events('$connect').next();
  socket.end();
  answer(ok);
  const { requestContext } = await harness.events('$disconnect').next();
  expect(requestContext.disconnectStatusCode).toBe(1006);
  expect(harness.gateway.connections()).toEqual([]);
  socket.destroy();
});

describe('with a certificate', () => {
  const tls = selfSigned();

  it('the gateway speaks wss', async () => {
    const harness = await start({ $default: () => ok }, { tls });
    expect(harness.gateway.url).toBe(`wss://127.0.0.1:${harness.gateway.port}/live`);
    const { socket } = await connect(harness, { rejectUnauthorized: false });
    socket.send('over TLS');
    expect((await harness.events('$default').next()).body).toBe('over TLS');
  });

  it('the gateway closes the connection with 1009 over wss too when a frame is too large', async () => {
    const harness = await start({ $default: () => ok }, { tls });
    const client = await connect(harness, { rejectUnauthorized: false });
    client.socket.send('a'.repeat(1_000_000));
    expect((await client.closed).code).toBe(1009);
  });
});

it('closing the gateway cuts its connections without invoking $disconnect, and frees its port', async () => {
  const harness = await start({ $connect: () => ok, $default: () => never, $disconnect: () => ok });
  const client = await connect(harness);
  client.socket.send('{}');
  await harness.events('$default').next();
  await harness.gateway.close();
  expect((await client.closed).code).toBe(1006);
  expect(harness.gateway.connections()).toEqual([]);
  expect(await harness.gateway.management.post(client.id, Buffer.from('x'))).toMatchObject({ status: 410 });
  // The port is free again, so `close` has finished.
  await startGateway({
    apiId: 'x',
    stage: 'y',
    routes: new Map(),
    routeSelectionExpression: '$request.body.action',
    invoke: async () => ok,
    clock: harness.clock,
    port: harness.gateway.port,
  }).then((gateway) => gateway.close());
  expect(harness.events('$disconnect').all).toEqual([]);
});
