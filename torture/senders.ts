import { endpointFile } from '../cli/endpoint-file.ts';
import { type NbwssMessage, newId, request } from '../client/envelope.ts';
import { NotConnectedError } from '../client/errors.ts';
import { createPrimary, type Primary } from '../client/primary.ts';
import { times } from '../client/times.ts';
import type { Draw } from '../client/traffic/draw.ts';
import type { Adversities } from './adversities.ts';
import type { ClientLine } from './checker/evidence.ts';
import type { Pace } from './pace.ts';
import type { Sending } from './traffic.ts';

/**
 * NetBackup's intervals and the minute of the schedules are divided by this. AWS and the functions keep their own
 * times.
 */
export const SCALE = 50;

/**
 * What races against a function keeps its proportion to the function, which takes as long here as on AWS. NetBackup
 * resends after 5 s, when the 1.5 s that `ingest` has for an answer are over. So does this client, and not after 0.1 s.
 * How long it waits until it gives a connection up is not scaled either. Of these times only `sendTimeout` is
 * documented, "a send or receive gives up after this".
 */
const AGAINST_FUNCTIONS = { resendAfter: 1_600, openTimeout: 5_000, connectTimeout: 2_000, sendTimeout: 2_000 };

export const TIMES = { ...times(SCALE), ...AGAINST_FUNCTIONS };

/** What all clients did together. */
export interface Sent {
  /** Notifications, counted as often as they went out. */
  times: number;
  /** Connections that were accepted. */
  connections: number;
}

const STRANGER = 'stranger';

export interface ClientOptions {
  name: string;
  token: string;
  url: string;
  log: ClientLine[];
  sent: Sent;
  pace: Pace;
  adversities: Adversities;
  /** Epoch ms by the run's clock. */
  now(): number;
  /** Called when the token is refused, while the connection is still open. */
  onRefused?(): void;
}

/** A primary server that sends one notification at a time and waits for its acknowledgement. */
export interface Client extends Primary {
  /** Whether a message that it is given goes out at once. */
  isOpen(): boolean;
  /** Calls back at the next end of its connection. Replaces the callback that was given before. */
  whenCut(callback: () => void): void;
}

export function createClient({ name, token, url, log, sent, pace, now, onRefused }: ClientOptions): Client {
  let cut = () => {};
  let isOpen = false;
  const primary = createPrimary({
    endpoint: endpointFile({ group: name, priority: 1 }, token, url),
    times: TIMES,
    insecure: true,
    maxOutstanding: 1,
    keepEvents: false,
    onEvent(event) {
      if (event.kind === 'closed') isOpen = false;
      if (event.kind === 'closed') cut();
      if (event.kind === 'refused') onRefused?.();
      if (event.kind === 'accepted') {
        isOpen = true;
        sent.connections++;
        log.push({ primary: name, kind: 'accepted' });
      }
      if (event.kind === 'sent') sent.times++;
      if (event.kind === 'sent' && event.attempt > 1) pace.late();
      if (event.kind === 'sent' && event.attempt === 1) {
        const { timeStamp, payload } = event.message;
        log.push({ primary: name, kind: 'sent', at: now(), id: event.id, message: { timeStamp, payload } });
      }
      if (event.kind === 'acknowledged') {
        pace.answered(event.ms);
        log.push({ primary: name, kind: 'acknowledged', at: now(), id: event.id });
      }
      if (event.kind === 'undecodable') log.push({ primary: name, kind: 'undecodable', frame: event.frame });
    },
  });
  return {
    ...primary,
    isOpen: () => isOpen,
    cut() {
      isOpen = false;
      primary.cut();
    },
    cutWithin(payload) {
      isOpen = false;
      primary.cutWithin(payload);
    },
    whenCut(callback) {
      cut = callback;
    },
  };
}

export interface SendOptions {
  draw: Draw;
  pace: Pace;
  /** Another connection of the same primary server. */
  twin: Client | undefined;
  adversities: Adversities;
  acknowledged(): void;
}

/**
 * Sends what one connection has to send, one after the other. Now and then cuts the connection: before a message,
 * within one, or before its answer.
 */
export async function sendAll(
  client: Client,
  messages: readonly Sending[],
  { draw, pace, twin, adversities, acknowledged }: SendOptions,
): Promise<void> {
  for (const { payload, id, timeStamp } of messages) {
    const giveBack = await pace.enter();
    // A connection that waits to be opened must not stop the others.
    client.whenCut(giveBack);
    try {
      const cut = draw.chance(0.02) ? draw.one(['before', 'within', 'after']) : undefined;
      const [wasOpen, onBoth, again] = [client.isOpen(), draw.chance(0.02), draw.chance(0.02)];
      if (wasOpen && cut === 'before') adversities.cutBefore++;
      if (wasOpen && cut === 'within') adversities.cutWithin++;
      if (cut === 'before') client.cut();
      if (cut === 'within') client.cutWithin(payload);
      const isSent = client.isOpen();
      const answer = client.notify(payload, { id, timeStamp });
      // Two invocations at once for one message: on another connection, or on the same.
      const message = { ...request('NOTIFICATION', payload, id, 0), timeStamp };
      if (onBoth && twin?.isOpen() && sendRaw(twin, message) && isSent) adversities.twins++;
      if (again && sendRaw(client, message) && isSent) adversities.repeats++;
      if (cut === 'after') client.cut();
      if (cut === 'after' && isSent) adversities.cutAfter++;
      await answer;
    } finally {
      giveBack();
    }
    acknowledged();
  }
}

/** Sends a message as it is, if the connection is open. Returns whether it was. */
function sendRaw(client: Primary, message: NbwssMessage): boolean {
  try {
    client.sendRaw(JSON.stringify(message));
    return true;
  } catch (error) {
    if (!(error instanceof NotConnectedError)) throw error;
    return false;
  }
}

/** A stranger without a token that reports anyway: it is refused and disconnected, and nothing of it is kept. */
export async function stranger(
  options: Omit<ClientOptions, 'name'>,
  whenEnding: (end: () => void) => void,
): Promise<void> {
  const job = { jobId: 1, parentJobId: 1, startTime: 1, state: 'DONE', status: 6, sender: STRANGER };
  const report = request('NOTIFICATION', [{ notificationType: 'INFO', object: 'JOB', data: [job] }], newId(), 0);
  const onRefused = () => {
    if (sendRaw(one, report)) options.adversities.strangers++;
  };
  const one = createClient({ ...options, name: STRANGER, onRefused });
  whenEnding(() => void one.stop());
  await one.start().catch(() => {});
  await one.stop();
}
