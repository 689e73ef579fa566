import { describe, expect, it } from 'vitest';
import { MAX_FRAME_BYTES, MAX_MESSAGE_BYTES } from '../../../local/gateway/limits.ts';
import { connect, connectRaw, ok, start } from './harness.ts';

const routes = { $default: () => ok, $disconnect: () => ok };
const GONE = { status: 410, errorType: 'GoneException' };

/** The frames that a server sent: opcode, whether it is the last of its message, and payload size in bytes. */
function readFrames(bytes: Buffer) {
  const frames: { opcode: number; fin: boolean; bytes: number }[] = [];
  for (let at = 0; at < bytes.length; ) {
    const short = bytes.readUInt8(at + 1);
    const [header, length] =
      short < 126
        ? [2, short]
        : short === 126
          ? [4, bytes.readUInt16BE(at + 2)]
          : [10, Number(bytes.readBigUInt64BE(at + 2))];
    frames.push({ opcode: bytes.readUInt8(at) & 0x0f, fin: bytes.readUInt8(at) > 0x7f, bytes: length });
    at += header + length;
  }
  return frames;
}

describe('POST', () => {
  it('sends the text unchanged to its client only, and reports the frame to onFrame', async () => {
    const harness = await start(routes);
    const [client, other] = [await connect(harness), await connect(harness)];
    const [id] = harness.gateway.connections();
    expect(await harness.gateway.management.post(id ?? '', Buffer.from('{"é": 1}'))).toEqual({ status: 200 });
    expect(await client.messages.next()).toBe('{"é": 1}');
    await other.pinged();
    expect(other.messages.all).toEqual([]);
    expect(harness.frames).toEqual([{ connectionId: id, direction: 'out', madeByGateway: false, data: '{"é": 1}' }]);
  });

  it('sends 128 KB as one message', async () => {
    const harness = await start(routes);
    const client = await connect(harness);
    const text = 'a'.repeat(MAX_MESSAGE_BYTES);
    expect(await harness.gateway.management.post(client.id, Buffer.from(text))).toEqual({ status: 200 });
    expect(await client.messages.next()).toBe(text);
  });

  it('refuses one byte over 128 KB with 413 and sends nothing', async () => {
    const harness = await start(routes);
    const client = await connect(harness);
    const tooLarge = Buffer.alloc(MAX_MESSAGE_BYTES + 1, 'a');
    expect(await harness.gateway.management.post(client.id, tooLarge)).toMatchObject({
      status: 413,
      errorType: 'PayloadTooLargeException',
    });
    await client.pinged();
    expect(client.messages.all).toEqual([]);
    expect(harness.frames).toEqual([]);
  });

  it.each([
    [0, [0]],
    [MAX_FRAME_BYTES, [MAX_FRAME_BYTES]],
    [MAX_FRAME_BYTES + 1, [MAX_FRAME_BYTES, 1]],
    [MAX_MESSAGE_BYTES, Array(4).fill(MAX_FRAME_BYTES)],
  ])('sends %i bytes in frames of %j', async (bytes, expected) => {
    const harness = await start(routes);
    const client = await connectRaw(harness);
    const [id = ''] = harness.gateway.connections();
    await harness.gateway.management.post(id, Buffer.alloc(bytes, 'a'));
    harness.gateway.management.delete(id);
    // A bare close frame, masked with zeros: without it the gateway would wait for the close handshake.
    client.socket.write(Buffer.from([0x88, 0x80, 0, 0, 0, 0]));
    const frames = readFrames(await client.rest());
    expect(frames.pop()?.opcode).toBe(8);
    expect(frames).toEqual(
      expected.map((size, at) => ({ opcode: at === 0 ? 1 : 0, fin: at === expected.length - 1, bytes: size })),
    );
  });

  it('does not mix the texts of posts that run at the same time', async () => {
    const harness = await start(routes);
    const client = await connect(harness);
    const texts = ['a', 'b', 'c'].map((letter) => letter.repeat(100_000));
    await Promise.all(texts.map((text) => harness.gateway.management.post(client.id, Buffer.from(text))));
    expect([await client.messages.next(), await client.messages.next(), await client.messages.next()]).toEqual(texts);
  });

  it('answers 410 to posts that still wait for the client to read when the client dies', async () => {
    const harness = await start(routes);
    const client = await connectRaw(harness);
    client.socket.pause();
    const [id = ''] = harness.gateway.connections();
    // Far more than the two sockets buffer.
    const posts = Array.from({ length: 400 }, () =>
      harness.gateway.management.post(id, Buffer.alloc(MAX_MESSAGE_BYTES)),
    );
    expect(await posts[0]).toEqual({ status: 200 });
    client.socket.resetAndDestroy();
    expect(await posts.at(-1)).toMatchObject(GONE);
  });
});

describe('every command on a connection that is not open', () => {
  it.each(['never was', 'closed by the client', 'deleted'])('is answered with 410 (%s)', async (how) => {
    const harness = await start(routes);
    const client = await connect(harness);
    if (how === 'closed by the client') client.socket.close(1000);
    if (how === 'deleted') harness.gateway.management.delete(client.id);
    if (how !== 'never was') await harness.events('$disconnect').next();
    const id = how === 'never was' ? 'L0SM9cOFvHcCIhw=' : client.id;
    const { management } = harness.gateway;
    expect(await management.post(id, Buffer.from('x'))).toMatchObject(GONE);
    expect(management.get(id)).toMatchObject(GONE);
    expect(management.delete(id)).toMatchObject(GONE);
    expect(harness.frames).toEqual([]);
  });
});

describe('GET', () => {
  it('returns when the connection was made and last used, and the client’s identity', async () => {
    const harness = await start(routes);
    const client = await connect(harness, { headers: { 'User-Agent': 'test/1' } });
    harness.clock.advance(1500);
    client.socket.send('{}');
    await harness.events('$default').next();
    harness.clock.advance(1000);
    expect(harness.gateway.management.get(client.id)).toEqual({
      status: 200,
      body: {
        connectedAt: '2026-01-01T00:00:00.000Z',
        identity: { sourceIp: '127.0.0.1', userAgent: 'test/1' },
        lastActiveAt: '2026-01-01T00:00:01.500Z',
      },
    });
  });

  it('returns no user agent when the client sent none', async () => {
    const harness = await start(routes);
    const client = await connect(harness);
    expect(harness.gateway.management.get(client.id).body).toMatchObject({ identity: { sourceIp: '127.0.0.1' } });
    expect(JSON.stringify(harness.gateway.management.get(client.id))).not.toContain('userAgent');
  });
});

describe('DELETE', () => {
  it('closes the connection with 1000 and invokes $disconnect', async () => {
    const harness = await start(routes);
    const client = await connect(harness);
    expect(harness.gateway.management.delete(client.id)).toEqual({ status: 204 });
    expect(harness.gateway.connections()).toEqual([]);
    expect((await client.closed).code).toBe(1000);
    const { requestContext } = await harness.events('$disconnect').next();
    expect(requestContext).toMatchObject({
      connectionId: client.id,
      disconnectStatusCode: 1000,
      disconnectReason: 'Connection Closed Normally',
    });
  });

  it('lets a message that was posted before it arrive', async () => {
    const harness = await start(routes);
    const client = await connect(harness);
    const posted = harness.gateway.management.post(client.id, Buffer.from('last words'));
    harness.gateway.management.delete(client.id);
    expect(await posted).toEqual({ status: 200 });
    await client.closed;
    expect(client.messages.all).toEqual(['last words']);
  });
});
