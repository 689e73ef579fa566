import { describe, expect, it } from 'vitest';
import { type Clock, manualClock } from '../../../local/clock.ts';
import { IDLE_MS, LIFE_MS } from '../../../local/gateway/limits.ts';
import { type Client, connect, connectRaw, frame, type Harness, never, ok, start, TIMEOUT_MS } from './harness.ts';

const routes = { $default: () => ok, $disconnect: () => ok };
const GOING_AWAY = { code: 1001, reason: 'Going away' };

/** Sends a message and waits until its function has answered, so that no integration timeout is still pending. */
async function message(harness: Harness, client: Client) {
  client.socket.send('{}');
  await harness.events('$default').next();
  await client.pinged();
}

async function expectStillOpen(harness: Harness, client: Client) {
  await client.pinged();
  expect(harness.gateway.connections()).toEqual([client.id]);
}

describe('an idle connection', () => {
  it('is closed with 1001 (going away) after 10 minutes, and not one millisecond earlier', async () => {
    const harness = await start(routes);
    const client = await connect(harness);
    harness.clock.advance(IDLE_MS - 1);
    await expectStillOpen(harness, client);
    harness.clock.advance(1);
    expect(await client.closed).toEqual(GOING_AWAY);
  });

  it('restarts its idle time when the client sends a message', async () => {
    const harness = await start(routes);
    const client = await connect(harness);
    harness.clock.advance(IDLE_MS - 1);
    await message(harness, client);
    harness.clock.advance(IDLE_MS - 1);
    await expectStillOpen(harness, client);
    harness.clock.advance(1);
    expect(await client.closed).toEqual(GOING_AWAY);
  });

  it('restarts its idle time when a message is sent to the client', async () => {
    const harness = await start(routes);
    const client = await connect(harness);
    harness.clock.advance(IDLE_MS - 1);
    await harness.gateway.management.post(client.id, Buffer.from('hello'));
    harness.clock.advance(IDLE_MS - 1);
    await expectStillOpen(harness, client);
    harness.clock.advance(1);
    expect(await client.closed).toEqual(GOING_AWAY);
  });

  it('is not kept open by pings', async () => {
    const harness = await start(routes);
    const client = await connect(harness);
    harness.clock.advance(IDLE_MS - 1);
    await client.pinged();
    harness.clock.advance(1);
    expect(await client.closed).toEqual(GOING_AWAY);
  });

  it('is kept open by pings when pingsResetIdle is set', async () => {
    const harness = await start(routes, { pingsResetIdle: true });
    const client = await connect(harness);
    harness.clock.advance(IDLE_MS - 1);
    await client.pinged();
    harness.clock.advance(IDLE_MS - 1);
    expect(harness.gateway.connections()).toEqual([client.id]);
    harness.clock.advance(1);
    expect(await client.closed).toEqual(GOING_AWAY);
  });
});

it('a connection in use is closed with 1001 (going away) after 2 hours, and not one millisecond earlier', async () => {
  const harness = await start(routes);
  const client = await connect(harness);
  for (let passed = 0; passed < LIFE_MS - 300_000; passed += 300_000) {
    harness.clock.advance(300_000);
    await message(harness, client);
  }
  harness.clock.advance(299_999);
  await expectStillOpen(harness, client);
  harness.clock.advance(1);
  expect(await client.closed).toEqual(GOING_AWAY);
  const { requestContext } = await harness.events('$disconnect').next();
  expect(requestContext).toMatchObject({ disconnectStatusCode: 1001, disconnectReason: 'Going away' });
});

describe('$disconnect', () => {
  it('gets an event of API Gateway’s shape, with the close code and reason of the client', async () => {
    const harness = await start(routes);
    const connectedAt = harness.clock.now();
    const client = await connect(harness, { headers: { 'User-Agent': 'test/1' } });
    harness.clock.advance(5);
    client.socket.close(4001, 'had enough');
    const event = await harness.events('$disconnect').next();
    const Host = 'abc123defg.execute-api.us-east-1.amazonaws.com';
    expect(event).toEqual({
      headers: { Host, 'x-api-key': '', 'X-Forwarded-For': '', 'x-restapi': '' },
      multiValueHeaders: { Host: [Host], 'x-api-key': [''], 'X-Forwarded-For': [''], 'x-restapi': [''] },
      requestContext: {
        routeKey: '$disconnect',
        disconnectStatusCode: 4001,
        eventType: 'DISCONNECT',
        extendedRequestId: event.requestContext.requestId,
        requestTime: '01/Jan/2026:00:00:00 +0000',
        messageDirection: 'IN',
        disconnectReason: 'had enough',
        stage: 'live',
        connectedAt,
        requestTimeEpoch: connectedAt + 5,
        identity: { sourceIp: '127.0.0.1', userAgent: 'test/1' },
        requestId: expect.stringMatching(/^[\w-]{15}=$/),
        domainName: Host,
        connectionId: client.id,
        apiId: 'abc123defg',
      },
      isBase64Encoded: false,
    });
    expect(harness.gateway.connections()).toEqual([]);
    expect((await client.closed).code).toBe(4001);
  });

  it('gets 1005 when the client’s close frame has no code', async () => {
    const harness = await start(routes);
    const client = await connect(harness);
    client.socket.close();
    const { requestContext } = await harness.events('$disconnect').next();
    expect(requestContext).toMatchObject({
      disconnectStatusCode: 1005,
      disconnectReason: 'Client-side close frame status not set',
    });
  });

  it('gets 1006 when the client goes away without a close frame', async () => {
    const harness = await start(routes);
    const client = await connect(harness);
    client.socket.terminate();
    const { requestContext } = await harness.events('$disconnect').next();
    expect(requestContext).toMatchObject({ disconnectStatusCode: 1006, disconnectReason: '' });
  });

  it('is invoked once when both sides close at the same time', async () => {
    const harness = await start(routes);
    const client = await connect(harness);
    client.socket.close(4001);
    harness.gateway.management.delete(client.id);
    await client.closed;
    const other = await connect(harness);
    other.socket.close(4002);
    await harness.events('$disconnect').next();
    await harness.events('$disconnect').next();
    const told = harness.events('$disconnect').all.map(({ requestContext }) => requestContext.connectionId);
    expect(told).toEqual([client.id, other.id]);
  });

  it('does not wait for a client that ignores the close frame', async () => {
    const harness = await start(routes);
    await connectRaw(harness);
    harness.clock.advance(IDLE_MS);
    const { requestContext } = await harness.events('$disconnect').next();
    expect(requestContext.disconnectStatusCode).toBe(1001);
    expect(harness.gateway.connections()).toEqual([]);
  });

  it('does not keep the next client from being served when it hangs or does not exist', async () => {
    for (const harness of [await start({ ...routes, $disconnect: () => never }), await start({ $default: () => ok })]) {
      const client = await connect(harness);
      client.socket.close();
      await client.closed;
      harness.clock.advance(TIMEOUT_MS);
      await message(harness, await connect(harness));
    }
  });
});

it('a message that arrives after the gateway closed the connection runs no function', async () => {
  const harness = await start(routes);
  const client = await connectRaw(harness);
  harness.clock.advance(IDLE_MS);
  const close = Buffer.concat([Buffer.from([1001 >> 8, 1001 & 0xff]), Buffer.from('Going away')]);
  client.socket.write(Buffer.concat([frame(1, 'late'), frame(8, close)]));
  expect(await client.rest()).toEqual(Buffer.concat([Buffer.from([0x88, close.length]), close]));
  expect(harness.events('$default').all).toEqual([]);
});

it('a connection that has ended leaves no timer behind on the clock', async () => {
  const clock = manualClock();
  let waiting = 0;
  const counting: Clock = {
    now: clock.now,
    after(ms, callback) {
      let isWaiting = true;
      const settle = () => {
        if (isWaiting) waiting--;
        isWaiting = false;
      };
      waiting++;
      const cancel = clock.after(ms, () => {
        settle();
        callback();
      });
      return () => {
        settle();
        cancel();
      };
    },
  };
  const harness = await start({ $connect: () => ok, ...routes }, { clock: counting });
  const client = await connect(harness);
  await message(harness, client);
  expect(waiting).toBe(2);
  client.socket.close();
  await harness.events('$disconnect').next();
  await client.closed;
  await connect(harness);
  expect(waiting).toBe(2);
});
