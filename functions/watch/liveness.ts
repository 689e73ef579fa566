import {
  type ApiGatewayManagementApiClient,
  GetConnectionCommand,
  GoneException,
} from '@aws-sdk/client-apigatewaymanagementapi';

/**
 * A connection that the gateway still holds. `lastActiveAt`: when the gateway last saw activity on it, epoch ms; it may
 * or may not count pings.
 */
export interface Alive {
  lastActiveAt?: number | undefined;
}

/**
 * Asks the gateway about a connection; undefined when it is gone. That no `$disconnect` came does not prove that it is
 * still open.
 */
export type Liveness = (connectionId: string) => Promise<Alive | undefined>;

export function createLiveness(client: ApiGatewayManagementApiClient): Liveness {
  return async (ConnectionId) => {
    try {
      const { LastActiveAt } = await client.send(new GetConnectionCommand({ ConnectionId }));
      return { lastActiveAt: LastActiveAt?.getTime() };
    } catch (error) {
      if (error instanceof GoneException) return undefined;
      throw error;
    }
  };
}
