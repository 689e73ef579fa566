import type { JobEntry } from '../nbwss/job.ts';
import { type AlertSettings, fitsName, includesStatus } from './alert-settings.ts';
import type { JobIntents, JobRecoveredIntent } from './intent.ts';
import { isAtLeast, type Severity, worst } from './severity.ts';
import { statusJudgement } from './status-judgement.ts';

/**
 * Job types of NetBackup's own housekeeping. They end with 1 or 191 in normal operation (no images to process, some
 * already gone), so these two say nothing that a person has to act on.
 */
const HOUSEKEEPING: ReadonlySet<string> = new Set(['IMAGEDELETE', 'CLEANUP', 'IMAGECLEANUP']);
const NORMAL_FOR_HOUSEKEEPING: ReadonlySet<number> = new Set([1, 191]);

/** The policy types of the backup of NetBackup's own catalog: without it nothing can be restored after a disaster. */
const CATALOG_POLICY = /^NBU[-_ ]?CATALOG$/i;

/** The fields of a job that decide how bad its end is. */
export type RatedJob = Pick<JobEntry, 'status' | 'jobType' | 'policyType' | 'policyName' | 'clientName'>;

/**
 * How bad a job's end is: by the first override that fits, then by its kind, then by its status. An unknown status is
 * an error.
 */
export function severityOf(job: RatedJob, { severities }: Pick<AlertSettings, 'severities'>): Severity {
  const override = severities.find(
    ({ status, jobType, policy, client }) =>
      (status === undefined || includesStatus(status, job.status)) &&
      fitsName(jobType, job.jobType) &&
      fitsName(policy, job.policyName) &&
      fitsName(client, job.clientName),
  );
  if (override) return override.severity;
  if (HOUSEKEEPING.has(job.jobType) && NORMAL_FOR_HOUSEKEEPING.has(job.status)) return 'information';
  const severity = statusJudgement(job.status)?.severity ?? 'error';
  return CATALOG_POLICY.test(job.policyType) && isAtLeast(severity, 'error') ? 'critical' : severity;
}

/** How bad the failures were that a recovery ended, so that it reaches whoever was alerted to them. */
export function recoveredSeverity(
  { statuses, ...job }: JobRecoveredIntent,
  settings: Pick<AlertSettings, 'severities'>,
): Severity {
  return worst(statuses.map((status) => severityOf({ ...job, status }, settings))) ?? 'error';
}

/** How bad the worst of these failures and recoveries is. */
export function worstSeverityOf(
  { failures, recovered }: JobIntents,
  settings: Pick<AlertSettings, 'severities'>,
): Severity {
  const severities = [
    ...failures.map(({ entry }) => severityOf(entry, settings)),
    ...recovered.map((intent) => recoveredSeverity(intent, settings)),
  ];
  return worst(severities) ?? 'information';
}
