import type { IncomingMessage } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import type { FrameGate } from './gate.ts';

/** Why an upgrade is refused: the HTTP status and the JSON text of its body. */
export interface Refusal {
  status: number;
  body: string;
}

/**
 * Answers an upgrade request: `admit` is asked after the request proved to be a WebSocket handshake and before the 101.
 * No sub-protocol and no permessage-deflate is ever agreed on.
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
    // Sizes are the gate's business, and no published quota counts the frames of a message.
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
