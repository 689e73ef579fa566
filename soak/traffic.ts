import { firstJobAt } from '../cli/simulate/send-traffic.ts';
import type { Delivery } from '../client/traffic/delivery.ts';
import { night } from '../client/traffic/night.ts';

/** A night of backups out of many that follow each other. Made from a few numbers: what is sent for hours need not be remembered. */
export interface Night {
  seed: number;
  firstJob: number;
  /** Epoch seconds. */
  endsAt: number;
}

/** Few fail: what waits for its turn to be told, at so many messages an hour, grows with time and is looked through each minute. */
const USUAL = { clients: 200, policies: 12, fail: 0.005 };

/** More than a night has jobs. */
const JOBS = 10_000;

/** One night after the other, each made when it is asked for. `now`: epoch ms when the first begins. */
export function* nights(now: number): Generator<Night, never> {
  for (let seed = 1; ; seed++)
    yield { seed, firstJob: firstJobAt(now) + seed * JOBS, endsAt: Math.floor(Date.now() / 1_000) };
}

/** The same for the same night. */
export const deliveriesOf = (of: Night): readonly Delivery[] => night({ ...USUAL, ...of }).deliveries;
