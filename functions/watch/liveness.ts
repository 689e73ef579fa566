import {
  type ApiGatewayManagementApiClient,
  GetConnectionCommand,
  GoneException,
} from '@aws-sdk/client-apigatewaymanagementapi';

/** A connection that the gateway still holds. `lastActiveAt`: epoch ms, when it last saw something of it, pings as the gateway counts them. */
export interface Alive {
  lastActiveAt?: number | undefined;
}

/** Asks the gateway about a connection; undefined when it is gone. A `$disconnect` that never came proves nothing. */
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
