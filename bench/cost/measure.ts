import type { Primary } from '../../client/primary.ts';
import type { Ground } from '../part.ts';
import { objectsOf, withObjects } from './archived.ts';
import { type Line, sum, times, without } from './book.ts';
import { standing } from './fixed.ts';
import { floorOf } from './floor.ts';
import { type Metered, startMetered } from './metered.ts';
import { MONTH_HOURS, MONTH_MINUTES } from './prices.ts';
import {
  countSent,
  imagesBefore,
  jobsBefore,
  longLife,
  MONTH,
  nightOf,
  oneByOne,
  play,
  type Sample,
  type Sent,
  tellAll,
  WAKINGS,
  withResends,
} from './sample.ts';
import { AFTER_MONTHS, everythingKept, storageOf } from './stored.ts';

/** Notifications, what they used of each part, and the least that they could use. */
export interface Traffic extends Sent {
  lines: Line[];
  floor: Line[];
}

/** What the part `cost` found. */
export interface CostFigures {
  sample: Sample;
  /** A night's entries, each in a notification of its own; nothing fails. As measured. */
  ordinary: Traffic;
  /**
   * A month of a primary server with `MONTH.clients` clients, including failures, recoveries and resends. Scaled from
   * what was measured.
   */
  month: Traffic;
  /** What storage costs in a month, after so many such months. Figures from before it was measured do not have it. */
  storage?: { months: number; lines: Line[] }[];
  /** Metrics that only traffic brings. */
  trafficMetrics: string[];
  /** A month of a primary server that is connected and sends nothing. */
  idle: Line[];
  /** A month of a stack that receives nothing. */
  fixed: Line[];
  fixedMetrics: string[];
}

/** The gateway ends each connection after two hours. */
const CONNECTIONS_IN_MONTH = MONTH_HOURS / 2;

/** For 75 minutes `watch` looks at a client that lost images: `REMEMBERED_MS` of functions/watch/deletion-news.ts. */
const AFTER_LOSS_MINUTES = 80;

export async function measureCost(ground: Ground): Promise<CostFigures> {
  const { pace, progress, assembly } = ground;
  const sample = pace.quick ? { clients: 3, policies: 2 } : { clients: 24, policies: 3 };
  const minutes = pace.quick ? 2 : 60;
  const stack = await startMetered(ground);
  try {
    progress('cost: a stack to which nothing comes');
    const alone = await hour(stack, minutes);
    await stack.wake('probe');
    await stack.run.idle();
    const probe = stack.take();
    const written = [...new Set([...alone.metrics, ...probe.metrics])].sort();

    progress('cost: a primary server that is connected');
    const primary = await stack.connect();
    await stack.run.idle();
    const connected = stack.take();
    const quiet = await hour(stack, minutes);
    try {
      // What the schedules take without traffic is part of the figures of the stack that receives nothing.
      const wakings = times(partOf(alone.lines, 'publisher'), WAKINGS / 60);
      const traffic = await measureTraffic(stack, primary, sample, wakings, progress);
      progress('cost: the hour after, and that after images of a client expired');
      const last = longLife(Math.floor(stack.clock.now() / 1_000));
      await play(stack, primary, last.splice(0, last.length - 1), 0);
      await comeBack(stack, primary, sample);
      const after = partOf((await hour(stack, minutes)).lines, 'watch');
      // A new connection: the gateway would end this one while the loss is looked at, and a lost feed would be counted.
      primary.cut();
      await play(stack, primary, last, 0);
      stack.take();
      const ofLoss = partOf((await hour(stack, minutes, pace.quick ? minutes : AFTER_LOSS_MINUTES)).lines, 'watch');
      const watched = [
        ...times(without(after, quiet.lines), MONTH_HOURS),
        ...times(without(ofLoss, after), (AFTER_LOSS_MINUTES / 60) * MONTH.clients * MONTH.nights),
      ];
      const scale = (MONTH.clients / sample.clients) * (MONTH.nights / 2);
      const { messages, entries, lines, floor } = traffic.nights;
      return {
        sample,
        ordinary: traffic.ordinary,
        month: {
          messages: messages * scale,
          entries: entries * scale,
          lines: sum([...times(lines, scale), ...watched]),
          floor: times(floor, scale),
        },
        storage: traffic.storage.map(({ months, lines }) => ({ months, lines: times(lines, scale) })),
        trafficMetrics: traffic.metrics.filter((name) => !written.includes(name)),
        idle: sum([
          { part: 'gateway', unit: 'connectionMinute', amount: MONTH_MINUTES },
          ...times(connected.lines, CONNECTIONS_IN_MONTH),
          ...times(without(quiet.lines, alone.lines), MONTH_HOURS),
        ]),
        fixed: sum([...standing(assembly, written), ...times([...alone.lines, ...probe.lines], MONTH_HOURS)]),
        fixedMetrics: written,
      };
    } finally {
      await primary.stop();
    }
  } finally {
    await stack.stop();
  }
}

/**
 * What an hour with running schedules uses, measured over so many minutes. `looked`: how many minutes are measured
 * instead, right after something has happened; then the first minute counts too.
 */
async function hour({ clock, wake, take }: Metered, minutes: number, looked?: number) {
  const minute = async () => {
    clock.leap(60_000);
    await wake('watch');
    await wake('publisher');
  };
  // The first minute asks what the others then remember.
  if (looked === undefined) {
    await minute();
    take();
  }
  const measured = looked ?? minutes;
  for (let passed = 0; passed < measured; passed += 1) await minute();
  const { lines, metrics } = take();
  return { lines: times(lines, 60 / measured), metrics };
}

/** Lets `watch` forget what expired in the nights, and renews the connection, which a gateway would have ended. */
async function comeBack(stack: Metered, primary: Primary, sample: Sample): Promise<void> {
  stack.clock.leap(AFTER_LOSS_MINUTES * 60_000);
  primary.cut();
  await play(stack, primary, oneByOne(nightOf(sample, 4, Math.floor(stack.clock.now() / 1_000))).slice(0, 1), 0);
}

const partOf = (lines: readonly Line[], part: string) => lines.filter((line) => line.part === part);

async function measureTraffic(
  stack: Metered,
  primary: Primary,
  sample: Sample,
  wakings: readonly Line[],
  progress: Ground['progress'],
) {
  const at = Math.floor(stack.clock.now() / 1_000);
  const share = sample.clients / MONTH.clients;
  progress('cost: what was there before');
  const before = [...[1, 2, 3].flatMap((n) => imagesBefore(sample, n, at)), ...jobsBefore(sample, at)];
  await play(stack, primary, before, 0);
  await tellAll(stack);
  stack.take();

  const measured = async (deliveries: ReturnType<typeof oneByOne>) => {
    await play(stack, primary, deliveries, share);
    await tellAll(stack);
    const { lines, metrics } = stack.take();
    return { lines: without(lines, wakings), metrics };
  };
  progress('cost: a night, each entry in a message of its own');
  const single = oneByOne(nightOf(sample, 1, at));
  const ordinary = await measured(single);
  progress('cost: a night with failures, and the night after');
  const [failing, after] = [nightOf(sample, 2, at, true), nightOf(sample, 3, at)];
  const since = stack.clock.now();
  const there = await everythingKept(stack.run);
  const nights = await measured([...withResends(failing), ...withResends(after)]);
  const kept = await everythingKept(stack.run);
  // A resend is not a notification of its own: its cost belongs to the notifications that count.
  const both = [...failing, ...after];
  return {
    ordinary: {
      ...countSent(single),
      lines: withObjects(ordinary.lines, objectsOf(single, share)),
      floor: floorOf(single),
    },
    nights: {
      ...countSent(both),
      lines: withObjects(nights.lines, objectsOf(failing, share) + objectsOf(after, share)),
      floor: floorOf(both),
    },
    storage: AFTER_MONTHS.map((months) => ({
      months,
      lines: without(storageOf(kept, since, months), storageOf(there, since, months)),
    })),
    metrics: nights.metrics,
  };
}
