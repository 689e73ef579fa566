import type { TrafficOptions } from './delivery.ts';
import type { Draw } from './draw.ts';
import { isUsable, type JobPlan, reportOfImage } from './job.ts';
import type { Report } from './report.ts';

/**
 * Status codes of failed backups on a usual night, by policy type. A code that occurs more often is listed more often.
 */
const FAILURES: Readonly<Record<string, readonly [number, ...number[]]>> = {
  VMWARE: [156, 156, 156, 4287, 4243, 4239, 13],
  STANDARD: [58, 58, 13, 13, 41, 24, 48, 50, 71],
};
const ANY_FAILURE = [13] as const;

/** Share of the other backups that skip some files and end with status 1, partial success. */
const PARTIAL = 0.02;

interface Policy {
  policyName: string;
  policyType: string;
  scheduleType: string;
  /** Seconds since the traffic began. */
  opensAt: number;
}

const two = (n: number) => String(n).padStart(2, '0');

/** Every third policy backs up virtual machines. About one policy in five makes full backups. */
function policiesOf({ policies }: TrafficOptions, draw: Draw, seconds: number): Policy[] {
  return Array.from({ length: policies }, (_, index) => ({
    policyName: index % 3 === 0 ? `vm-${two(index + 1)}` : `files-${two(index + 1)}`,
    policyType: index % 3 === 0 ? 'VMWARE' : 'STANDARD',
    scheduleType: draw.chance(0.2) ? 'ST_FULL' : 'ST_INCR',
    opensAt: draw.whole(0, Math.floor(seconds * 0.6)),
  }));
}

/**
 * Plans a backup of each client within `seconds`. The clients are dealt to the policies in turn. All backups succeed.
 */
export function planBackups(options: TrafficOptions, draw: Draw, seconds: number): JobPlan[] {
  const policies = policiesOf(options, draw, seconds);
  return Array.from({ length: options.clients }, (_, index) => index).flatMap((index) => {
    const policy = policies[index % policies.length];
    if (!policy) return [];
    const { opensAt, ...names } = policy;
    const clientName = `${names.policyType === 'VMWARE' ? 'vm' : 'srv'}${String(index + 1).padStart(4, '0')}`;
    const queuedAt = opensAt + draw.whole(1, 30);
    const activeAt = queuedAt + draw.whole(0, Math.floor(seconds * 0.1));
    // Many backups take seconds or minutes, a few take hours.
    const doneAt = activeAt + Math.round(2 * (seconds * 0.1) ** (draw.whole(0, 1_000) / 1_000));
    return [{ ...names, clientName, jobType: 'BACKUP', queuedAt, activeAt, doneAt, status: 0 }];
  });
}

/** The same backups, of which exactly `share` (0 to 1) fails, rounded to whole backups. */
export function withFailures(backups: readonly JobPlan[], share: number, draw: Draw): JobPlan[] {
  const failing = new Set(draw.shuffled(backups).slice(0, Math.round(backups.length * share)));
  return backups.map((job) => {
    if (failing.has(job)) return { ...job, status: draw.one(FAILURES[job.policyType] ?? ANY_FAILURE) };
    return { ...job, status: draw.chance(PARTIAL) ? 1 : 0 };
  });
}

/**
 * These backups, and for each policy of virtual machines the parent job that starts them. It ends after the last of its
 * children, with status 1 if one of them failed.
 */
export function withParents(backups: readonly JobPlan[]): JobPlan[] {
  return [...Map.groupBy(backups, ({ policyName }) => policyName).values()].flatMap((ofPolicy) => {
    const [first] = ofPolicy;
    if (first?.policyType !== 'VMWARE') return ofPolicy;
    const begins = Math.min(...ofPolicy.map(({ queuedAt }) => queuedAt)) - 1;
    const parent: JobPlan = {
      ...first,
      clientName: 'vm-backup-host',
      queuedAt: begins,
      activeAt: begins,
      doneAt: Math.max(...ofPolicy.map(({ doneAt }) => doneAt)) + 1,
      status: ofPolicy.every(isUsable) ? 0 : 1,
    };
    return [parent, ...ofPolicy.map((job) => ({ ...job, parent }))];
  });
}

/**
 * Reports of the images that backups made: each is announced as CREATE or UPDATE, and some are updated later, as by a
 * copy.
 */
export function reportsOfBackups(backups: readonly JobPlan[], begin: number, draw: Draw): Report[] {
  return backups.filter(isUsable).flatMap(({ clientName, policyType, activeAt, doneAt }) => {
    const image = { clientName, clientType: policyType, backupTime: begin + activeAt };
    const made = reportOfImage(image, draw.chance(0.7) ? 'CREATE' : 'UPDATE', doneAt, begin);
    return draw.chance(0.2) ? [made, reportOfImage(image, 'UPDATE', doneAt + draw.whole(30, 600), begin)] : [made];
  });
}
