import type { Primary } from '../../client/primary.ts';
import type { Delivery } from '../../client/traffic/delivery.ts';
import { night } from '../../client/traffic/night.ts';
import type { Metered } from './metered.ts';

/** The primary server whose month is measured: it backs up so many clients each night. */
export const MONTH = { clients: 200, policies: 12, nights: 30 };

/**
 * The share of backups that fail in a night with failures. Every second night has failures; in the night after it, all
 * backups succeed.
 */
const FAIL = 0.05;

/** Every so-many-th message is sent twice, because its acknowledgement was lost. */
const RESENT = 50;

/** The part of the month that is played: the same night three times, with fewer clients. */
export interface Sample {
  clients: number;
  policies: number;
}

export interface Sent {
  messages: number;
  entries: number;
}

/** Keeps the job ids of one night apart from those of another. */
const JOBS = 10_000;
const DAY_SECONDS = 86_400;
const RETENTION_SECONDS = 28 * DAY_SECONDS;

/** How many weeks of one client's images are played; images are kept for four. */
const WEEKS = 8;

/** Night `n`. Each night has the same backups; none fail unless `isFailing`. `at`: epoch seconds. */
export function nightOf({ clients, policies }: Sample, n: number, at: number, isFailing = false): readonly Delivery[] {
  const fail = isFailing ? FAIL : 0;
  return night({ clients, policies, fail, seed: 1, firstJob: n * JOBS, endsAt: at + n * DAY_SECONDS }).deliveries;
}

/** The images reported four weeks before that night: what expires in it was created then. */
export function imagesBefore(sample: Sample, n: number, at: number): Delivery[] {
  return onlyOf('IMAGE', nightOf(sample, n, at - RETENTION_SECONDS));
}

/** The jobs reported in the night before the first, so that their series exist, as they do in all nights but one. */
export function jobsBefore(sample: Sample, at: number): Delivery[] {
  return onlyOf('JOB', nightOf(sample, 0, at));
}

function onlyOf(object: 'JOB' | 'IMAGE', deliveries: readonly Delivery[]): Delivery[] {
  return deliveries.flatMap((delivery) => {
    const payload = delivery.payload.filter((group) => group.object === object);
    return payload.length === 0 ? [] : [{ ...delivery, id: `${delivery.id}-before`, payload }];
  });
}

/**
 * What was reported of one client's images: eight weeks, each in a message, then the last night. What is older than
 * four weeks expires.
 */
export function longLife(at: number): Delivery[] {
  const nights = Array.from({ length: 7 * WEEKS + 1 }, (_, n) => {
    return nightOf({ clients: 1, policies: 1 }, n - 7 * WEEKS, at);
  });
  return Array.from({ length: WEEKS + 1 }, (_, week) => {
    const deliveries = nights.slice(7 * week, 7 * week + 7).flat();
    const payload = deliveries.flatMap((delivery) => delivery.payload.filter(({ object }) => object === 'IMAGE'));
    return deliveries.slice(-1).map((last) => ({ ...last, id: `week-${week}`, payload }));
  }).flat();
}

/** Each entry in a message of its own. */
export function oneByOne(deliveries: readonly Delivery[]): Delivery[] {
  return deliveries.flatMap((delivery) =>
    delivery.payload.flatMap((group) =>
      group.data.map((entry, n) => ({
        ...delivery,
        id: `${delivery.id}-${group.object}-${n}`,
        payload: [{ ...group, data: [entry] }],
      })),
    ),
  );
}

/** Each message, and every `RESENT`-th of them twice. */
export const withResends = (deliveries: readonly Delivery[]): Delivery[] =>
  deliveries.flatMap((delivery, n) => (n % RESENT === RESENT - 1 ? [delivery, delivery] : [delivery]));

export function countSent(deliveries: readonly Delivery[]): Sent {
  const entries = deliveries.flatMap(({ payload }) => payload).flatMap(({ data }) => data);
  return { messages: deliveries.length, entries: entries.length };
}

/**
 * Sends messages one after the other, each once the one before is projected and its alerts are sent. Between them the
 * time of day passes as it does between messages of a primary server with the month's clients.
 */
export async function play(
  { run, clock }: Metered,
  primary: Primary,
  deliveries: readonly Delivery[],
  share: number,
): Promise<void> {
  let before = deliveries[0]?.at ?? 0;
  for (const { at, id, timeStamp, payload } of deliveries) {
    clock.leap(Math.max(0, Math.round((at - before) * share)));
    before = at;
    await primary.notify(payload, { id, timeStamp });
    await run.idle();
  }
}

/** How often the publisher is woken until everything is sent: digests come after five and fifteen minutes. */
export const WAKINGS = 4;

/** Has the publisher send everything that waits. */
export async function tellAll({ run, clock, wake }: Metered): Promise<void> {
  for (let n = 0; n < WAKINGS; n += 1) {
    clock.leap(5 * 60_000);
    await wake('publisher');
  }
  clock.endWindows();
  await run.idle();
}
