import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import { decode, newId, request, verdict } from '../../../client/envelope.ts';
import { CliError } from '../../errors.ts';
import type { Destination } from '../../simulate/destination.ts';

/** How a connection ended, according to the close frame. */
export interface Ended {
  code: number;
  reason: string;
}

/** What was heard next. `strange`: a text that is no NBWSS message, with the ids in it removed. */
export type Heard =
  | { kind: 'answer'; id: string }
  | { kind: 'strange'; text: string }
  | ({ kind: 'closed' } & Ended)
  | { kind: 'nothing' };

/** A bare connection, which sends data as it is, however wrong. */
export interface ProbeSocket {
  /** Sends data in frames of `frameBytes`; in a single frame without that. */
  send(data: string | Buffer, frameBytes?: number): void;
  ping(): void;
  /** What comes next, or `nothing` if nothing comes within `ms`. */
  next(ms: number): Promise<Heard>;
  ended(): Ended | undefined;
  end(): void;
}

/**
 * How long to wait for an answer, ms. NetBackup gives up after two seconds, and nbwatch by default after one and a
 * half.
 */
export const ANSWER_MS = 3_000;

const OPEN_MS = 10_000;

/** Opens a connection that has shown no token yet. Throws CliError. */
export async function openSocket({ endpoint: { url }, ca }: Destination): Promise<ProbeSocket> {
  const socket = new WebSocket(url, { perMessageDeflate: false, handshakeTimeout: OPEN_MS, ...(ca && { ca }) });
  const heard: Heard[] = [];
  let arrived = Promise.withResolvers<void>();
  let ended: Ended | undefined;
  const hear = (one: Heard) => {
    heard.push(one);
    arrived.resolve();
    arrived = Promise.withResolvers();
  };
  socket.on('message', (data) => hear(read(data.toString())));
  socket.on('close', (code, reason) => {
    ended = { code, reason: reason.toString() };
    hear({ kind: 'closed', ...ended });
  });
  try {
    await once(socket, 'open');
  } catch (error) {
    throw new CliError(
      `${url} cannot be reached: ${error instanceof Error ? error.message : String(error)}`,
      'npx nbwatch doctor checks the way to it. If it has a certificate of your own, give that with --ca.',
    );
  }
  // No need to handle an error: a 'close' event follows, as after any end.
  socket.on('error', () => {});
  return {
    send(data, frameBytes = Number.POSITIVE_INFINITY) {
      const bytes = Buffer.from(data);
      for (let from = 0; from < bytes.length; from += frameBytes) {
        const fin = from + frameBytes >= bytes.length;
        socket.send(bytes.subarray(from, from + frameBytes), { binary: typeof data !== 'string', fin }, () => {});
      }
    },
    ping: () => socket.readyState === WebSocket.OPEN && socket.ping(),
    async next(ms) {
      if (heard.length === 0) {
        const over = new AbortController();
        await Promise.race([arrived.promise, sleep(ms, undefined, { signal: over.signal }).catch(() => {})]);
        over.abort();
      }
      return heard.shift() ?? { kind: 'nothing' };
    },
    ended: () => ended,
    end: () => socket.close(1000),
  };
}

/** NetBackup resends what is not answered within this time (`notification.scheduledRate`), ms. */
const RESEND_MS = 5_000;
/** How often the probe sends a message at most. */
const ATTEMPTS = 4;

/**
 * Sends data until something comes, up to `ATTEMPTS` times; `nothing` if nothing does. A cold start may be too slow to
 * answer.
 */
export async function askAgain(socket: ProbeSocket, data: string | Buffer, frameBytes?: number): Promise<Heard> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    socket.send(data, frameBytes);
    let heard = await socket.next(RESEND_MS);
    // Skips a second answer to an earlier message that was sent twice.
    while (heard.kind === 'answer' && !isOf(data, heard.id)) heard = await socket.next(RESEND_MS);
    if (heard.kind !== 'nothing') return heard;
  }
  return { kind: 'nothing' };
}

/** Opens a connection and shows the token. Throws CliError if the token is not accepted. */
export async function connectSocket(destination: Destination): Promise<ProbeSocket> {
  const socket = await openSocket(destination);
  const text = JSON.stringify(request('CONNECT', { token: destination.endpoint.token }, newId(), Date.now()));
  const heard = await askAgain(socket, text);
  if (heard.kind === 'answer' && heard.id === ACCEPTED) return socket;
  socket.end();
  throw new CliError(
    heard.kind === 'answer'
      ? `${destination.endpoint.url} does not accept the token of the endpoint file.`
      : `${destination.endpoint.url} does not answer the CONNECT: ${describeHeard(heard)}.`,
    'Make another file with npx nbwatch endpoint create or npx nbwatch endpoint rotate, and give it with --endpoint.',
  );
}

const ACCEPTED = 'accepted';
const REFUSED = 'refused';

const isOf = (data: string | Buffer, id: string) => id === ACCEPTED || id === REFUSED || data.includes(id);

function read(text: string): Heard {
  const message = decode(text);
  if (!message) return { kind: 'strange', text: withoutIds(text) };
  if (message.type !== 'CONNECT') return { kind: 'answer', id: message.id };
  return { kind: 'answer', id: verdict(message) === true ? ACCEPTED : REFUSED };
}

/** Ids of connections and requests are of no use to a reader of an issue. */
const withoutIds = (text: string) =>
  text.replaceAll(/("(?:connectionId|requestId)": ?)"[^"]*"/g, '$1"…"').slice(0, 300);

/** What was heard, in words. */
export function describeHeard(heard: Heard): string {
  if (heard.kind === 'answer') return 'acknowledged';
  if (heard.kind === 'strange') return `the gateway sent \`${heard.text}\``;
  if (heard.kind === 'nothing') return 'no answer';
  return `closed with ${heard.code}${heard.reason === '' ? '' : ` (${heard.reason})`}`;
}
