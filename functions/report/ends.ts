import { severityOf } from '../alerts/job-severity.ts';
import type { Job } from '../questions/jobs.ts';
import { runOutcome, seriesOf } from '../records/series.ts';
import type { Ends } from './report.ts';

export type End = keyof Ends;

export const noEnds = (): Ends => ({ succeeded: 0, partial: 0, failed: 0, stopped: 0 });

type Ended = Pick<Job, 'clientName' | 'policyName' | 'policyType' | 'jobType' | 'scheduleType' | 'status'>;

/** Whether a job is a backup that people expect again: only these count for a success rate. */
export function isBackup(primary: string, job: Omit<Ended, 'status'>): boolean {
  // Only the names and types decide, so the other fields may have any value.
  return seriesOf(primary, { ...job, jobId: 0, state: '', status: 0, startTime: 0, parentJobId: 0 }) !== undefined;
}

/**
 * How a job ended, by the rules of series. Housekeeping that ends as it does in normal operation has succeeded. The
 * overrides of nbwatch:severities decide who is alerted, and change no figure.
 */
export function endOf(job: Ended): End {
  if (job.status === 0 || isNormalForHousekeeping(job)) return 'succeeded';
  const outcome = runOutcome(job.status);
  if (outcome === 'usable') return 'partial';
  return outcome === 'neutral' ? 'stopped' : 'failed';
}

/** For any other job, 1 is a warning and 191 an error. */
function isNormalForHousekeeping(job: Ended): boolean {
  return runOutcome(job.status) !== 'neutral' && severityOf(job, { severities: [] }) === 'information';
}

export const endedOf = ({ succeeded, partial, failed, stopped }: Ends): number =>
  succeeded + partial + failed + stopped;
const usableOf = ({ succeeded, partial }: Ends): number => succeeded + partial;

/** Usable backups in percent of usable and failed ones; null where there are none. */
export function successOf(ends: Ends): number | null {
  const counted = usableOf(ends) + ends.failed;
  return counted === 0 ? null : (usableOf(ends) * 100) / counted;
}

export function addEnds(all: readonly Ends[]): Ends {
  const sum = noEnds();
  for (const ends of all) for (const end of Object.keys(sum) as End[]) sum[end] += ends[end];
  return sum;
}
