import type { Endpoint } from '../registry/endpoint.ts';
import { settleAll } from '../runtime/settle.ts';
import type { IngestContext } from './context.ts';
import type { Outcome } from './outcome.ts';
import type { Arrival } from './receive.ts';

/**
 * Runs `work` for a message of a bound connection. Notes at the same time, not before, that the connection was heard
 * of, so that no acknowledgement waits for the note. Ends a connection that speaks before a valid CONNECT and stores
 * nothing of it: a real primary server connects again and shows its token.
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
    return { kind: 'refused', reason: 'the message came before a valid CONNECT' };
  }
  const [outcome] = await settleAll([work(endpoint), registry.heard(connectionId, receivedAt, signal)]);
  return outcome;
}
