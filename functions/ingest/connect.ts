import { readConnectToken } from '../nbwss/connect.ts';
import { connectResponse, type Envelope } from '../nbwss/envelope.ts';
import type { IngestContext } from './context.ts';
import type { Outcome } from './outcome.ts';
import type { Arrival } from './receive.ts';

/** Answers CONNECT. The connection is bound to its endpoint before `valid: true` leaves, so no notification finds it unbound. */
export async function connect(
  { registry, socket, now }: IngestContext,
  { connectionId, sourceIp, receivedAt }: Arrival,
  { id, payload }: Envelope,
  signal: AbortSignal,
): Promise<Outcome> {
  const token = readConnectToken(payload);
  const endpoint = token === undefined ? undefined : await registry.endpointOf(token, signal);
  const bound = endpoint && (await registry.bind({ connectionId, sourceIp, at: receivedAt }, endpoint, signal));
  await socket.send(connectionId, connectResponse(id, bound === true, now()), signal);
  if (endpoint && bound) return { kind: 'accepted', ...endpoint };
  await socket.disconnect(connectionId, signal);
  return {
    kind: 'refused',
    reason: endpoint ? 'the connection belongs to another endpoint' : 'no endpoint has this token',
  };
}
