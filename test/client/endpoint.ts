import { once } from 'node:events';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { afterEach } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import type { NbwssMessage } from '../../client/envelope.ts';
import type { ClientEvent } from '../../client/events.ts';
import { createPrimary, type Primary, type PrimaryOptions } from '../../client/primary.ts';
import { type Times, times } from '../../client/times.ts';

/** Scaled times, but generous timeouts where only a slow machine would run into them. */
export const quick: Times = { ...times(100), openTimeout: 10_000, connectTimeout: 10_000, sendTimeout: 10_000 };

export interface Heard {
  message: NbwssMessage;
  socket: WebSocket;
  /** 1 for the first connection. */
  connection: number;
}
export type Behaviour = (heard: Heard) => void;

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

export const response = ({ message }: Heard, payload?: unknown) => ({
  version: '1.0',
  id: message.id,
  type: message.type,
  subType: 'RESPONSE',
  timeStamp: 1_444_944_191,
  payload,
});
export const answer = (heard: Heard, payload?: unknown) => heard.socket.send(JSON.stringify(response(heard, payload)));
export const isConnect = ({ message }: Heard) => message.type === 'CONNECT';

/** Accepts every token and acknowledges every notification. */
export const oblige: Behaviour = (heard) => answer(heard, isConnect(heard) ? { valid: true } : []);
/** Accepts every token and does this with every notification. */
export const accepting =
  (behave: Behaviour): Behaviour =>
  (heard) =>
    isConnect(heard) ? oblige(heard) : behave(heard);

export interface EndpointOptions {
  behave?: Behaviour;
  certificate?: { key: string; cert: string };
  autoPong?: boolean;
  port?: number;
}

/** A real WebSocket server on this machine. `heard` is every message that reached it. */
export async function startEndpoint({ behave = oblige, certificate, autoPong = true, port = 0 }: EndpointOptions = {}) {
  const server: Server = certificate ? createHttpsServer(certificate) : createHttpServer();
  const sockets = new WebSocketServer({ server, autoPong });
  const heard: Heard[] = [];
  let connection = 0;
  sockets.on('connection', (socket) => {
    connection += 1;
    const number = connection;
    socket.on('error', () => {});
    socket.on('message', (data) => {
      const each = { message: JSON.parse(data.toString()), socket, connection: number };
      heard.push(each);
      behave(each);
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const stop = () => {
    for (const socket of sockets.clients) socket.terminate();
    server.close();
  };
  cleanups.push(stop);
  const address = server.address();
  const bound = typeof address === 'object' && address ? address.port : 0;
  return { url: `${certificate ? 'wss' : 'ws'}://127.0.0.1:${bound}/live`, port: bound, heard, sockets, server, stop };
}

export const endpointFile = (url: string) => ({ token: 'a token', priority: 1, groupId: 'g', hostName: 'h', url });

/** A client that is stopped after the test. `until` resolves with the nth event of a kind, even if that is past. */
export function client(url: string, options: Partial<PrimaryOptions> = {}) {
  const events: ClientEvent[] = [];
  let wake = Promise.withResolvers<void>();
  const primary: Primary = createPrimary({
    endpoint: endpointFile(url),
    times: quick,
    insecure: true,
    onEvent: (event) => {
      events.push(event);
      wake.resolve();
      wake = Promise.withResolvers();
    },
    ...options,
  });
  cleanups.push(() => primary.stop());
  const of = <K extends ClientEvent['kind']>(kind: K) =>
    events.filter((event): event is Extract<ClientEvent, { kind: K }> => event.kind === kind);
  const until = async <K extends ClientEvent['kind']>(kind: K, nth = 1) => {
    for (;;) {
      const found = of(kind)[nth - 1];
      if (found) return found;
      await wake.promise;
    }
  };
  return { primary, events, of, until };
}
