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

/** A close frame with this code and no reason, as the gateway sends it. */
const closeFrame = (code: number) => Buffer.from([0x88, 2, code >> 8, code & 0xff]);

describe('a frame from the client', () => {
  it('is delivered when it has exactly 32 KB', async () => {
    const harness = await start(routes);
    const client = await connect(harness);
    client.socket.send('a'.repeat(MAX_FRAME_BYTES));
    const event = await harness.events('$default').next();
    expect(event.body).toHaveLength(MAX_FRAME_BYTES);
  });

  it('closes the connection with 1009 and runs no function when it is one byte over 32 KB', async () => {
    const harness = await start(routes);
    const client = await connect(harness);
    client.socket.send('a'.repeat(MAX_FRAME_BYTES + 1));
    expect(await client.closed).toEqual({ code: 1009, reason: '' });
    const { requestContext } = await harness.events('$disconnect').next();
    expect(requestContext).toMatchObject({ connectionId: client.id, disconnectStatusCode: 1009 });
    expect(harness.events('$default').all).toEqual([]);
    expect(harness.frames).toEqual([]);
  });

  it('closes the connection with 1003 and runs no function when it is binary', async () => {
    const harness = await start(routes);
    const client = await connect(harness);
    client.socket.send(Buffer.from('{}'));
    expect((await client.closed).code).toBe(1003);
    const { requestContext } = await harness.events('$disconnect').next();
    expect(requestContext.disconnectStatusCode).toBe(1003);
    expect(harness.events('$default').all).toEqual([]);
  });

  it('closes the connection while the client is still sending it when it is too large', async () => {
    const harness = await start(routes);
    const client = await connectRaw(harness);
    client.socket.write(frame(TEXT, Buffer.alloc(MAX_FRAME_BYTES + 1)).subarray(0, 100));
    expect(await client.rest()).toEqual(closeFrame(1009));
  });

  it('that is too large does not keep a whole message before it in the same packet from its function', async () => {
    const harness = await start(routes);
    const client = await connectRaw(harness);
    client.socket.write(Buffer.concat([frame(TEXT, 'before'), frame(TEXT, Buffer.alloc(MAX_FRAME_BYTES + 1))]));
    expect(await client.rest()).toEqual(closeFrame(1009));
    await harness.events('$disconnect').next();
    expect(harness.events('$default').all.map(({ body }) => body)).toEqual(['before']);
  });

  it('is not read when it follows a frame that is too large', async () => {
    const harness = await start(routes);
    const client = await connectRaw(harness);
    client.socket.write(Buffer.concat([frame(TEXT, Buffer.alloc(MAX_FRAME_BYTES + 1)), frame(TEXT, 'after')]));
    expect(await client.rest()).toEqual(closeFrame(1009));
    await harness.events('$disconnect').next();
    expect(harness.events('$default').all).toEqual([]);
  });

  it('is delivered when it comes in the same packet as the upgrade request', async () => {
    const harness = await start(routes);
    await connectRaw(harness, frame(TEXT, 'early'));
    expect((await harness.events('$default').next()).body).toBe('early');
  });

  it('is refused when it is binary and comes in the same packet as the upgrade request', async () => {
    const harness = await start(routes);
    const client = await connectRaw(harness, frame(2, 'early'));
    expect(await client.rest()).toEqual(closeFrame(1003));
    await harness.events('$disconnect').next();
    expect(harness.events('$default').all).toEqual([]);
  });

  it('closes the connection with 1002 and runs no function when it is not masked', async () => {
    const harness = await start(routes);
    const client = await connectRaw(harness);
    client.socket.write(frame(TEXT, '{}', { masked: false }));
    expect(await client.rest()).toEqual(closeFrame(1002));
    expect(harness.events('$default').all).toEqual([]);
  });

  it('closes the connection with 1007 and runs no function when it is not UTF-8', async () => {
    const harness = await start(routes);
    const client = await connectRaw(harness);
    client.socket.write(frame(TEXT, Buffer.from([0xc3, 0x28])));
    expect(await client.rest()).toEqual(closeFrame(1007));
    expect(harness.events('$default').all).toEqual([]);
  });
});

describe('a message in many frames', () => {
  it('is delivered whole, in one invocation, when it has exactly 128 KB, with pings between its frames', async () => {
    const harness = await start(routes);
    const client = await connectRaw(harness);
    const message = Buffer.from('abcdefg\n'.repeat(MAX_MESSAGE_BYTES / 8));
    client.socket.write(inTomcatsFrames(message));
    client.socket.write(frame(TEXT, 'next'));
    expect((await harness.events('$default').next()).body).toBe(message.toString());
    expect((await harness.events('$default').next()).body).toBe('next');
  });

  it('closes the connection with 1009 and runs no function when it is one byte over 128 KB', async () => {
    const harness = await start({ $default: () => ok, $disconnect: () => ok });
    const client = await connectRaw(harness);
    client.socket.write(inTomcatsFrames(Buffer.alloc(MAX_MESSAGE_BYTES + 1, 'a')));
    expect((await client.rest()).subarray(-4)).toEqual(closeFrame(1009));
    await harness.events('$disconnect').next();
    expect(harness.events('$default').all).toEqual([]);
  });

  it('is delivered even when it has 20,000 frames of one byte', async () => {
    const harness = await start(routes);
    const client = await connectRaw(harness);
    const frames = Array.from({ length: 20_000 }, (_, at) =>
      frame(at === 0 ? TEXT : CONTINUATION, 'a', { fin: false }),
    );
    client.socket.write(Buffer.concat([...frames, frame(CONTINUATION, '')]));
    expect((await harness.events('$default').next()).body).toHaveLength(20_000);
  });

  it('keeps a character whole that is split across two frames', async () => {
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
