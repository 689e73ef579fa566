import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HOST } from '../environment.ts';
import type { Call } from './call.ts';
import { type ExchangeOptions, exchange, type Outcome } from './exchange.ts';
import { read } from './http.ts';
import { checkStatement, type Role } from './iam.ts';

export interface Proxy {
  url: string;
  port: number;
  /** The calls of roles so far, including those that were denied or met a fault. Of very many, only the last. */
  calls(): readonly Call[];
  /** Cuts everything in progress, including unanswered calls. */
  close(): Promise<void>;
}

export interface ProxyOptions extends ExchangeOptions {
  host?: string;
  /** 0, the default: any free port. */
  port?: number;
}

/**
 * The server that every AWS call of a function passes through. It identifies the caller by the access key id, allows
 * the call if the caller's role does, may inject a fault, applies SNS's rules and forwards to the emulator. An access
 * key id without a role is a person's: everything is allowed, no fault is injected, nothing is counted. Rejects if a
 * role's policy has something that it cannot decide.
 */
export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  for (const role of options.roles.values()) checkRole(role);
  const { answer, calls, close } = exchange(options);
  const server = createServer(async (request, response) => {
    // If the caller dies while sending, nobody is left to answer.
    const incoming = await read(request).catch(() => undefined);
    if (incoming) deliver(await answer(incoming), response);
  });
  // If the server closed a connection just as a client reuses it, that would look like a fault that nobody injected.
  server.keepAliveTimeout = 0;
  const host = options.host ?? HOST;
  server.listen(options.port ?? 0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${port}`,
    port,
    calls,
    async close() {
      close();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function deliver(outcome: Outcome, response: ServerResponse): void {
  if (outcome === 'hang') return;
  if (outcome === 'cut') {
    response.destroy();
    return;
  }
  const { status, headers, body } = outcome;
  // A 204 has no length. An answer to HEAD already has the object's.
  const framed = status === 204 || headers['content-length'] !== undefined;
  response.writeHead(status, framed ? headers : { ...headers, 'content-length': String(body.length) });
  response.end(body);
}

function checkRole(role: Role): void {
  try {
    role.statements.forEach(checkStatement);
  } catch (error) {
    throw new Error(`The role ${role.name} cannot be run: ${(error as Error).message}`, { cause: error });
  }
}
