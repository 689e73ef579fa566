import { readConnectToken } from '../nbwss/connect.ts';
import { connectResponse, type Envelope } from '../nbwss/envelope.ts';
import type { IngestContext } from './context.ts';
import type { Outcome } from './outcome.ts';
import type { Arrival } from './receive.ts';

/** Answers CONNECT. Binds the connection before it sends `valid: true`, so no notification finds it unbound. */
export async function connect(
  { registry, socket, now }: IngestContext,
  { connectionId, sourceIp, receivedAt }: Arrival,
  { id, payload }: Envelope,
  signal: AbortSignal,
): Promise<Outcome> {
  const token = readConnectToken(payload);
  const binding =
    token === undefined
      ? { refused: 'the CONNECT has no token' }
      : await registry.connect({ connectionId, sourceIp, token, at: receivedAt }, signal);
  const valid = !('refused' in binding);
  await socket.send(connectionId, connectResponse(id, valid, now()), signal);
  if (valid) return { kind: 'accepted', ...binding };
  await socket.disconnect(connectionId, signal);
  return { kind: 'refused', reason: binding.refused };
}

/** Ends a connection whose CONNECT is not a request with an id. It may hold a token, so it is not put aside. */
export async function refuseUnusableConnect(
  { socket }: IngestContext,
  { connectionId }: Arrival,
  signal: AbortSignal,
): Promise<Outcome> {
  await socket.disconnect(connectionId, signal);
  return { kind: 'refused', reason: 'the CONNECT is not a request with an id' };
}
