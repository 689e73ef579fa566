import WebSocket from 'ws';
import type { ClientClock } from './clock.ts';
import { CLOSE, type Ending } from './close-codes.ts';
import { frames, MAX_TEXT_BYTES, MAX_TEXT_LENGTH } from './frames.ts';
import type { Times } from './times.ts';

/**
 * One WebSocket to the endpoint, with the frames, pings and limits of NetBackup's client. It knows nothing of NBWSS.
 */
export interface Connection {
  /** Whether a message can still be sent. */
  isOpen(): boolean;
  send(text: string): void;
  /** Starts the closing handshake. Ignores whatever arrives afterwards. */
  close(code: number, reason: string): void;
  /** Destroys the socket, without a close frame. */
  cut(reason: string): void;
  /** Sends the first half of a text and destroys the socket, like a network cut in the middle of a message. */
  cutWithin(text: string): void;
}

export interface ConnectionHandlers {
  open(): void;
  text(text: string): void;
  /** Something other than a text of at most 8,192 characters arrived, so the connection is closing. */
  unreadable(frame: string): void;
  /** Called once, even if the connection never opened. */
  closed(ending: Ending, wasOpen: boolean): void;
}

export interface ConnectionOptions {
  url: string;
  times: Times;
  clock: ClientClock;
  ca?: string | Buffer | undefined;
}

/** The codes with which `ws` closes a connection when it cannot read what arrives; for all other errors 1002. */
const CODES = new Map<string, number>([
  ['WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', CLOSE.tooBig],
  ['WS_ERR_INVALID_UTF8', CLOSE.inconsistent],
]);

export function openConnection(options: ConnectionOptions, handlers: ConnectionHandlers): Connection {
  const { url, times, clock, ca } = options;
  // Without compression, sub-protocol and origin, the upgrade has only Host, Upgrade, Connection and the two
  // Sec-WebSocket headers, like Apache Tomcat's.
  const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: MAX_TEXT_BYTES, ...(ca && { ca }) });
  let wasOpen = false;
  let ours: Ending | undefined;
  let problem = '';
  let unanswered = 0;
  let cancelTimer = clock.after(times.openTimeout, () => cut('the connection did not open in time'));

  const endAs = (code: number, reason: string) => {
    ours ??= { code, reason, by: 'us' };
    cancelTimer();
    // A server that does not answer a close must not keep the client waiting.
    cancelTimer = clock.after(times.sendTimeout, () => socket.terminate());
  };
  const cut = (reason: string) => {
    endAs(CLOSE.abnormal, reason);
    socket.terminate();
  };
  const close = (code: number, reason: string) => {
    endAs(code, reason);
    socket.close(code, reason);
  };
  const keepAlive = () => {
    cancelTimer = clock.after(times.pingEvery, () => {
      if (unanswered > times.maxPongMiss) return cut('too many missing pongs');
      unanswered += 1;
      socket.ping();
      keepAlive();
    });
  };

  socket.on('open', () => {
    cancelTimer();
    if (ours) return;
    wasOpen = true;
    keepAlive();
    handlers.open();
  });
  socket.on('pong', () => {
    unanswered = 0;
  });
  socket.on('message', (data, isBinary) => {
    if (ours) return;
    const text = data.toString();
    if (!isBinary && text.length <= MAX_TEXT_LENGTH) return handlers.text(text);
    if (isBinary) close(CLOSE.unacceptable, 'binary message');
    else close(CLOSE.tooBig, 'text message too big');
    handlers.unreadable(isBinary ? '<binary>' : text);
  });
  socket.on('error', (error: Error & { code?: string }) => {
    problem = error.message;
    if (!wasOpen || ours || !error.code?.startsWith('WS_ERR_')) return;
    endAs(CODES.get(error.code) ?? CLOSE.protocolError, error.message);
    handlers.unreadable(`<${error.message}>`);
  });
  socket.on('close', (code, reason) => {
    cancelTimer();
    handlers.closed(ours ?? { code, reason: reason.toString() || problem, by: 'them' }, wasOpen);
  });

  return {
    isOpen: () => !ours && socket.readyState === WebSocket.OPEN,
    send(text) {
      const parts = frames(text);
      const giveUp = () => {
        if (socket.bufferedAmount > 0) cut('a message could not be sent in time');
      };
      const cancel = clock.after(times.sendTimeout, giveUp);
      for (const [n, part] of parts.entries()) {
        const fin = n === parts.length - 1;
        socket.send(part, { binary: false, fin }, fin ? () => cancel() : undefined);
      }
    },
    close,
    cut,
    cutWithin(text) {
      // From here on nothing else may be sent: it would be taken for the rest of this text.
      endAs(CLOSE.abnormal, 'cut in the middle of a message');
      const bytes = Buffer.from(text);
      const half = bytes.subarray(0, Math.ceil(bytes.length / 2));
      socket.send(half, { binary: false, fin: false }, () => socket.terminate());
    },
  };
}
