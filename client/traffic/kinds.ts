import type { Traffic, TrafficOptions } from './delivery.ts';
import { reconnects, resends } from './disturbed.ts';
import { documented } from './documented.ts';
import { night, outage, storm } from './night.ts';
import { ransom } from './ransom.ts';

/** A kind of traffic, with its default size. */
export interface TrafficKind {
  name: string;
  /** What happens, in one line. */
  title: string;
  usual: Pick<TrafficOptions, 'clients' | 'policies' | 'fail'>;
  /** In how many minutes the traffic is sent. */
  minutes: number;
  make(options: TrafficOptions): Traffic;
}

const SOME = { clients: 60, policies: 6, fail: 0.03 };
const MANY = { clients: 200, policies: 12, fail: 0.03 };

/** Every kind of traffic that `nbwatch simulate` sends. */
export const TRAFFIC: readonly TrafficKind[] = [
  { name: 'documented', title: 'The documented messages and a failed job', usual: SOME, minutes: 0, make: documented },
  {
    name: 'night',
    title: 'A night of eight hours: backups, restores, and images that expire',
    usual: MANY,
    minutes: 1,
    make: night,
  },
  {
    name: 'outage',
    title: 'Two hours of backups; the storage is away for half an hour, and nearly all backups that run then fail',
    usual: MANY,
    minutes: 0.5,
    make: outage,
  },
  {
    name: 'storm',
    title: 'Thousands of backups fail within ten seconds',
    usual: { clients: 2_000, policies: 12, fail: 1 },
    minutes: 0,
    make: storm,
  },
  {
    name: 'ransom',
    title: 'Somebody deletes the young images of all clients, the newest first',
    usual: { clients: 50, policies: 1, fail: 0 },
    minutes: 0.5,
    make: ransom,
  },
  {
    name: 'resends',
    title: 'A night in which every message comes several times, in another order, under the same or new ids',
    usual: SOME,
    minutes: 0.5,
    make: resends,
  },
  {
    name: 'reconnects',
    title: 'A night in which the connection is cut again and again, also in the middle of messages',
    usual: SOME,
    minutes: 0.5,
    make: reconnects,
  },
];
