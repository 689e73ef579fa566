import type { ClientClock } from './clock.ts';
import { type NbwssMessage, newId, request } from './envelope.ts';
import type { ClientHappening } from './events.ts';

/** What the caller of notify() gets. `ms` counts from the first time that the notification was sent. */
export interface Acknowledgement {
  id: string;
  attempts: number;
  ms: number;
  frame: string;
}

/** What the outbox needs of a connection. */
export interface Link {
  isOpen(): boolean;
  send(text: string): void;
}

/** The notifications that are not acknowledged yet. Sends each again until it is. */
export interface Outbox {
  add(payload: unknown[], options?: { id?: string; timeStamp?: number }): Promise<Acknowledgement>;
  /** A connection was accepted: sends everything outstanding on it, in the order in which it was added. */
  connected(link: Link): void;
  disconnected(): void;
  /** False when nothing with this id is outstanding. */
  acknowledge(id: string, frame: string): boolean;
  ids(): readonly string[];
  /** Rejects everything that is still outstanding. */
  abandon(error: Error): void;
}

export interface OutboxOptions {
  clock: ClientClock;
  resendAfter: number;
  keepIdOnResend: boolean;
  maxOutstanding: number;
  emit: (happening: ClientHappening) => void;
}

interface Entry {
  message: NbwssMessage;
  /** Every id that it was sent with: an acknowledgement of an earlier attempt counts, too. */
  ids: string[];
  attempts: number;
  firstSent: number;
  cancelResend: () => void;
  resolve: (acknowledgement: Acknowledgement) => void;
  reject: (error: Error) => void;
}

export function createOutbox(options: OutboxOptions): Outbox {
  const { clock, resendAfter, keepIdOnResend, maxOutstanding, emit } = options;
  const byId = new Map<string, Entry>();
  const underway = new Set<Entry>();
  const waiting = new Set<Entry>();
  let link: Link | undefined;

  const transmit = (entry: Entry) => {
    // A closing connection would lose it, so it goes out on the next one instead.
    if (!link?.isOpen()) return;
    if (entry.attempts > 0 && !keepIdOnResend) {
      const id = newId();
      entry.message = request('NOTIFICATION', entry.message.payload, id, clock.now());
      entry.ids.push(id);
      byId.set(id, entry);
    }
    if (entry.attempts === 0) entry.firstSent = clock.now();
    entry.attempts += 1;
    entry.cancelResend();
    entry.cancelResend = clock.after(resendAfter, () => transmit(entry));
    emit({ kind: 'sent', id: entry.message.id, attempt: entry.attempts, message: entry.message });
    link.send(JSON.stringify(entry.message));
  };
  const fill = () => {
    for (const entry of waiting) {
      if (!link || underway.size >= maxOutstanding) return;
      waiting.delete(entry);
      underway.add(entry);
      transmit(entry);
    }
  };

  return {
    add(payload, { id = newId(), timeStamp } = {}) {
      if (byId.has(id)) return Promise.reject(new Error(`A notification with the id ${id} is outstanding already`));
      const { promise, resolve, reject } = Promise.withResolvers<Acknowledgement>();
      const made = request('NOTIFICATION', payload, id, clock.now());
      const message = timeStamp === undefined ? made : { ...made, timeStamp };
      const entry = { message, ids: [id], attempts: 0, firstSent: 0, cancelResend: () => {}, resolve, reject };
      byId.set(id, entry);
      waiting.add(entry);
      fill();
      return promise;
    },
    connected(accepted) {
      link = accepted;
      for (const entry of underway) transmit(entry);
      fill();
    },
    disconnected() {
      link = undefined;
      for (const entry of underway) entry.cancelResend();
    },
    acknowledge(id, frame) {
      const entry = byId.get(id);
      if (!entry || entry.attempts === 0) return false;
      const ms = clock.now() - entry.firstSent;
      entry.cancelResend();
      underway.delete(entry);
      for (const each of entry.ids) byId.delete(each);
      emit({ kind: 'acknowledged', id, ms, frame });
      entry.resolve({ id, attempts: entry.attempts, ms, frame });
      fill();
      return true;
    },
    ids: () => [...underway, ...waiting].map(({ message }) => message.id),
    abandon(error) {
      link = undefined;
      for (const entry of [...underway, ...waiting]) {
        entry.cancelResend();
        entry.reject(error);
      }
      for (const all of [byId, underway, waiting]) all.clear();
    },
  };
}
