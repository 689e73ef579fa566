import { setTimeout as sleep } from 'node:timers/promises';
import type { EndpointFile } from '../../client/endpoint-file.ts';
import { RefusedError } from '../../client/errors.ts';
import { createPrimary, type Primary } from '../../client/primary.ts';
import { times } from '../../client/times.ts';
import type { Delivery } from '../../client/traffic/delivery.ts';
import { CliError } from '../errors.ts';
import { createTally, note, type Tally } from './tally.ts';

export interface SendOptions {
  endpoint: EndpointFile;
  /** The certificate to accept (PEM), if no authority that Node knows has signed it. */
  ca?: Buffer | undefined;
  connections: number;
  /** How many notifications of a connection may wait for their acknowledgement at a time. */
  outstanding: number;
  /** When a delivery is sent, ms after the connections are accepted. */
  due(delivery: Delivery, index: number): number;
  /** Gives up if everything was handed to the client and no acknowledgement came for this long, ms. */
  waitMs: number;
  /** Ends the sending early. */
  stop: AbortSignal;
  /** The results so far, updated as the sending goes on. */
  tally?: Tally;
}

export interface Sent {
  tally: Tally;
  acknowledged: readonly Delivery[];
  /** What was sent and never acknowledged; some of it may be stored. */
  lost: readonly Delivery[];
  /** How many were never sent, because sending was stopped or they waited for others. */
  unsent: number;
  /** How long the sending took, ms. */
  ms: number;
}

/**
 * After a cut, NetBackup takes up to a minute to connect again, which is too long to wait here. All other times are
 * NetBackup's.
 */
const TIMES = { ...times(), reconnectAfter: 500 };

/** How long the endpoint may take to accept the first CONNECT. */
const CONNECT_MS = 15_000;

/** How long to wait for outstanding acknowledgements after a stop. */
const LAST_MS = 2_000;

/** Resolves after `ms`, or earlier when one of the signals comes or the sending ends. */
type Pause = (ms: number, ...until: AbortSignal[]) => Promise<void>;

/**
 * Sends traffic as a primary server does, and waits for the acknowledgements. Throws CliError if a connection is not
 * accepted.
 */
export async function send(deliveries: readonly Delivery[], options: SendOptions): Promise<Sent> {
  const { tally = createTally(), stop } = options;
  const over = new AbortController();
  const pause: Pause = (ms, ...until) =>
    sleep(ms, undefined, { signal: AbortSignal.any([over.signal, ...until]) }).catch(() => {});
  const connections = Array.from({ length: options.connections }, () => open(options, tally));
  try {
    await Promise.all(connections.map((connection) => accepted(connection, options, pause)));
    const begun = performance.now();
    const waiting = new Set<Delivery>();
    const acknowledged: Delivery[] = [];
    // NetBackup has one notification of an id under way at a time: the next one of that id goes out once the one before
    // it is acknowledged.
    const byId = new Map<string, Promise<void>>();
    const give = async ({ primary }: OpenConnection, delivery: Delivery) => {
      waiting.add(delivery);
      await byId.get(delivery.id);
      const { payload, id, timeStamp, cut } = delivery;
      if (cut === 'before') primary.cut();
      if (cut === 'within') primary.cutWithin(payload);
      const answer = primary.notify(payload, { id, timeStamp });
      if (cut === 'after') primary.cut();
      await answer;
      waiting.delete(delivery);
      acknowledged.push(delivery);
    };
    for (const [index, delivery] of deliveries.entries()) {
      const left = begun + options.due(delivery, index) - performance.now();
      if (left > 0) await pause(left, stop);
      const connection = connections[index % connections.length];
      if (stop.aborted || !connection) break;
      // If it is not acknowledged for any reason, it stays in `waiting`.
      const given = give(connection, delivery).catch(() => {});
      byId.set(delivery.id, given);
    }
    await settled(Promise.all(byId.values()), options, tally, pause);
    const lost = [...waiting].filter(({ id }) => tally.ids.has(id));
    const unsent = deliveries.length - acknowledged.length - lost.length;
    return { tally, acknowledged: [...acknowledged], lost, unsent, ms: performance.now() - begun };
  } finally {
    over.abort();
    await Promise.all(connections.map(({ primary }) => primary.stop()));
  }
}

/** Waits for the last acknowledgements, as long as more keep coming within `waitMs`. */
async function settled(all: Promise<unknown>, options: SendOptions, tally: Tally, pause: Pause): Promise<void> {
  const { waitMs, stop } = options;
  let isOver = false;
  const over = all.then(() => {
    isOver = true;
  });
  for (let before = -1; !isOver && !stop.aborted && tally.acknowledged > before; ) {
    before = tally.acknowledged;
    await Promise.race([over, pause(waitMs, stop)]);
  }
  if (stop.aborted) await Promise.race([over, pause(LAST_MS)]);
}

interface OpenConnection {
  primary: Primary;
  /** Why the last attempt to open it failed. */
  reason(): string;
}

function open({ endpoint, ca, outstanding }: SendOptions, tally: Tally): OpenConnection {
  let reason = 'it does not answer';
  const primary = createPrimary({
    endpoint,
    times: TIMES,
    insecure: true,
    maxOutstanding: outstanding,
    keepEvents: false,
    ...(ca && { ca }),
    onEvent(event) {
      if (event.kind === 'unreachable') reason = event.reason;
      note(tally, event);
    },
  });
  return { primary, reason: () => reason };
}

async function accepted({ primary, reason }: OpenConnection, options: SendOptions, pause: Pause): Promise<void> {
  const { endpoint, stop } = options;
  let isOpen = false;
  try {
    await Promise.race([primary.start().then(() => (isOpen = true)), pause(CONNECT_MS, stop)]);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    throw new CliError(
      `${endpoint.url} does not accept the token of the endpoint file.`,
      'Make another file with npx nbwatch endpoint create or npx nbwatch endpoint rotate, and give it with --endpoint.',
    );
  }
  if (isOpen) return;
  throw new CliError(
    stop.aborted ? 'Stopped before a connection was accepted.' : `${endpoint.url} cannot be reached: ${reason()}`,
    'Check that nbwatch runs there, and the network path to it. If it has a certificate of your own, give that with --ca.',
  );
}
