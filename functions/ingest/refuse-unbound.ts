import type { IngestContext } from './context.ts';
import type { Outcome } from './outcome.ts';
import type { Arrival } from './receive.ts';

/** Ends a connection that speaks before a valid CONNECT. Nothing of it is stored; a real primary connects again and says who it is. */
export async function refuseUnbound(
  { socket }: IngestContext,
  { connectionId }: Arrival,
  signal: AbortSignal,
): Promise<Outcome> {
  await socket.disconnect(connectionId, signal);
  return { kind: 'refused', reason: 'no valid CONNECT came before it' };
}
