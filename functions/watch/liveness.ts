import {
  type ApiGatewayManagementApiClient,
  GetConnectionCommand,
  GoneException,
} from '@aws-sdk/client-apigatewaymanagementapi';

/** Whether the gateway still holds a connection. A `$disconnect` that never came proves nothing. */
export type Liveness = (connectionId: string) => Promise<boolean>;

export function createLiveness(client: ApiGatewayManagementApiClient): Liveness {
  return async (ConnectionId) => {
    try {
      await client.send(new GetConnectionCommand({ ConnectionId }));
      return true;
    } catch (error) {
      if (error instanceof GoneException) return false;
      throw error;
    }
  };
}
