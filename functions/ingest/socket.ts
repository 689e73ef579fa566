import {
  type ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GoneException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';

/** The way back to NetBackup. Both return false when the connection is gone; stored facts stay, NetBackup resends. */
export interface Socket {
  send(connectionId: string, text: string, signal: AbortSignal): Promise<boolean>;
  disconnect(connectionId: string, signal: AbortSignal): Promise<boolean>;
}

export function createSocket(client: ApiGatewayManagementApiClient): Socket {
  return {
    send: (ConnectionId, text, abortSignal) =>
      unlessGone(client.send(new PostToConnectionCommand({ ConnectionId, Data: text }), { abortSignal })),
    disconnect: (ConnectionId, abortSignal) =>
      unlessGone(client.send(new DeleteConnectionCommand({ ConnectionId }), { abortSignal })),
  };
}

async function unlessGone(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    if (error instanceof GoneException) return false;
    throw error;
  }
}
