export type GatewayMessage = 'Internal server error' | 'Endpoint request timed out' | 'Forbidden';

/** The exact text that the gateway itself sends. It cannot be customised ("Error handling" of WebSocket APIs). */
export function gatewayMessage(message: GatewayMessage, connectionId: string, requestId: string): string {
  return `{"message": "${message}", "connectionId":"${connectionId}", "requestId":"${requestId}"}`;
}
