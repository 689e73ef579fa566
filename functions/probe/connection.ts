import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { VERSION } from '../nbwss/envelope.ts';

/** A connection to the gateway, as a primary server has one. */
export interface Connection {
  /**
   * Sends a request, and again every five seconds, as NetBackup does, until it is answered. Returns the payload of the
   * answer. Rejects when the connection ends.
   */
  ask(type: 'CONNECT' | 'NOTIFICATION', payload: unknown): Promise<unknown>;
  close(): void;
}

const RESEND_MS = 5_000;

const responseSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ id: v.string(), type: v.string(), subType: v.literal('RESPONSE'), payload: v.optional(v.unknown()) }),
);

/** Opens a connection. It ends at the latest with the signal; requests under way then reject. */
export async function openConnection(url: string, signal: AbortSignal): Promise<Connection> {
  signal.throwIfAborted();
  const socket = new WebSocket(url);
  const opened = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<never>();
  // Whoever waits gets the error. If nobody waits just then, it must not be an unhandled rejection.
  ended.promise.catch(() => {});
  let problem = '';
  socket.addEventListener('open', () => opened.resolve());
  socket.addEventListener('error', (event) => {
    if ('message' in event) problem = String(event.message);
  });
  socket.addEventListener('close', ({ code, reason }) =>
    ended.reject(new Error(`the connection ended: ${[code, reason, problem].filter(Boolean).join(' ')}`)),
  );
  signal.addEventListener('abort', () => {
    ended.reject(signal.reason);
    socket.close();
  });
  await Promise.race([opened.promise, ended.promise]);

  return {
    async ask(type, payload) {
      const id = randomUUID();
      const answered = Promise.withResolvers<unknown>();
      const listen = ({ data }: MessageEvent) => {
        const read = v.safeParse(responseSchema, data);
        if (read.success && read.output.id === id && read.output.type === type) answered.resolve(read.output.payload);
      };
      const timeStamp = Math.floor(Date.now() / 1000);
      const text = JSON.stringify({ version: VERSION, id, type, subType: 'REQUEST', timeStamp, payload });
      socket.addEventListener('message', listen);
      socket.send(text);
      const resends = setInterval(() => socket.send(text), RESEND_MS);
      try {
        return await Promise.race([answered.promise, ended.promise]);
      } finally {
        clearInterval(resends);
        socket.removeEventListener('message', listen);
      }
    },
    close: () => socket.close(),
  };
}
