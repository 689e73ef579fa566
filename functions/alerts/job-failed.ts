import * as v from 'valibot';
import { type JobEntry, jobEntry } from '../nbwss/job.ts';
import type { Intent } from './intent.ts';
import type { Alert } from './message.ts';

/** What people are told when a job ended with a nonzero status. */
export function jobFailed({ entry, primary, receivedAt, requestId }: Intent): Alert {
  const { jobId, status, clientName, policyName, policyType, jobType, scheduleType } = entry;
  const job = `${jobType || 'Job'} ${jobId}`;
  const policy = policyName ? `policy ${policyName}` : 'no policy';
  return {
    kind: 'JobFailed',
    // By the status alone for now: 1 is a partial success, anything else a failure.
    severity: status === 1 ? 'warning' : 'error',
    subject: `${clientName}: ${job} ended with status ${status} (${primary})`,
    headline: `${job} of client ${clientName} ended with status ${status}.`,
    facts: {
      'Primary server': primary,
      Client: clientName,
      Policy: policyName || '(none)',
      'Policy type': policyType,
      Schedule: scheduleType,
      'Job type': jobType,
      'Job ID': String(jobId),
      'Parent job ID': String(entry.parentJobId ?? jobId),
      'Status code': String(status),
      'Told to nbwatch': `${new Date(receivedAt).toISOString()} (UTC)`,
      'Start time as sent': `${entry.startTime} (epoch seconds by the primary server's clock, which may run whole hours ahead)`,
    },
    nextSteps: [
      `Open the job's details in the NetBackup web UI of ${primary}: Activity monitor, Jobs, job ID ${jobId} (${policy}).`,
      `Look up what status code ${status} means: bperror -S ${status} -r on the primary server.`,
    ],
    attributes: { kind: 'JobFailed', primary, client: clientName, policy: policyName, jobType, policyType, status },
    data: { primary, receivedAt, requestId, job: bounded(entry) },
  };
}

/** SNS takes 256 KiB for all forms of a message together, quotes and backslashes escaped twice. */
const WHOLE_ENTRY_LENGTH = 16_384;

/** The entry as it was sent; without its unknown fields when they would make a message that SNS refuses. */
function bounded(entry: JobEntry): object {
  return JSON.stringify(entry).length <= WHOLE_ENTRY_LENGTH ? entry : v.parse(v.object(jobEntry.entries), entry);
}
