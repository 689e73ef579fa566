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
  /** The calls of roles so far, also those that were denied or met a fault: of very many the last. */
  calls(): readonly Call[];
  /** Cuts what is under way, unanswered calls included. */
  close(): Promise<void>;
}

export interface ProxyOptions extends ExchangeOptions {
  host?: string;
  /** 0, and the default: any free port. */
  port?: number;
}

/**
 * The one server that every AWS call of a function passes. It finds who calls by the access key id, allows the call if the caller's
 * role does, may inject a fault, applies SNS's rules and forwards to the emulator. An access key id that is no role's is a person:
 * everything is allowed, nothing goes wrong, nothing is counted. Rejects when a role's policy says something that cannot be decided.
 */
export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  for (const role of options.roles.values()) checkRole(role);
  const { answer, calls, close } = exchange(options);
  const server = createServer(async (request, response) => {
    // A caller that dies while it sends has nobody left to answer.
    const incoming = await read(request).catch(() => undefined);
    if (incoming) deliver(await answer(incoming), response);
  });
  // A connection that the server closes while a client takes it up again would look like a fault that nobody injected.
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
  // A 204 has no length; an answer to HEAD brings that of the object.
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
