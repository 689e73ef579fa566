import { planBackups, reportsOfBackups, withFailures, withParents } from './backups.ts';
import type { Traffic, TrafficOptions } from './delivery.ts';
import { createDraw, type Draw } from './draw.ts';
import { planCleanups, planRestores, reportsOfCleanups } from './housekeeping.ts';
import { type JobPlan, reportsOfJobs } from './job.ts';
import { polled } from './report.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** Changes planned backups. Times are seconds since the traffic began. */
type Happening = (backups: readonly JobPlan[], draw: Draw) => JobPlan[];

/** A night of eight hours: backups of all clients, restores, and the images that expire. */
export function night(options: TrafficOptions): Traffic {
  return trafficOf(options, 8 * HOUR, (backups, draw) => withFailures(backups, options.fail, draw));
}

/** Status codes of backups that fail because their storage is away. */
const STORAGE_FAILURES = [2106, 2106, 2106, 2074, 84, 84, 213, 219] as const;

/** The share of jobs that fail of those that run while the storage is away. */
const OUTAGE_SHARE = 0.9;

/**
 * Two hours of backups. In the middle, the storage is away for half an hour, and nearly all backups that run then fail.
 */
export function outage(options: TrafficOptions): Traffic {
  const [from, until] = [45 * MINUTE, 75 * MINUTE];
  return trafficOf(options, 2 * HOUR, (backups, draw) =>
    withFailures(backups, options.fail, draw).map((job) => {
      const isHit = job.activeAt < until && job.doneAt > from && draw.chance(OUTAGE_SHARE);
      if (!isHit) return job;
      const doneAt = Math.max(job.activeAt, from) + draw.whole(2, 5 * MINUTE);
      return { ...job, doneAt: Math.min(doneAt, job.doneAt), status: draw.one(STORAGE_FAILURES) };
    }),
  );
}

/** All backups run and end within ten seconds. Those that fail do so because their storage is away. */
export function storm(options: TrafficOptions): Traffic {
  const seconds = 2 * MINUTE;
  const draw = createDraw(options.seed);
  const begin = options.endsAt - seconds;
  const planned = planBackups(options, draw, seconds).map((job) => ({ ...job, queuedAt: 0, activeAt: 1 }));
  const backups = withFailures(planned, options.fail, draw).map((job) => ({
    ...job,
    doneAt: seconds - draw.whole(0, 9),
    status: job.status > 1 ? draw.one(STORAGE_FAILURES) : job.status,
  }));
  const reports = [...reportsOfJobs(backups, begin, options.firstJob), ...reportsOfBackups(backups, begin, draw)];
  const within = reports.filter(({ at }) => at <= seconds);
  return { deliveries: polled(within, begin, options), ms: seconds * 1_000 };
}

function trafficOf(options: TrafficOptions, seconds: number, happens: Happening): Traffic {
  const draw = createDraw(options.seed);
  const begin = options.endsAt - seconds;
  const backups = happens(planBackups(options, draw, seconds), draw);
  const others = [...planRestores(backups, draw, seconds), ...planCleanups(seconds)];
  const reports = [
    ...reportsOfJobs([...withParents(backups), ...others], begin, options.firstJob),
    ...reportsOfBackups(backups, begin, draw),
    ...reportsOfCleanups(backups, begin, draw, seconds),
  ];
  return { deliveries: polled(reports, begin, options), ms: seconds * 1_000 };
}
