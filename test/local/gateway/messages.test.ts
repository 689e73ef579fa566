import { describe, expect, it } from 'vitest';
import type { Invocation } from '../../../local/functions/invocation.ts';
import { connect, failed, never, ok, start, TIMEOUT_MS } from './harness.ts';

describe('a message', () => {
  const routes = { $connect: () => ok, $default: () => ok, $disconnect: () => ok, save: () => ok, '7': () => ok };

  it.each([
    ['{"action":"save"}', 'save'],
    ['{"action":7}', '7'],
    ['{"action":"other"}', '$default'],
    ['{"action":{"save":1}}', '$default'],
    ['{"action":null}', '$default'],
    ['{"type":"save"}', '$default'],
    ['["save"]', '$default'],
    ['null', '$default'],
    ['save', '$default'],
    ['', '$default'],
    ['{"action":"$disconnect"}', '$default'],
    ['{"action":"$connect"}', '$default'],
    ['{"action":"$default"}', '$default'],
  ])('%s goes to the route %s', async (body, routeKey) => {
    const harness = await start(routes);
    const client = await connect(harness);
    client.socket.send(body);
    const event = await harness.events(routeKey).next();
    expect(event.body).toBe(body);
    expect(event.requestContext.routeKey).toBe(routeKey);
  });

  it.each(['$request.body.to.do', `$${'{request.body.to.do}'}`])(
    'is routed by the path in the expression %s',
    async (expression) => {
      const harness = await start(routes, { routeSelectionExpression: expression });
      const client = await connect(harness);
      client.socket.send('{"to":{"do":"save"}}');
      expect((await harness.events('save').next()).requestContext.routeKey).toBe('save');
    },
  );

  it('is answered with Forbidden when no route matches and there is no $default', async () => {
    const harness = await start({ save: () => ok });
    const client = await connect(harness);
    client.socket.send('{"action":"load"}');
    expect(JSON.parse(await client.messages.next())).toEqual({
      message: 'Forbidden',
      connectionId: client.id,
      requestId: expect.stringMatching(/^[\w-]{15}=$/),
    });
    expect(harness.events('save').all).toEqual([]);
  });

  it('makes an event of API Gateway’s shape', async () => {
    const harness = await start(routes);
    const connectedAt = harness.clock.now();
    const client = await connect(harness, { headers: { 'User-Agent': 'test/1' } });
    harness.clock.advance(61_001);
    client.socket.send('{"a":1}');
    const event = await harness.events('$default').next();
    expect(event).toEqual({
      requestContext: {
        routeKey: '$default',
        messageId: expect.stringMatching(/^[\w-]{15}=$/),
        eventType: 'MESSAGE',
        extendedRequestId: event.requestContext.requestId,
        requestTime: '01/Jan/2026:00:01:01 +0000',
        messageDirection: 'IN',
        stage: 'live',
        connectedAt,
        requestTimeEpoch: connectedAt + 61_001,
        identity: { sourceIp: '127.0.0.1', userAgent: 'test/1' },
        requestId: expect.stringMatching(/^[\w-]{15}=$/),
        domainName: 'abc123defg.execute-api.us-east-1.amazonaws.com',
        connectionId: client.id,
        apiId: 'abc123defg',
      },
      body: '{"a":1}',
      isBase64Encoded: false,
    });
  });

  it('does not wait for the message before it', async () => {
    let finishFirst: (invocation: Invocation) => void = () => undefined;
    const first = new Promise<Invocation>((resolve) => {
      finishFirst = resolve;
    });
    const harness = await start({ $default: ({ body }) => (body === 'first' ? first : failed) });
    const client = await connect(harness);
    client.socket.send('first');
    client.socket.send('second');
    const [one, two] = [await harness.events('$default').next(), await harness.events('$default').next()];
    expect([one.body, two.body]).toEqual(['first', 'second']);
    expect(JSON.parse(await client.messages.next()).requestId).toBe(two.requestContext.requestId);
    finishFirst(failed);
    expect(JSON.parse(await client.messages.next()).requestId).toBe(one.requestContext.requestId);
  });
});

describe('a function on a one-way route', () => {
  it('sends nothing when it succeeds, whatever its response says', async () => {
    const harness = await start({
      $default: ({ body }) =>
        body === 'marker' ? failed : { ok: true, payload: { statusCode: Number(body), body: 'not sent' } },
    });
    const client = await connect(harness);
    for (const message of ['200', '500', 'marker']) {
      client.socket.send(message);
      await harness.events('$default').next();
    }
    await client.messages.next();
    expect(harness.frames.map(({ direction }) => direction)).toEqual(['in', 'in', 'in', 'out']);
  });

  it.each(['handler', 'timeout', 'init', 'crash', 'killed', 'throttled'] as const)(
    'makes the gateway send its own frame when it fails (%s)',
    async (kind) => {
      const harness = await start({ $default: () => ({ ok: false, failure: { kind, message: 'no' } }) });
      const client = await connect(harness);
      client.socket.send('{}');
      const { connectionId, requestId } = (await harness.events('$default').next()).requestContext;
      const text = `{"message": "Internal server error", "connectionId":"${connectionId}", "requestId":"${requestId}"}`;
      expect(await client.messages.next()).toBe(text);
      expect(harness.frames.at(-1)).toEqual({ connectionId, direction: 'out', madeByGateway: true, data: text });
    },
  );

  it.each([null, 'ok', {}, { statusCode: 200, data: 'ok' }])(
    'makes the gateway send its own frame when it returns %j, which is not a proxy response',
    async (payload) => {
      const harness = await start({ $default: () => ({ ok: true, payload }) });
      const client = await connect(harness);
      client.socket.send('{}');
      expect(JSON.parse(await client.messages.next()).message).toBe('Internal server error');
    },
  );

  it('is reported once when it exceeds the integration timeout, and its late answer is dropped', async () => {
    let answer: (invocation: Invocation) => void = () => undefined;
    const slow = new Promise<Invocation>((resolve) => {
      answer = resolve;
    });
    const harness = await start({ $default: ({ body }) => (body === 'slow' ? slow : failed) });
    const client = await connect(harness);
    client.socket.send('slow');
    const { connectionId, requestId } = (await harness.events('$default').next()).requestContext;
    harness.clock.advance(TIMEOUT_MS);
    expect(JSON.parse(await client.messages.next())).toEqual({
      message: 'Endpoint request timed out',
      connectionId,
      requestId,
    });
    answer(failed);
    client.socket.send('marker');
    const marker = await harness.events('$default').next();
    expect(JSON.parse(await client.messages.next()).requestId).toBe(marker.requestContext.requestId);
  });

  it('is not reported when it is one millisecond faster than the integration timeout', async () => {
    let answer: (invocation: Invocation) => void = () => undefined;
    const slow = new Promise<Invocation>((resolve) => {
      answer = resolve;
    });
    const harness = await start({ $default: ({ body }) => (body === 'slow' ? slow : failed) });
    const client = await connect(harness);
    client.socket.send('slow');
    await harness.events('$default').next();
    harness.clock.advance(TIMEOUT_MS - 1);
    answer(ok);
    await client.pinged();
    harness.clock.advance(1);
    client.socket.send('marker');
    await client.messages.next();
    expect(client.messages.all).toHaveLength(1);
    expect(client.messages.all[0]).toContain('Internal server error');
  });

  it('sends nothing when it fails after its client is gone, and the gateway still serves other clients', async () => {
    let answer: (invocation: Invocation) => void = () => undefined;
    const slow = new Promise<Invocation>((resolve) => {
      answer = resolve;
    });
    const harness = await start({ $default: () => slow, $disconnect: () => ok });
    const client = await connect(harness);
    client.socket.send('slow');
    await harness.events('$default').next();
    client.socket.terminate();
    await harness.events('$disconnect').next();
    answer(failed);
    await connect(harness).then((other) => other.pinged());
    expect(harness.frames.filter(({ direction }) => direction === 'out')).toEqual([]);
  });

  it('affects only its own client when it times out', async () => {
    const harness = await start({ $default: () => never });
    const [a, b] = [await connect(harness), await connect(harness)];
    a.socket.send('{}');
    const event = await harness.events('$default').next();
    expect(event.requestContext.connectionId).not.toBe(b.id);
    harness.clock.advance(TIMEOUT_MS);
    await a.messages.next();
    await b.pinged();
    expect(b.messages.all).toEqual([]);
  });
});
