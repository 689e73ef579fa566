import type { IncomingMessage } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import type { FrameGate } from './gate.ts';

/** Why an upgrade is refused: the HTTP status and the JSON text of its body. */
export interface Refusal {
  status: number;
  body: string;
}

/**
 * Answers an upgrade request. It calls `admit` once the request has proved to be a WebSocket handshake, before the 101.
 * It never agrees to a sub-protocol or permessage-deflate.
 */
export function answerUpgrade(
  request: IncomingMessage,
  gate: FrameGate,
  admit: () => Promise<Refusal | undefined>,
  accept: (socket: WebSocket) => void,
): void {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    handleProtocols: () => false,
    // The gate checks sizes, and no published quota limits the number of frames of a message.
    maxPayload: 0,
    maxFragments: 0,
    verifyClient: (_info, answer) => {
      admit().then((refusal) =>
        refusal ? answer(false, refusal.status, refusal.body, { 'Content-Type': 'application/json' }) : answer(true),
      );
    },
  });
  server.handleUpgrade(request, gate, Buffer.alloc(0), accept);
}
