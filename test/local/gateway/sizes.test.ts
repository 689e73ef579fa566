import { describe, expect, it } from 'vitest';
import { MAX_FRAME_BYTES, MAX_MESSAGE_BYTES } from '../../../local/gateway/limits.ts';
import { connect, connectRaw, frame, ok, start } from './harness.ts';

const routes = { $default: () => ok, $disconnect: () => ok };
const TEXT = 1;
const CONTINUATION = 0;

/** A message as Apache Tomcat sends it: masked frames of 8,192 bytes, here with a ping after each but the last. */
function inTomcatsFrames(message: Buffer): Buffer {
  const frames: Buffer[] = [];
  for (let from = 0; from < message.length; from += 8192) {
    const fin = from + 8192 >= message.length;
    frames.push(frame(from === 0 ? TEXT : CONTINUATION, message.subarray(from, from + 8192), { fin }));
    if (!fin) frames.push(frame(9, `${from}`));
  }
  return Buffer.concat(frames);
}

/** What a gateway sends to close with this code and no reason: nothing came before it, nothing comes after. */
const closeFrame = (code: number) => Buffer.from([0x88, 2, code >> 8, code & 0xff]);

describe('a frame from the client', () => {
  it('of 32 KB is delivered', async () => {
    const harness = await start(routes);
    const client = await connect(harness);
    client.socket.send('a'.repeat(MAX_FRAME_BYTES));
    const event = await harness.events('$default').next();
    expect(event.body).toHaveLength(MAX_FRAME_BYTES);
  });

  it('of one byte more closes the connection with 1009 and runs no function', async () => {
    const harness = await start(routes);
    const client = await connect(harness);
    client.socket.send('a'.repeat(MAX_FRAME_BYTES + 1));
    expect(await client.closed).toEqual({ code: 1009, reason: '' });
    const { requestContext } = await harness.events('$disconnect').next();
    expect(requestContext).toMatchObject({ connectionId: client.id, disconnectStatusCode: 1009 });
    expect(harness.events('$default').all).toEqual([]);
    expect(harness.frames).toEqual([]);
  });

  it('that is binary closes the connection with 1003 and runs no function', async () => {
    const harness = await start(routes);
    const client = await connect(harness);
    client.socket.send(Buffer.from('{}'));
    expect((await client.closed).code).toBe(1003);
    const { requestContext } = await harness.events('$disconnect').next();
    expect(requestContext.disconnectStatusCode).toBe(1003);
    expect(harness.events('$default').all).toEqual([]);
  });

  it('that is too large closes the connection while the client is still sending it', async () => {
    const harness = await start(routes);
    const client = await connectRaw(harness);
    client.socket.write(frame(TEXT, Buffer.alloc(MAX_FRAME_BYTES + 1)).subarray(0, 100));
    expect(await client.rest()).toEqual(closeFrame(1009));
  });

  it('that is too large leaves the whole message before it in the same packet to its function', async () => {
    const harness = await start(routes);
    const client = await connectRaw(harness);
    client.socket.write(Buffer.concat([frame(TEXT, 'before'), frame(TEXT, Buffer.alloc(MAX_FRAME_BYTES + 1))]));
    expect(await client.rest()).toEqual(closeFrame(1009));
    await harness.events('$disconnect').next();
    expect(harness.events('$default').all.map(({ body }) => body)).toEqual(['before']);
  });

  it('after one that is too large is not read', async () => {
    const harness = await start(routes);
    const client = await connectRaw(harness);
    client.socket.write(Buffer.concat([frame(TEXT, Buffer.alloc(MAX_FRAME_BYTES + 1)), frame(TEXT, 'after')]));
    expect(await client.rest()).toEqual(closeFrame(1009));
    await harness.events('$disconnect').next();
    expect(harness.events('$default').all).toEqual([]);
  });

  it('in the same packet as the upgrade request is delivered', async () => {
    const harness = await start(routes);
    await connectRaw(harness, frame(TEXT, 'early'));
    expect((await harness.events('$default').next()).body).toBe('early');
  });

  it('in the same packet as the upgrade request is held to the limits', async () => {
    const harness = await start(routes);
    const client = await connectRaw(harness, frame(2, 'early'));
    expect(await client.rest()).toEqual(closeFrame(1003));
    await harness.events('$disconnect').next();
    expect(harness.events('$default').all).toEqual([]);
  });

  it('that is not masked closes the connection with 1002', async () => {
    const harness = await start(routes);
    const client = await connectRaw(harness);
    client.socket.write(frame(TEXT, '{}', { masked: false }));
    expect(await client.rest()).toEqual(closeFrame(1002));
    expect(harness.events('$default').all).toEqual([]);
  });

  it('that is not UTF-8 closes the connection with 1007 and runs no function', async () => {
    const harness = await start(routes);
    const client = await connectRaw(harness);
    client.socket.write(frame(TEXT, Buffer.from([0xc3, 0x28])));
    expect(await client.rest()).toEqual(closeFrame(1007));
    expect(harness.events('$default').all).toEqual([]);
  });
});

describe('a message in frames of 8,192 bytes with pings between them', () => {
  it('of 128 KB is delivered whole, in one invocation', async () => {
    const harness = await start(routes);
    const client = await connectRaw(harness);
    const message = Buffer.from('abcdefg\n'.repeat(MAX_MESSAGE_BYTES / 8));
    client.socket.write(inTomcatsFrames(message));
    client.socket.write(frame(TEXT, 'next'));
    expect((await harness.events('$default').next()).body).toBe(message.toString());
    expect((await harness.events('$default').next()).body).toBe('next');
  });

  it('of one byte more closes the connection with 1009 and runs no function', async () => {
    const harness = await start({ $default: () => ok, $disconnect: () => ok });
    const client = await connectRaw(harness);
    client.socket.write(inTomcatsFrames(Buffer.alloc(MAX_MESSAGE_BYTES + 1, 'a')));
    expect((await client.rest()).subarray(-4)).toEqual(closeFrame(1009));
    await harness.events('$disconnect').next();
    expect(harness.events('$default').all).toEqual([]);
  });

  it('is not refused for the number of its frames', async () => {
    const harness = await start(routes);
    const client = await connectRaw(harness);
    const frames = Array.from({ length: 20_000 }, (_, at) =>
      frame(at === 0 ? TEXT : CONTINUATION, 'a', { fin: false }),
    );
    client.socket.write(Buffer.concat([...frames, frame(CONTINUATION, '')]));
    expect((await harness.events('$default').next()).body).toHaveLength(20_000);
  });

  it('keeps characters whole that lie across two frames', async () => {
    const harness = await start(routes);
    const client = await connectRaw(harness);
    const message = `a${'é'.repeat(8192)}`;
    client.socket.write(inTomcatsFrames(Buffer.from(message)));
    expect((await harness.events('$default').next()).body).toBe(message);
  });
});

it('a ping is answered with a pong of the same data and reaches no function', async () => {
  const harness = await start(routes);
  const client = await connect(harness);
  const pong = new Promise((resolve) => client.socket.once('pong', (data) => resolve(data.toString())));
  client.socket.ping('are you there');
  expect(await pong).toBe('are you there');
  client.socket.close(1000);
  await harness.events('$disconnect').next();
  expect(harness.events('$default').all).toEqual([]);
  expect(harness.frames).toEqual([]);
});
