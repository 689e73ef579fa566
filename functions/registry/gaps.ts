import { orderBy } from '../records/order.ts';
import type { ConnectionState } from './endpoint.ts';

/** What is known of how long a connection was there. `lost`: it is gone, and nobody said when it ended. */
export type Span = Pick<ConnectionState, 'openedAt' | 'heardAt' | 'closedAt'> & { state: 'alive' | 'closed' | 'lost' };

/** A time in which an endpoint had no connection, epoch ms. Without `to` it lasts. */
export interface Gap {
  from: number;
  to?: number;
}

/**
 * The times in which none of these connections was there, from the first of them on, oldest first. A lost connection counts up to when
 * it was last heard: it may have been there longer. `until`: when connections ended to be wanted (epoch ms); there is no gap after it.
 */
export function gapsBetween(connections: readonly Span[], until = Number.POSITIVE_INFINITY): Gap[] {
  const gaps: Gap[] = [];
  const [first, ...others] = connections.toSorted(orderBy(({ openedAt }) => openedAt));
  if (!first) return gaps;
  let connectedUntil = endOf(first);
  for (const connection of others) {
    if (connection.openedAt > connectedUntil) gaps.push({ from: connectedUntil, to: connection.openedAt });
    connectedUntil = Math.max(connectedUntil, endOf(connection));
  }
  if (connectedUntil < until)
    gaps.push({ from: connectedUntil, ...(until < Number.POSITIVE_INFINITY && { to: until }) });
  return gaps;
}

function endOf({ openedAt, heardAt = openedAt, closedAt = heardAt, state }: Span): number {
  return state === 'alive' ? Number.POSITIVE_INFINITY : closedAt;
}
