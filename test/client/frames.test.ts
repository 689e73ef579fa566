import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Duplex } from 'node:stream';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { FRAME_BYTES, frames } from '../../client/frames.ts';
import { anyCharacter } from '../support/any-character.ts';
import { client, isConnect, startEndpoint } from './endpoint.ts';

interface Frame {
  fin: boolean;
  rsv: number;
  opcode: number;
  masked: boolean;
  payload: Buffer;
}

let close = () => {};
afterEach(() => close());

/** A server that reads the bytes of the wire itself, and accepts the first message whatever it is. */
async function rawServer() {
  const server = createServer();
  const read: Frame[] = [];
  let arrived = Promise.withResolvers<void>();
  server.on('upgrade', (request, socket: Duplex) => {
    const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const accept = createHash('sha1').update(key).digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    let bytes = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      for (let next = parse(bytes); next; next = parse(bytes)) {
        bytes = bytes.subarray(next.size);
        read.push(next.frame);
        if (read.length === 1) acceptConnect(socket, next.frame);
      }
      arrived.resolve();
      arrived = Promise.withResolvers();
    });
    close = () => socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  /** The frames of the message after CONNECT, once its last one is there. */
  const message = async () => {
    while (!read.slice(1).some(({ fin }) => fin)) await arrived.promise;
    server.close();
    return read.slice(1);
  };
  return { url: `ws://127.0.0.1:${port}/`, message };
}

function acceptConnect(socket: Duplex, { payload }: Frame) {
  const { id } = JSON.parse(payload.toString());
  const text = { version: '1.0', id, type: 'CONNECT', subType: 'RESPONSE', timeStamp: 1, payload: { valid: true } };
  const bytes = Buffer.from(JSON.stringify(text));
  socket.write(Buffer.concat([Buffer.from([0x81, 126, bytes.length >> 8, bytes.length & 0xff]), bytes]));
}

/** Reads one frame of at most 65,535 bytes (RFC 6455, section 5.2), or nothing while it is not whole. */
function parse(bytes: Buffer): { frame: Frame; size: number } | undefined {
  const [first = 0, second = 0] = bytes;
  const isLong = (second & 0x7f) === 126;
  const start = (isLong ? 4 : 2) + 4;
  if (bytes.length < start) return undefined;
  const length = isLong ? bytes.readUInt16BE(2) : second & 0x7f;
  if (bytes.length < start + length) return undefined;
  const mask = bytes.subarray(start - 4, start);
  const payload = Buffer.from(bytes.subarray(start, start + length)).map((byte, n) => byte ^ (mask[n % 4] ?? 0));
  const frame = {
    fin: first >= 0x80,
    rsv: (first >> 4) & 7,
    opcode: first & 0xf,
    masked: second >= 0x80,
    payload: Buffer.from(payload),
  };
  return { frame, size: start + length };
}

test.for([
  [1, [1]],
  [8192, [8192]],
  [8193, [8192, 1]],
  [16384, [8192, 8192]],
  [102_400, [...Array(12).fill(8192), 4096]],
] as const)('a text of %i bytes is sent in masked frames of 8,192 bytes, fin on the last', async ([bytes, sizes]) => {
  const { url, message } = await rawServer();
  const { primary } = client(url);
  await primary.start();
  primary.sendRaw('x'.repeat(bytes));
  const read = await message();
  expect(read.map(({ payload }) => payload.length)).toEqual(sizes);
  expect(read.map(({ opcode }) => opcode)).toEqual(sizes.map((_, n) => (n === 0 ? 1 : 0)));
  expect(read.map(({ fin }) => fin)).toEqual(sizes.map((_, n) => n === sizes.length - 1));
  expect(read.every(({ masked, rsv }) => masked && rsv === 0)).toBe(true);
});

test('a character that lies on the edge of two frames arrives whole', async () => {
  const { url, heard } = await startEndpoint();
  const { primary } = client(url);
  await primary.start();
  const payload = [{ text: `${'€'.repeat(20_000)}🙂` }];
  await primary.notify(payload);
  expect(heard.find((each) => !isConnect(each))?.message.payload).toEqual(payload);
});

test('the frames of any text hold exactly its bytes, and each is full but the last', () => {
  fc.assert(
    fc.property(fc.string({ unit: anyCharacter, minLength: 0, maxLength: 30_000, size: 'max' }), (text) => {
      const parts = frames(text);
      expect(Buffer.concat(parts).equals(Buffer.from(text))).toBe(true);
      expect(parts.slice(0, -1).every(({ length }) => length === FRAME_BYTES)).toBe(true);
      expect(parts.at(-1)?.length).toBeLessThanOrEqual(FRAME_BYTES);
    }),
    { numRuns: 50 },
  );
});
