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
  MONTH,
  nightOf,
  oneByOne,
  play,
  type Sample,
  type Sent,
  tellAll,
  withResends,
} from './sample.ts';

/** Notifications, what they used of each part, and the least that they can use. */
export interface Traffic extends Sent {
  lines: Line[];
  floor: Line[];
}

/** What the part `cost` found. */
export interface CostFigures {
  sample: Sample;
  /** A night's entries, each in a notification of its own; nothing fails. As measured. */
  ordinary: Traffic;
  /** A month of a primary server with `MONTH.clients` clients: failures, recoveries and resends among it. Scaled from what was measured. */
  month: Traffic;
  /** Metrics that only traffic brings. */
  trafficMetrics: string[];
  /** A month of a primary server that is connected and sends nothing. */
  idle: Line[];
  /** A month of a stack to which nothing comes. */
  fixed: Line[];
  fixedMetrics: string[];
}

/** A gateway ends each connection after two hours. */
const CONNECTIONS_IN_MONTH = MONTH_HOURS / 2;

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
      const traffic = await measureTraffic(stack, primary, sample, progress);
      // What the publisher still had to tell is of the nights, which are counted.
      const ofWatch = (await hour(stack, minutes)).lines.filter(({ part }) => part === 'watch');
      const watched = times(without(ofWatch, quiet.lines), MONTH_HOURS);
      const scale = (MONTH.clients / sample.clients) * (MONTH.nights / 2);
      const { messages, entries, lines, floor } = traffic.nights;
      return {
        sample,
        ordinary: traffic.ordinary,
        month: {
          messages: messages * scale,
          entries: entries * scale,
          lines: sum([...times(lines, scale), ...times(watched, MONTH.clients / sample.clients)]),
          floor: times(floor, scale),
        },
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

/** What is used in an hour in which the schedules run, of which so many minutes are measured. */
async function hour({ clock, wake, take }: Metered, minutes: number): Promise<{ lines: Line[]; metrics: string[] }> {
  const minute = async () => {
    clock.leap(60_000);
    await wake('watch');
    await wake('publisher');
  };
  // The first asks what the others remember.
  await minute();
  take();
  for (let passed = 0; passed < minutes; passed += 1) await minute();
  const { lines, metrics } = take();
  return { lines: times(lines, 60 / minutes), metrics };
}

async function measureTraffic(stack: Metered, primary: Primary, sample: Sample, progress: Ground['progress']) {
  const at = Math.floor(stack.clock.now() / 1_000);
  const share = sample.clients / MONTH.clients;
  progress('cost: what was there before');
  const before = [1, 2, 3].flatMap((n) => imagesBefore(sample, n, at));
  await play(stack, primary, before, 0);
  await tellAll(stack);
  stack.take();

  const measured = async (deliveries: ReturnType<typeof oneByOne>) => {
    await play(stack, primary, deliveries, share);
    await tellAll(stack);
    return stack.take();
  };
  progress('cost: a night, each entry in a message of its own');
  const single = oneByOne(nightOf(sample, 1, at));
  const ordinary = await measured(single);
  progress('cost: a night with failures, and the night after');
  const [failing, after] = [nightOf(sample, 2, at, true), nightOf(sample, 3, at)];
  const nights = await measured([...withResends(failing), ...withResends(after)]);
  // A resend is no notification of its own: what it costs is a cost of those that are.
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
    metrics: nights.metrics,
  };
}
