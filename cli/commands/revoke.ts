import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GoneException,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { LONGEST_LIFE_MS } from '../../functions/registry/endpoint.ts';
import { MEMORY_MS } from '../../functions/registry/memory.ts';
import type { Streams, Wait } from '../program.ts';
import type { Session } from '../session.ts';

/**
 * Ends an endpoint: marks it as revoked, closes its connections, waits until no warm function remembers it, and then
 * closes the connections that were opened meanwhile.
 */
export async function revokeEndpoint(
  { endpoints, target, awsNow }: Session,
  name: string,
  { err }: Streams,
  wait: Wait,
): Promise<void> {
  const now = awsNow();
  await endpoints.revoke(name, now);
  err(`${name} is revoked: its tokens open no new connection.\n`);
  const gateway = new ApiGatewayManagementApiClient({ ...target.client, endpoint: target.managementUrl });
  try {
    const close = async () => {
      let closed = 0;
      for await (const { connectionId, openedAt, closedAt } of endpoints.connections(name)) {
        if (openedAt < now - LONGEST_LIFE_MS) break;
        if (closedAt === undefined && (await closeConnection(gateway, connectionId))) closed += 1;
      }
      return closed;
    };
    err(
      `Connections closed: ${await close()}. Waiting ${MEMORY_MS / 1000} s: until then, functions may accept messages on a connection that was missed; if you interrupt this, repeat the command …\n`,
    );
    // Nothing signals this: warm functions forget by their own clocks, so only waiting helps.
    await wait(MEMORY_MS);
    err(`Connections closed: ${await close()}. Done.\n`);
  } finally {
    gateway.destroy();
  }
}

async function closeConnection(gateway: ApiGatewayManagementApiClient, ConnectionId: string): Promise<boolean> {
  try {
    await gateway.send(new DeleteConnectionCommand({ ConnectionId }));
    return true;
  } catch (error) {
    if (error instanceof GoneException) return false;
    throw error;
  }
}
