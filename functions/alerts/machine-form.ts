import type { JobEntry } from '../nbwss/job.ts';
import { jobDedupKey } from './dedup-key.ts';
import type { JobFailedIntent, JobRecoveredIntent } from './intent.ts';
import type { Severity } from './severity.ts';

/** The text of the machine form. SQS refuses two characters that JSON allows. */
export function machineText(form: object): string {
  return JSON.stringify(form).replace(/[\ufffe\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16)}`);
}

/** The job as NetBackup sent it, without the fields that nbwatch does not know. */
function jobForm(entry: JobEntry): object {
  const { jobId, state, status, startTime, clientName, policyName, policyType, jobType, scheduleType } = entry;
  const parentJobId = entry.parentJobId ?? jobId;
  return { jobId, parentJobId, state, status, startTime, clientName, policyName, policyType, jobType, scheduleType };
}

/** A failed job in the machine form of any message, with the key that its own message would have. */
export function failureForm(intent: JobFailedIntent, severity: Severity): Record<string, unknown> {
  const { primary, receivedAt, requestId, series, entry } = intent;
  const dedupKey = jobDedupKey(primary, entry, series);
  return { primary, severity, dedupKey, receivedAt, requestId, ...(series ? { series } : {}), job: jobForm(entry) };
}

/** Of a longer entry only the known fields are sent: a message has limited room. */
const WHOLE_ENTRY_LENGTH = 16_384;

/** A failed job in the machine form, with everything that NetBackup sent of it. */
export function wholeFailureForm(intent: JobFailedIntent, severity: Severity): Record<string, unknown> {
  const form = failureForm(intent, severity);
  if (JSON.stringify(intent.entry).length > WHOLE_ENTRY_LENGTH) return form;
  return { ...form, job: { ...intent.entry, ...(form.job as object) } };
}

/** A recovered series in the machine form of any message, with the key of the failures that it ended. */
export function recoveredForm(intent: JobRecoveredIntent, severity: Severity) {
  const { primary, receivedAt, series, statuses, jobId, status, startTime } = intent;
  const { clientName, policyName, policyType, jobType, scheduleType } = intent;
  const job = { jobId, status, startTime, clientName, policyName, policyType, jobType, scheduleType };
  const dedupKey = jobDedupKey(primary, intent, series);
  return { primary, severity, dedupKey, receivedAt, series, statuses, job };
}
