import { type ConnectionState, LONGEST_LIFE_MS } from '../registry/endpoint.ts';
import { log } from '../runtime/log.ts';
import type { WatchContext } from './context.ts';
import type { Counts } from './duties.ts';

type ConnectionsContext = Pick<WatchContext, 'endpoints' | 'registry' | 'liveness' | 'now'>;

/**
 * Connections read at a time. An endpoint that is cut each ten minutes has opened a dozen in the life of one, and thousands since; they
 * are asked for each minute.
 */
export const NEWEST = 15;

/** How long several connections of one endpoint may overlap: a primary that lost its connection opens the next before the old one ends. */
const OVERLAP_MS = 120_000;

/**
 * From how many new connections of an endpoint within which time on it is connected again and again. A primary server connects every two
 * hours, when the gateway ends its connection, and once or twice more when the gateway or the network was gone for a while.
 */
const CHURN = 5;
const CHURN_MS = 15 * 60_000;

/** Counts open connections, the endpoints that have several, and those that are connected again and again, and says which they are. */
export async function countConnections(context: ConnectionsContext): Promise<Counts> {
  const counts = { Connections: 0, SeveralConnections: 0, ConnectionChurn: 0 };
  for await (const { endpoint, primary, revokedAt } of context.endpoints.list()) {
    if (revokedAt !== undefined) continue;
    const { open, several, opened } = await connectionsOf(context, endpoint);
    counts.Connections += open;
    if (opened >= CHURN) {
      counts.ConnectionChurn += 1;
      log.warn('An endpoint is connected again and again', { endpoint, primary, opened });
    }
    if (several.length === 0) continue;
    counts.SeveralConnections += 1;
    const connections = several.map(({ connectionId, sourceIp, openedAt }) => ({ connectionId, sourceIp, openedAt }));
    log.warn('Several live connections of one endpoint', { endpoint, primary, connections });
  }
  return counts;
}

/** What is known of the connections of an endpoint. */
interface Connections {
  /** How many are open, as far as the Registry knows. */
  open: number;
  /** How many were opened within a quarter of an hour. */
  opened: number;
  /** Those that are alive when more than one is and has been for two minutes; else none. */
  several: ConnectionState[];
}

/**
 * Looks at the connections of an endpoint. Where several seem to be open the gateway is asked, and what it says is gone is noted as closed
 * when it was last heard. NetBackup keeps one connection for each endpoint, so a second one is another primary server with a copy of the
 * endpoint file, or a thief with the token.
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
    // When it ended nobody said; it was there when it was last heard. Now may be after the next one came, and would hide the gap.
    else await registry.closed(connection.connectionId, connection.heardAt ?? connection.openedAt, NEVER);
  }
  return { open: alive.length, opened, several: alive.filter(isLasting).length < 2 ? [] : alive };
}

/** Nothing waits for this function, so its calls end by their own limits only. */
const NEVER = new AbortController().signal;
