import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import { type Connection, openConnection } from './connection.ts';
import { connectEvent, disconnectEvent, domainName, messageEvent, type Origin } from './events.ts';
import type { FrameGate } from './gate.ts';
import type { GatewayOptions } from './gateway.ts';
import { answerUpgrade, type Refusal } from './handshake.ts';
import { newId } from './ids.ts';
import { integrate } from './integration.ts';
import { CONNECT_FAILED_STATUS, CONNECT_TIMED_OUT_STATUS, PINGS_RESET_IDLE } from './limits.ts';
import { type GatewayMessage, gatewayMessage } from './messages.ts';
import { readClient } from './request.ts';
import type { SelectedRoute } from './routing.ts';

/** What all connections of a gateway share. `open` holds the accepted connections by id. */
export interface Stage {
  options: GatewayOptions;
  select(body: string): SelectedRoute | undefined;
  open: Map<string, Connection>;
}

/** One client from its upgrade request to `$disconnect`. */
export function runSession(stage: Stage, request: IncomingMessage, gate: FrameGate): void {
  const { apiId, stage: name, clock } = stage.options;
  const client = readClient(request, domainName(apiId));
  const origin: Origin = { apiId, stage: name, connectionId: newId(), connectedAt: clock.now(), client };
  answerUpgrade(
    request,
    gate,
    () => admit(stage, origin),
    (socket) => accept(stage, origin, socket, gate),
  );
}

/** Asks `$connect`. Until that answers there is no connection, and a post to its id gets 410. */
async function admit({ options }: Stage, origin: Origin): Promise<Refusal | undefined> {
  const event = connectEvent(origin, options.clock.now());
  const refuse = (status: number, message: GatewayMessage): Refusal => ({
    status,
    body: gatewayMessage(message, origin.connectionId, event.requestContext.requestId),
  });
  if (origin.client.path !== `/${options.stage}`) return refuse(403, 'Forbidden');
  const route = options.routes.get('$connect');
  if (!route) return undefined;
  const outcome = await integrate(options.invoke, options.clock, route, event);
  if (outcome.kind === 'timed out') return refuse(CONNECT_TIMED_OUT_STATUS, 'Endpoint request timed out');
  if (outcome.kind === 'failed') return refuse(CONNECT_FAILED_STATUS, 'Internal server error');
  if (outcome.statusCode >= 200 && outcome.statusCode < 300) return undefined;
  return refuse(outcome.statusCode, 'Forbidden');
}

function accept({ options, select, open }: Stage, origin: Origin, socket: WebSocket, gate: FrameGate): void {
  const { connectionId } = origin;
  const { clock, invoke, routes } = options;
  const connection = openConnection({
    origin,
    socket,
    gate,
    clock,
    pingsResetIdle: options.pingsResetIdle ?? PINGS_RESET_IDLE,
    onSend: (data, madeByGateway) => options.onFrame?.({ connectionId, direction: 'out', madeByGateway, data }),
    onMessage: (data) => {
      options.onFrame?.({ connectionId, direction: 'in', madeByGateway: false, data });
      // Not awaited: messages of one connection run concurrently and finish in any order.
      dispatch(data);
    },
    onClosed: (closing) => {
      open.delete(connectionId);
      const route = routes.get('$disconnect');
      if (route) integrate(invoke, clock, route, disconnectEvent(origin, clock.now(), closing));
    },
  });
  open.set(connectionId, connection);

  async function dispatch(body: string): Promise<void> {
    const selected = select(body);
    const event = messageEvent(origin, clock.now(), selected?.routeKey ?? '$default', body);
    const say = (message: GatewayMessage) =>
      connection.send(Buffer.from(gatewayMessage(message, connectionId, event.requestContext.requestId)), true);
    if (!selected) return void (await say('Forbidden'));
    const outcome = await integrate(invoke, clock, selected.route, event);
    if (outcome.kind === 'failed') await say('Internal server error');
    if (outcome.kind === 'timed out') await say('Endpoint request timed out');
  }
}
