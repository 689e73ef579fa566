import { type ConnectionState, LONGEST_LIFE_MS } from '../functions/registry/endpoint.ts';
import { isEndKnown } from '../functions/registry/gaps.ts';
import type { Liveness } from '../functions/watch/liveness.ts';

/** A connection as it is now. `lost`: the gateway does not have it, though it never reported its end. */
export type ShownConnection = ConnectionState & { state: 'alive' | 'closed' | 'lost' };

/**
 * Asks the gateway about each connection that may be alive: without a noted close, a connection may still have ended.
 */
export async function* withStates(
  connections: AsyncIterable<ConnectionState>,
  liveness: Liveness,
  now: number,
): AsyncGenerator<ShownConnection> {
  for await (const connection of connections) {
    const { openedAt, closedAt } = connection;
    if (isEndKnown(connection)) yield { ...connection, state: 'closed' };
    else if (closedAt !== undefined || openedAt < now - LONGEST_LIFE_MS) yield { ...connection, state: 'lost' };
    else yield { ...connection, state: (await liveness(connection.connectionId)) ? 'alive' : 'lost' };
  }
}
