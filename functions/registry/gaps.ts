import { orderBy } from '../records/order.ts';
import type { ConnectionState } from './endpoint.ts';

/** What is known of how long a connection was there. `lost`: it is gone, and nobody said when it ended. */
export type Span = Pick<ConnectionState, 'openedAt' | 'heardAt' | 'closedAt'> & { state: 'alive' | 'closed' | 'lost' };

/**
 * A time in which an endpoint had no connection, epoch ms. Without `to` it lasts. `sinceHeard`: nobody said when the connection before
 * it ended, `from` is when that was last heard; it may have been there longer.
 */
export interface Gap {
  from: number;
  to?: number;
  sinceHeard?: true;
}

/**
 * The times in which none of these connections was there, from the first of them on, oldest first. A lost connection counts up to when
 * it was last heard: it may have been there longer. `until`: when connections ended to be wanted (epoch ms); there is no gap after it.
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

/** Whether somebody said when a connection ended. One that was found gone is noted as closed when it was last heard. */
export function isEndKnown({ openedAt, heardAt = openedAt, closedAt }: Omit<Span, 'state'>): boolean {
  return closedAt !== undefined && closedAt > heardAt;
}

function gapAfter(span: Span): Gap {
  return { from: endOf(span), ...(!isEndKnown(span) && { sinceHeard: true }) };
}

function endOf({ openedAt, heardAt = openedAt, closedAt = heardAt, state }: Span): number {
  return state === 'alive' ? Number.POSITIVE_INFINITY : closedAt;
}
