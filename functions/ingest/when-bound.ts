import type { Endpoint } from '../registry/endpoint.ts';
import { settleAll } from '../runtime/settle.ts';
import type { IngestContext } from './context.ts';
import type { Outcome } from './outcome.ts';
import type { Arrival } from './receive.ts';

/**
 * Does with a message what its bound connection entitles it to, and notes beside that, not before, that the connection was heard of: no
 * acknowledgement waits for the note. Ends a connection that speaks before a valid CONNECT. Nothing of it is stored; a real primary
 * connects again and says who it is.
 */
export async function whenBound(
  { registry, socket }: IngestContext,
  { connectionId, receivedAt }: Arrival,
  signal: AbortSignal,
  work: (endpoint: Endpoint) => Promise<Outcome>,
): Promise<Outcome> {
  const endpoint = await registry.bound(connectionId, receivedAt, signal);
  if (!endpoint) {
    await socket.disconnect(connectionId, signal);
    return { kind: 'refused', reason: 'no valid CONNECT came before it' };
  }
  const [outcome] = await settleAll([work(endpoint), registry.heard(connectionId, receivedAt, signal)]);
  return outcome;
}
