import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from '../cli/simulate/tally.ts';
import type { EndpointFile } from '../client/endpoint-file.ts';
import { createPrimary, type Primary } from '../client/primary.ts';
import { times } from '../client/times.ts';
import type { Window } from './messages.ts';
import { deliveriesOf, type Night, nights } from './traffic.ts';

export interface SteadyOptions {
  endpoint: EndpointFile;
  connections: number;
  /**
   * Notifications a second; twice as many for the first seconds, so that everything that is kept for later reaches its
   * full size.
   */
  rate: number;
  warmUpSeconds: number;
  /** Ends the sending. */
  stop: AbortSignal;
  /** Called once the connections are accepted. */
  onBegun(): void;
}

/** A night that was sent, or whose first `given` notifications were sent. */
export interface SentNight {
  night: Night;
  given: number;
  /** Places of the notifications that are not acknowledged. */
  waiting: Set<number>;
}

/** A steady sending in progress. */
export interface Steady {
  /** What came since the last call. */
  takeWindow(): Window;
  /** Resolves when it was stopped, and either all is acknowledged or acknowledgements no longer come. */
  ended: Promise<readonly SentNight[]>;
}

/**
 * Notifications of a connection that may wait for their acknowledgement at the same time: a burst would be throttled,
 * and the rate no longer steady.
 */
const OUTSTANDING = 1;

/** After a stop, it gives up when no acknowledgement comes for this long. NetBackup resends after 5 seconds. */
const PATIENCE_MS = 20_000;
const LOOK_EVERY_MS = 100;

/**
 * As in `nbwatch simulate`: after a cut NetBackup takes up to a minute to reconnect, and nothing would be sent at a
 * steady rate meanwhile.
 */
const TIMES = { ...times(), reconnectAfter: 500 };

const none = () => ({ sent: 0, acknowledged: 0, resends: 0, accepted: 0, undecodable: 0, times: [] as number[] });

/**
 * Sends one night after the other as primary servers do, each notification when it is due, whether or not others are
 * answered.
 */
export function sendSteadily({ endpoint, connections, stop, onBegun, ...pace }: SteadyOptions): Steady {
  let window = none();
  const open = () =>
    createPrimary({
      endpoint,
      times: TIMES,
      insecure: true,
      maxOutstanding: OUTSTANDING,
      keepEvents: false,
      onEvent({ kind, ...event }) {
        if (kind === 'accepted') window.accepted += 1;
        if (kind === 'undecodable') window.undecodable += 1;
        if (kind === 'sent' && 'attempt' in event && event.attempt > 1) window.resends += 1;
      },
    });
  const primaries = Array.from({ length: connections }, open);

  const send = async (sent: SentNight[]) => {
    await Promise.all(primaries.map((primary) => primary.start()));
    onBegun();
    const begun = performance.now();
    let index = 0;
    for (const night of nights(Date.now())) {
      const one: SentNight = { night, given: 0, waiting: new Set() };
      sent.push(one);
      for (const [place, { payload, timeStamp }] of deliveriesOf(night).entries()) {
        const due = begun + dueAfter(index, pace);
        const left = due - performance.now();
        if (left > 0) await sleep(left, undefined, { signal: stop }).catch(() => {});
        if (stop.aborted) return;
        one.given += 1;
        one.waiting.add(place);
        window.sent += 1;
        void give(primaries[index % primaries.length], payload, timeStamp, () => {
          one.waiting.delete(place);
          window.acknowledged += 1;
          // Counted from when it was due: a notification that had to wait for others is late too.
          window.times.push(performance.now() - due);
        });
        index += 1;
      }
    }
  };
  const run = async () => {
    const sent: SentNight[] = [];
    try {
      await send(sent);
      await settled(sent);
      return sent;
    } finally {
      await Promise.all(primaries.map((primary) => primary.stop()));
    }
  };
  return {
    takeWindow() {
      const { times, ...counts } = window;
      window = none();
      const after = (percent: number) => Math.round(percentile(times, percent));
      return {
        ...counts,
        ...(times.length > 0 && { latency: { p50: after(50), p95: after(95), max: after(100) } }),
      };
    },
    ended: run(),
  };
}

/** When a notification is due, ms after the first. */
function dueAfter(index: number, { rate, warmUpSeconds }: Pick<SteadyOptions, 'rate' | 'warmUpSeconds'>): number {
  const early = Math.min(index, 2 * rate * warmUpSeconds);
  return (early / 2 / rate + (index - early) / rate) * 1_000;
}

/** A notification that is not acknowledged when the client stops stays in `waiting`. */
async function give(primary: Primary | undefined, payload: unknown[], timeStamp: number, taken: () => void) {
  await primary?.notify(payload, { timeStamp }).then(taken, () => {});
}

async function settled(sent: readonly SentNight[]): Promise<void> {
  const count = () => sent.reduce((sum, { waiting }) => sum + waiting.size, 0);
  let least = count();
  for (let patience = PATIENCE_MS; least > 0 && patience > 0; patience -= LOOK_EVERY_MS) {
    await sleep(LOOK_EVERY_MS);
    const left = count();
    if (left < least) patience = PATIENCE_MS;
    least = left;
  }
}
