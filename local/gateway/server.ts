import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { FrameGate } from './gate.ts';

export interface ServerOptions {
  host: string;
  port: number;
  tls?: { cert: string | Buffer; key: string | Buffer };
  onUpgrade(request: IncomingMessage, gate: FrameGate): void;
}

const upgradeRequired: RequestListener = (_request, response) => {
  response.writeHead(426, { Upgrade: 'websocket', 'Content-Type': 'application/json' });
  response.end('{"message":"Upgrade Required"}');
};

/** Listens for upgrade requests. `close` cuts every socket, including those still in their handshake. */
export async function listen(options: ServerOptions): Promise<{ port: number; close(): Promise<void> }> {
  const server = options.tls ? createTlsServer(options.tls, upgradeRequired) : createServer(upgradeRequired);
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (request, socket, head) => options.onUpgrade(request, new FrameGate(socket, head)));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
