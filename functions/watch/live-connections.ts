import { type ConnectionState, LONGEST_LIFE_MS } from '../registry/endpoint.ts';
import { log } from '../runtime/log.ts';
import type { WatchContext } from './context.ts';
import type { Counts } from './duties.ts';

type ConnectionsContext = Pick<WatchContext, 'endpoints' | 'registry' | 'liveness' | 'now'>;

/**
 * Connections read at a time. An endpoint that is cut every ten minutes opens about a dozen within the longest life of
 * one connection, but has thousands in all, and this query runs every minute.
 */
export const NEWEST = 15;

/**
 * How long connections of one endpoint may overlap: a primary that lost its connection opens the next before the old
 * one ends.
 */
const OVERLAP_MS = 120_000;

/**
 * An endpoint with this many new connections within this time is connected again and again. A primary server connects
 * every two hours, when the gateway ends its connection, and once or twice more after the gateway or the network was
 * gone for a while.
 */
const CHURN = 5;
const CHURN_MS = 15 * 60_000;

/**
 * Counts open connections, endpoints with several of them, and endpoints that are connected again and again; logs these
 * endpoints.
 */
export async function countConnections(context: ConnectionsContext): Promise<Counts> {
  const counts = { Connections: 0, SeveralConnections: 0, ConnectionChurn: 0 };
  for await (const { endpoint, primary, revokedAt } of context.endpoints.list()) {
    if (revokedAt !== undefined) continue;
    const { open, several, opened } = await connectionsOf(context, endpoint);
    counts.Connections += open;
    if (opened >= CHURN) {
      counts.ConnectionChurn += 1;
      log.warn('An endpoint keeps reconnecting', { endpoint, primary, opened });
    }
    if (several.length === 0) continue;
    counts.SeveralConnections += 1;
    const connections = several.map(({ connectionId, sourceIp, openedAt }) => ({ connectionId, sourceIp, openedAt }));
    log.warn('An endpoint has several live connections', { endpoint, primary, connections });
  }
  return counts;
}

/** What is known of the connections of an endpoint. */
interface Connections {
  /** How many are open, as far as the Registry knows. */
  open: number;
  /** How many were opened within a quarter of an hour. */
  opened: number;
  /** All that are alive, if more than one of them has been open for two minutes; else none. */
  several: ConnectionState[];
}

/**
 * Looks at the connections of an endpoint. Where several seem to be open, asks the gateway, and notes those that it
 * says are gone as closed when they were last heard. NetBackup keeps one connection for each endpoint, so a second one
 * is another primary server with a copy of the endpoint file, or a thief with the token.
 */
export async function connectionsOf(
  { endpoints, registry, liveness, now }: ConnectionsContext,
  endpoint: string,
): Promise<Connections> {
  const at = now();
  const isLasting = ({ openedAt }: ConnectionState) => openedAt <= at - OVERLAP_MS;
  const open: ConnectionState[] = [];
  let opened = 0;
  for await (const connection of endpoints.connections(endpoint, NEWEST)) {
    if (connection.openedAt < at - LONGEST_LIFE_MS) break;
    if (connection.openedAt > at - CHURN_MS) opened += 1;
    if (connection.closedAt === undefined) open.push(connection);
  }
  if (open.filter(isLasting).length < 2) return { open: open.length, opened, several: [] };
  const alive: ConnectionState[] = [];
  for (const connection of open) {
    if (await liveness(connection.connectionId)) alive.push(connection);
    // Nobody said when it ended, only when it was last heard. The current time may be after the next one opened, and
    // would hide the gap.
    else await registry.closed(connection.connectionId, connection.heardAt ?? connection.openedAt, NEVER);
  }
  return { open: alive.length, opened, several: alive.filter(isLasting).length < 2 ? [] : alive };
}

/** Nothing waits for this function, so only the calls' own limits end them. */
const NEVER = new AbortController().signal;
