import type { Clock } from '../clock.ts';
import { HOST } from '../environment.ts';
import type { Invoke } from '../functions/invocation.ts';
import type { Connection } from './connection.ts';
import { type ManagementApi, managementApi } from './management.ts';
import { routeSelector } from './routing.ts';
import { listen, type ServerOptions } from './server.ts';
import { runSession } from './session.ts';

/** A route's integration. `timeoutMs` is the integration timeout. */
export interface Route {
  functionId: string;
  timeoutMs: number;
}

/** One text message. `madeByGateway`: no function sent it. */
export interface Frame {
  connectionId: string;
  direction: 'in' | 'out';
  madeByGateway: boolean;
  data: string;
}

export interface GatewayOptions {
  apiId: string;
  stage: string;
  /** By route key: `$connect`, `$default`, `$disconnect`, or a custom one. */
  routes: ReadonlyMap<string, Route>;
  /** `$request.body.<path>` */
  routeSelectionExpression: string;
  invoke: Invoke;
  /** Measures idle time, lifetime and integration timeouts. */
  clock: Clock;
  host?: string;
  /** 0 or absent: any free port. */
  port?: number;
  /** With it the gateway speaks `wss`. */
  tls?: { cert: string | Buffer; key: string | Buffer };
  onFrame?: (frame: Frame) => void;
  /** Default: PINGS_RESET_IDLE. */
  pingsResetIdle?: boolean;
}

export interface Gateway {
  /** `ws://127.0.0.1:PORT/STAGE`, or `wss://…`. Upgrades on other paths are refused with 403. */
  url: string;
  port: number;
  /**
   * The URL without TLS, for the run's functions: the certificate is for primary servers, and functions do not trust
   * it.
   */
  plainUrl: string;
  /** Ids of the open connections, oldest first. */
  connections(): readonly string[];
  management: ManagementApi;
  /** Cuts every socket, without invoking `$disconnect`. */
  close(): Promise<void>;
}

/** Starts an emulator of one stage of an API Gateway WebSocket API with one-way routes. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const open = new Map<string, Connection>();
  const select = routeSelector(options.routeSelectionExpression, options.routes);
  const { host = HOST, port = 0, tls } = options;
  const onUpgrade: ServerOptions['onUpgrade'] = (request, gate) => runSession({ options, select, open }, request, gate);
  const server = await listen({ host, port, ...(tls ? { tls } : {}), onUpgrade });
  const plain = tls ? await listen({ host, port: 0, onUpgrade }) : server;
  return {
    url: `${tls ? 'wss' : 'ws'}://${host}:${server.port}/${options.stage}`,
    port: server.port,
    plainUrl: `ws://${host}:${plain.port}/${options.stage}`,
    connections: () => [...open].filter(([, connection]) => connection.isOpen()).map(([id]) => id),
    management: managementApi((id) => {
      const connection = open.get(id);
      return connection?.isOpen() ? connection : undefined;
    }),
    close: async () => {
      for (const connection of open.values()) connection.abandon();
      open.clear();
      await Promise.all([...new Set([server, plain])].map((one) => one.close()));
    },
  };
}
