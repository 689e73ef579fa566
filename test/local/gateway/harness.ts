import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { afterEach } from 'vitest';
import { WebSocket } from 'ws';
import { type ManualClock, manualClock } from '../../../local/clock.ts';
import type { Invocation } from '../../../local/functions/invocation.ts';
import { type Frame, type Gateway, type GatewayOptions, startGateway } from '../../../local/gateway/gateway.ts';

/** The parts of an event that the tests read. */
export interface GatewayEvent {
  headers?: Record<string, string>;
  multiValueHeaders?: Record<string, string[]>;
  queryStringParameters?: Record<string, string>;
  multiValueQueryStringParameters?: Record<string, string[]>;
  body?: string;
  isBase64Encoded: boolean;
  requestContext: Record<string, unknown> & { connectionId: string; requestId: string };
}

type Handler = (event: GatewayEvent) => Invocation | Promise<Invocation>;

export const ok: Invocation = { ok: true, payload: { statusCode: 200 } };
export const failed: Invocation = { ok: false, failure: { kind: 'handler', message: 'Error: no' } };
export const never = new Promise<Invocation>(() => undefined);
export const TIMEOUT_MS = 3000;

/** A list that can be awaited: `next` takes the oldest entry that no `next` has taken, as soon as there is one. */
export function inbox<T>() {
  const all: T[] = [];
  const waiting: ((entry: T) => void)[] = [];
  let taken = 0;
  return {
    all,
    put(entry: T) {
      all.push(entry);
      const waiter = waiting.shift();
      if (!waiter) return;
      taken++;
      waiter(entry);
    },
    next(): Promise<T> {
      const entry = all[taken];
      if (entry === undefined) return new Promise((resolve) => waiting.push(resolve));
      taken++;
      return Promise.resolve(entry);
    },
  };
}

export type Inbox<T> = ReturnType<typeof inbox<T>>;

export interface Harness {
  gateway: Gateway;
  clock: ManualClock;
  frames: Frame[];
  /** The events of a route's function, in the order of invocation. */
  events(routeKey: string): Inbox<GatewayEvent>;
}

const gateways: Gateway[] = [];
const sockets: (Socket | WebSocket)[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) 'terminate' in socket ? socket.terminate() : socket.destroy();
  for (const gateway of gateways.splice(0)) await gateway.close();
});

/** A gateway with one function per route, whose logical id is the route key. It is closed after the test. */
export async function start(
  handlers: Record<string, Handler>,
  options: Partial<GatewayOptions> = {},
): Promise<Harness> {
  const clock = manualClock();
  const frames: Frame[] = [];
  const inboxes = new Map(Object.keys(handlers).map((key) => [key, inbox<GatewayEvent>()]));
  const events = (routeKey: string) => inboxes.get(routeKey) ?? inbox<GatewayEvent>();
  const gateway = await startGateway({
    apiId: 'abc123defg',
    stage: 'live',
    routes: new Map(Object.keys(handlers).map((key) => [key, { functionId: key, timeoutMs: TIMEOUT_MS }])),
    routeSelectionExpression: '$request.body.action',
    clock,
    onFrame: (frame) => frames.push(frame),
    invoke: async (functionId, event) => {
      // As Lambda does, through JSON: a function never sees an undefined or a shared object.
      const copy: GatewayEvent = JSON.parse(JSON.stringify(event));
      events(functionId).put(copy);
      return (await handlers[functionId]?.(copy)) ?? failed;
    },
    ...options,
  });
  gateways.push(gateway);
  return { gateway, clock, frames, events };
}

export interface Client {
  socket: WebSocket;
  id: string;
  messages: Inbox<string>;
  closed: Promise<{ code: number; reason: string }>;
  /** Resolves when the gateway has read everything sent so far. */
  pinged(): Promise<void>;
}

export async function connect({ gateway }: Harness, options: WebSocket.ClientOptions = {}): Promise<Client> {
  const socket = new WebSocket(gateway.url, options);
  sockets.push(socket);
  const messages = inbox<string>();
  socket.on('message', (data) => messages.put(data.toString()));
  const closed = once(socket, 'close').then(([code, reason]) => ({ code, reason: String(reason) }));
  await once(socket, 'open');
  return {
    socket,
    id: gateway.connections().at(-1) ?? '',
    messages,
    closed,
    pinged: async () => {
      const pong = once(socket, 'pong');
      socket.ping();
      await pong;
    },
  };
}

/** The status and body with which an upgrade is refused. Fails when the upgrade is accepted. */
export async function refusal(url: string, options: WebSocket.ClientOptions = {}) {
  const socket = new WebSocket(url, options);
  sockets.push(socket);
  const [, response] = await Promise.race([
    once(socket, 'unexpected-response'),
    once(socket, 'open').then(() => Promise.reject(new Error('the upgrade was accepted'))),
  ]);
  let body = '';
  for await (const chunk of response) body += chunk;
  return { status: response.statusCode as number, body };
}

/** A masked frame as a client sends it; `masked: false` makes a frame that a server must refuse. */
export function frame(opcode: number, payload: string | Buffer, { fin = true, masked = true } = {}): Buffer {
  const data = Buffer.from(payload);
  const long = data.length > 0xffff;
  const header = Buffer.alloc(data.length < 126 ? 2 : long ? 10 : 4);
  header.writeUInt8((fin ? 0x80 : 0) | opcode, 0);
  header.writeUInt8((masked ? 0x80 : 0) | (data.length < 126 ? data.length : long ? 127 : 126), 1);
  if (long) header.writeBigUInt64BE(BigInt(data.length), 2);
  else if (data.length >= 126) header.writeUInt16BE(data.length, 2);
  // A mask of zeros is a mask, and leaves the payload as it is.
  return Buffer.concat([header, Buffer.alloc(masked ? 4 : 0), data]);
}

/** A client that writes raw bytes. `behind` goes out in the same packet as the upgrade request. */
export async function connectRaw({ gateway }: Harness, behind: Buffer = Buffer.alloc(0)) {
  const socket = connectTcp(gateway.port, '127.0.0.1');
  sockets.push(socket);
  const request = [
    'GET /live HTTP/1.1',
    'Host: gateway',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
  ].join('\r\n');
  let received = Buffer.alloc(0);
  const ended = once(socket, 'end');
  const head = new Promise<void>((resolve) => {
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.includes('\r\n\r\n')) resolve();
    });
  });
  socket.write(Buffer.concat([Buffer.from(`${request}\r\n\r\n`), behind]));
  await head;
  return {
    socket,
    /** What the gateway sent after its 101, once it has ended the connection. */
    rest: async () => {
      await ended;
      return received.subarray(received.indexOf('\r\n\r\n') + 4);
    },
  };
}
