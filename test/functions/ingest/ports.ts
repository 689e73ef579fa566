import type { IngestContext } from '../../../functions/ingest/context.ts';
import type { Arrival } from '../../../functions/ingest/receive.ts';
import type { Socket } from '../../../functions/ingest/socket.ts';
import type { AsideItem } from '../../../functions/ledger/aside.ts';
import type { FactItem } from '../../../functions/ledger/fact.ts';
import type { Appended, Ledger } from '../../../functions/ledger/ledger.ts';
import type { Endpoint } from '../../../functions/registry/endpoint.ts';
import type { Registry } from '../../../functions/registry/registry.ts';
import { FOREVER, RECEIVED } from '../support.ts';

export const DEMO: Endpoint = { endpoint: 'demo', primary: 'demo' };

/** What a test may replace. */
export interface Otherwise extends Partial<Omit<IngestContext, 'registry' | 'ledger' | 'socket'>> {
  registry?: Partial<Registry>;
  ledger?: Partial<Ledger>;
  socket?: Partial<Socket>;
}

/** Ports as plain objects that succeed on the connection of `demo`, and what was done through them, in order. */
export function ports({ registry, ledger, socket, ...other }: Otherwise = {}) {
  const journal: string[] = [];
  const sent: string[] = [];
  const facts: FactItem[] = [];
  const asides: AsideItem[] = [];
  /** Begins, lets other work go first, then ends: the journal shows what did not wait for it. */
  async function step<T>(name: string, result: T): Promise<T> {
    journal.push(name);
    await new Promise(setImmediate);
    journal.push(`${name} done`);
    return result;
  }
  const context: IngestContext = {
    registry: {
      connect: ({ token }) => step('connect', token === 'good' ? DEMO : { refused: 'no endpoint has this token' }),
      opensCanary: () => step('opensCanary', false),
      bound: () => step('bound', DEMO),
      heard: async () => {},
      closed: () => step('closed', undefined),
      ...registry,
    },
    ledger: {
      append(some) {
        facts.push(...some);
        return step(
          'append',
          some.map((): Appended => 'new'),
        );
      },
      putAside(item) {
        asides.push(item);
        return step('putAside', undefined);
      },
      ...ledger,
    },
    asideLimit: { admit: async (_primary, _at, digests) => new Set(digests) },
    isAllowedSource: () => true,
    socket: {
      send(_, text) {
        sent.push(text);
        return step('send', true);
      },
      disconnect: () => step('disconnect', true),
      ...socket,
    },
    now: () => RECEIVED + 100,
    deadlineMs: 1_500,
    acknowledgementPayload: 'array',
    retention: FOREVER,
    ...other,
  };
  return { context, journal, sent, facts, asides, step };
}

/** A message as the gateway hands it over. A string is the text as it is, anything else becomes JSON. */
export function arrival(message: unknown, other: Partial<Arrival> = {}): Arrival {
  const text = typeof message === 'string' ? message : JSON.stringify(message);
  return { connectionId: 'c-1', sourceIp: '192.0.2.1', requestId: 'r-1', receivedAt: RECEIVED, text, ...other };
}

export const request = (type: string, payload: unknown, other: object = {}) => ({
  ...{ version: '1.0', id: 'i-1', type, subType: 'REQUEST', timeStamp: 1_459_812_600, payload, ...other },
});

export const group = (object: string, ...data: unknown[]) => ({ notificationType: 'INFO', object, data });
