import type { Draw } from './draw.ts';
import { type JobPlan, reportOfImage } from './job.ts';
import type { Report } from './report.ts';

/** How long images are kept, seconds. */
const RETENTION_SECONDS = 28 * 86_400;

/** Plans restores, which have no policy: one for every fifty clients. */
export function planRestores(backups: readonly JobPlan[], draw: Draw, seconds: number): JobPlan[] {
  return draw
    .shuffled(backups)
    .slice(0, Math.ceil(backups.length / 50))
    .map(({ clientName }) => {
      const queuedAt = draw.whole(0, Math.floor(seconds * 0.8));
      const names = { clientName, policyName: '', policyType: 'STANDARD', scheduleType: 'ST_FULL', jobType: 'RESTORE' };
      const doneAt = queuedAt + draw.whole(2, Math.floor(seconds * 0.1) + 2);
      return { ...names, queuedAt, activeAt: queuedAt, doneAt, status: 0 };
    });
}

/** When images expire, as shares of the period: two cleanups, each of half of the clients. */
const CLEANUPS = [0.25, 0.75] as const;

/** The cleanup jobs. They end with status 1 in normal operation and take less than one poll. */
export function planCleanups(seconds: number): JobPlan[] {
  return CLEANUPS.map((share) => {
    const queuedAt = Math.floor(seconds * share);
    const names = { clientName: 'primary', policyName: '', policyType: 'STANDARD', scheduleType: 'ST_FULL' };
    return { ...names, jobType: 'IMAGEDELETE', queuedAt, activeAt: queuedAt, doneAt: queuedAt + 1, status: 1 };
  });
}

/**
 * Reports of what the cleanups delete: each client's backup of four weeks ago. A few are replicated and lose only their
 * last local copy: NetBackup reports that as UPDATE and NO_LOCAL_COPY_AVAILABLE with the same `createdTime`.
 */
export function reportsOfCleanups(backups: readonly JobPlan[], begin: number, draw: Draw, seconds: number): Report[] {
  return backups.flatMap(({ clientName, policyType, activeAt }, index) => {
    const at = Math.floor(seconds * (CLEANUPS[index % CLEANUPS.length] ?? 0)) + 1;
    const image = { clientName, clientType: policyType, backupTime: begin + activeAt - RETENTION_SECONDS };
    const operations = draw.chance(0.05) ? ['UPDATE', 'NO_LOCAL_COPY_AVAILABLE'] : ['DELETE'];
    return operations.map((operation) => reportOfImage(image, operation, at, begin));
  });
}
