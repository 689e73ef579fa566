import type { ConnectionState } from '../registry/endpoint.ts';
import { log } from '../runtime/log.ts';
import type { WatchContext } from './context.ts';
import type { Counts } from './duties.ts';

type ConnectionsContext = Pick<WatchContext, 'endpoints' | 'registry' | 'liveness' | 'now'>;

/** A gateway ends every connection after two hours (API Gateway quotas); ten minutes more for its clock and ours. */
export const LONGEST_LIFE_MS = 130 * 60_000;

/**
 * Connections read at a time. An endpoint that is cut each ten minutes has opened a dozen in the life of one, and thousands since; they
 * are asked for each minute.
 */
export const NEWEST = 15;

/** How long several connections of one endpoint may overlap: a primary that lost its connection opens the next before the old one ends. */
const OVERLAP_MS = 120_000;

/** Counts the endpoints that have several live connections, and says where they come from. */
export async function countSeveral(context: ConnectionsContext): Promise<Counts> {
  let endpointsWithSeveral = 0;
  for await (const { endpoint, primary, revokedAt } of context.endpoints.list()) {
    if (revokedAt !== undefined) continue;
    const several = await severalConnections(context, endpoint);
    if (several.length === 0) continue;
    endpointsWithSeveral += 1;
    const connections = several.map(({ connectionId, sourceIp, openedAt }) => ({ connectionId, sourceIp, openedAt }));
    log.warn('Several live connections of one endpoint', { endpoint, primary, connections });
  }
  return { SeveralConnections: endpointsWithSeveral };
}

/**
 * The connections of an endpoint that are alive when more than one is and has been for two minutes; else none. The gateway is asked, and
 * what it says is gone is noted as closed when it was last heard. NetBackup keeps one connection for each endpoint, so a second one is another primary server
 * with a copy of the endpoint file, or a thief with the token.
 */
export async function severalConnections(
  { endpoints, registry, liveness, now }: ConnectionsContext,
  endpoint: string,
): Promise<ConnectionState[]> {
  const at = now();
  const open: ConnectionState[] = [];
  for await (const connection of endpoints.connections(endpoint, NEWEST)) {
    if (connection.openedAt < at - LONGEST_LIFE_MS) break;
    if (connection.closedAt === undefined) open.push(connection);
  }
  if (open.filter(({ openedAt }) => openedAt <= at - OVERLAP_MS).length < 2) return [];
  const alive: ConnectionState[] = [];
  for (const connection of open) {
    if (await liveness(connection.connectionId)) alive.push(connection);
    // When it ended nobody said; it was there when it was last heard. Now may be after the next one came, and would hide the gap.
    else await registry.closed(connection.connectionId, connection.heardAt ?? connection.openedAt, NEVER);
  }
  return alive.filter(({ openedAt }) => openedAt <= at - OVERLAP_MS).length < 2 ? [] : alive;
}

/** Nothing waits for this function, so its calls end by their own limits only. */
const NEVER = new AbortController().signal;
