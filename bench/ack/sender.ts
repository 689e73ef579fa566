import { systemClock } from '../../client/clock.ts';
import { CLOSE } from '../../client/close-codes.ts';
import { openConnection } from '../../client/connection.ts';
import type { EndpointFile } from '../../client/endpoint-file.ts';
import { decode, newId, request, verdict } from '../../client/envelope.ts';
import { times } from '../../client/times.ts';
import { type Job, payloadOf } from '../message.ts';

/**
 * One accepted connection, with one message at a time. NetBackup's client in client/ does more bookkeeping, which would
 * be measured too.
 */
export interface Sender {
  /** Resolves with the ms from sending a notification to its acknowledgement. Rejects on any other outcome. */
  send(jobs: readonly Job[]): Promise<number>;
  close(): void;
}

/** Connects as NetBackup does, and resolves once the CONNECT is answered `valid: true`. */
export async function connectSender({ url, token }: EndpointFile): Promise<Sender> {
  let asked: { id: string; answer: PromiseWithResolvers<string> } | undefined;
  const fail = (why: string) => asked?.answer.reject(new Error(`A notification was not acknowledged: ${why}`));
  const opened = Promise.withResolvers<void>();
  const connection = openConnection(
    { url, times: { ...times(), sendTimeout: 60_000 }, clock: systemClock },
    {
      open: opened.resolve,
      text(frame) {
        if (!asked) return;
        if (decode(frame)?.id === asked.id) asked.answer.resolve(frame);
        else fail(frame);
      },
      unreadable: fail,
      closed({ code, reason }) {
        const why = `the connection ended with ${code} ${reason}`;
        opened.reject(new Error(why));
        fail(why);
      },
    },
  );
  await opened.promise;
  const ask = (id: string, text: string): Promise<string> => {
    asked = { id, answer: Promise.withResolvers() };
    connection.send(text);
    return asked.answer.promise;
  };

  const connectId = newId();
  const answer = decode(await ask(connectId, JSON.stringify(request('CONNECT', { token }, connectId, Date.now()))));
  if (!answer || verdict(answer) !== true) throw new Error('The CONNECT was refused');
  return {
    async send(jobs) {
      const id = newId();
      const text = JSON.stringify(request('NOTIFICATION', payloadOf(jobs), id, Date.now()));
      const begun = performance.now();
      await ask(id, text);
      return performance.now() - begun;
    },
    close() {
      asked = undefined;
      connection.close(CLOSE.normal, '');
    },
  };
}
