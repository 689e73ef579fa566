import type { WebSocket } from 'ws';
import type { Clock } from '../clock.ts';
import type { Origin } from './events.ts';
import type { FrameGate } from './gate.ts';
import { watchLifetime } from './lifetime.ts';
import { type Closing, GOING_AWAY, MAX_FRAME_BYTES } from './limits.ts';

export interface ConnectionOptions {
  origin: Origin;
  socket: WebSocket;
  gate: FrameGate;
  clock: Clock;
  pingsResetIdle: boolean;
  onMessage(body: string): void;
  /** Called for every text, before it is sent. */
  onSend(data: string, madeByGateway: boolean): void;
  /** Called once, however the connection ends. */
  onClosed(closing: Closing): void;
}

export interface Connection {
  readonly origin: Origin;
  isOpen(): boolean;
  lastActiveAt(): number;
  /**
   * True once the text is handed to the network, false if the connection is gone. Waits while the client does not read.
   */
  send(data: Buffer, madeByGateway: boolean): Promise<boolean>;
  close(closing: Closing): void;
  /** Cuts the connection without calling `onClosed`. */
  abandon(): void;
}

/** What AWS reports for a close frame without a code (published `$disconnect` events). */
const NO_STATUS: Closing = { code: 1005, reason: 'Client-side close frame status not set' };

/** Runs an accepted socket until it ends. */
export function openConnection(options: ConnectionOptions): Connection {
  const { origin, socket, gate } = options;
  let ended = false;
  const lifetime = watchLifetime(options.clock, () => close(GOING_AWAY));
  const isOpen = () => !ended && socket.readyState === socket.OPEN;

  /** A connection that the gateway closes ends at once: a dead client's socket must not delay `$disconnect`. */
  function end(closing: Closing | undefined): void {
    if (ended) return;
    ended = true;
    lifetime.stop();
    if (closing) options.onClosed(closing);
  }

  function close(closing: Closing): void {
    socket.close(closing.code, closing.reason);
    end(closing);
  }

  socket.on('message', (data) => {
    if (ended) return;
    lifetime.touch();
    options.onMessage(data.toString());
  });
  const control = () => {
    if (options.pingsResetIdle) lifetime.touch();
  };
  socket.on('ping', control);
  socket.on('pong', control);
  socket.on('close', (code, reason) => end(code === 1005 ? NO_STATUS : { code, reason: reason.toString() }));
  // A malformed frame: `ws` has already begun to close, and 'close' follows.
  socket.on('error', () => undefined);
  gate.onBreach((closing) => {
    close(closing);
    // From here on the gate drops everything, including the client's close frame, so there is nothing to wait for.
    gate.end();
  });

  return {
    origin,
    isOpen,
    lastActiveAt: lifetime.lastActiveAt,
    close,
    send: (data, madeByGateway) =>
      new Promise((resolve) => {
        if (!isOpen()) return resolve(false);
        lifetime.touch();
        options.onSend(data.toString(), madeByGateway);
        for (let from = 0; ; from += MAX_FRAME_BYTES) {
          const fin = from + MAX_FRAME_BYTES >= data.length;
          const piece = data.subarray(from, from + MAX_FRAME_BYTES);
          if (fin) return socket.send(piece, { binary: false, fin }, (error) => resolve(!error));
          socket.send(piece, { binary: false, fin });
        }
      }),
    abandon: () => {
      end(undefined);
      socket.terminate();
    },
  };
}
