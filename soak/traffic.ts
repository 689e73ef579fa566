import { firstJobAt } from '../cli/simulate/send-traffic.ts';
import type { Delivery } from '../client/traffic/delivery.ts';
import { night } from '../client/traffic/night.ts';

/**
 * A night of backups, one of many in a row. It is made from a few numbers, so that hours of traffic need not be
 * remembered.
 */
export interface Night {
  seed: number;
  firstJob: number;
  /** Epoch seconds. */
  endsAt: number;
}

/**
 * Few backups fail: at so many messages an hour, what waits for its turn would grow with time, and the publisher looks
 * through it every minute.
 */
const USUAL = { clients: 200, policies: 12, fail: 0.005 };

/** More jobs than a night has. */
const JOBS = 10_000;

/** One night after the other, each made when it is asked for. `now`: epoch ms when the first begins. */
export function* nights(now: number): Generator<Night, never> {
  for (let seed = 1; ; seed++)
    yield { seed, firstJob: firstJobAt(now) + seed * JOBS, endsAt: Math.floor(Date.now() / 1_000) };
}

/** The same deliveries for the same night. */
export const deliveriesOf = (of: Night): readonly Delivery[] => night({ ...USUAL, ...of }).deliveries;
