import { orderBy } from '../records/order.ts';
import type { ConnectionState } from './endpoint.ts';

/** What is known about how long a connection was open. `lost`: it is gone, and nobody said when it ended. */
export type Span = Pick<ConnectionState, 'openedAt' | 'heardAt' | 'closedAt'> & { state: 'alive' | 'closed' | 'lost' };

/**
 * A time in which an endpoint had no connection, epoch ms. Without `to`, it still lasts. `sinceHeard`: nobody said when
 * the previous connection ended, so `from` is when that was last heard; it may have been open longer.
 */
export interface Gap {
  from: number;
  to?: number;
  sinceHeard?: true;
}

/**
 * The times in which none of these connections was open, starting with the first of them, oldest first. A lost
 * connection counts up to when it was last heard, though it may have been open longer. `until`: from when on no
 * connection is wanted (epoch ms); there is no gap after it.
 */
export function gapsBetween(connections: readonly Span[], until = Number.POSITIVE_INFINITY): Gap[] {
  const gaps: Gap[] = [];
  const [first, ...others] = connections.toSorted(orderBy(({ openedAt }) => openedAt));
  if (!first) return gaps;
  let longest = first;
  for (const connection of others) {
    if (connection.openedAt > endOf(longest)) gaps.push({ ...gapAfter(longest), to: connection.openedAt });
    if (endOf(connection) > endOf(longest)) longest = connection;
  }
  if (endOf(longest) < until)
    gaps.push({ ...gapAfter(longest), ...(until < Number.POSITIVE_INFINITY && { to: until }) });
  return gaps;
}

/**
 * Whether somebody said when a connection ended. A connection that was found gone is noted as closed at the time it was
 * last heard.
 */
export function isEndKnown({ openedAt, heardAt = openedAt, closedAt }: Omit<Span, 'state'>): boolean {
  return closedAt !== undefined && closedAt > heardAt;
}

function gapAfter(span: Span): Gap {
  return { from: endOf(span), ...(!isEndKnown(span) && { sinceHeard: true }) };
}

function endOf({ openedAt, heardAt = openedAt, closedAt = heardAt, state }: Span): number {
  return state === 'alive' ? Number.POSITIVE_INFINITY : closedAt;
}
