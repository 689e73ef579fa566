import type { AlertSettings } from './alert-settings.ts';
import type { JobRecoveredIntent } from './intent.ts';
import { jobAttributes } from './job-attributes.ts';
import { recoveredSeverity } from './job-severity.ts';
import { recoveredForm } from './machine-form.ts';
import type { Alert } from './message.ts';
import { failuresInARow, NONE_KNOWN, runWord } from './series-words.ts';
import { checksOf, meaningOf } from './status-words.ts';
import { OK_AGAIN, ofPrimary, subjectAround } from './subject.ts';
import { counted, digits, duration, listed, sentTimeOf, timeOf } from './words.ts';

/** Longer lists are for programs. */
const STATUSES = 10;

/** What was without a good run for less than this was never without one for anybody. */
const MINUTE_MS = 60_000;

/**
 * The alert that a series works again. As severe as the failures were, so that it reaches whoever was alerted to them.
 */
export function jobRecovered(intent: JobRecoveredIntent, settings: AlertSettings): Alert {
  const { primary, clientName, policyName, jobType, jobId, status, receivedAt, series, statuses } = intent;
  const severity = recoveredSeverity(intent, settings);
  const run = runWord(jobType);
  const failures = counted(series.failures, 'failure');
  const ms = receivedAt - series.lastUsableAt;
  const without = series.lastUsableAt === 0 || ms < MINUTE_MS ? '' : duration(ms);
  const { severity: _, dedupKey, ...form } = recoveredForm(intent, severity);
  const sentences = [
    `${jobType || 'Job'} ${jobId} of client ${clientName} ended with status ${status}. ${meaningOf(status)}.`,
    `It follows ${failuresInARow(series.failures)}.`,
    without && `There had been no good ${run} for ${without}.`,
  ];
  return {
    kind: 'JobRecovered',
    severity,
    subject: subjectAround(
      `${OK_AGAIN} `,
      clientName,
      `: ${jobType || 'Job'} ${jobId} after ${failures}${ofPrimary(primary)}`,
    ),
    headline: sentences.filter((sentence) => sentence !== '').join(' '),
    facts: {
      'Primary server': primary,
      Client: clientName,
      Policy: policyName,
      'Policy type': intent.policyType,
      Schedule: intent.scheduleType,
      'Job ID': String(jobId),
      Failures: `${digits(series.failures)}, with status ${listed(statuses.map(String), STATUSES)}`,
      Silenced: intent.silenced === 0 ? '' : `${digits(intent.silenced)} of them`,
      'Failing since': timeOf(series.failingSince, settings.zone),
      [`Last good ${run}`]: series.lastUsableAt === 0 ? NONE_KNOWN : timeOf(series.lastUsableAt, settings.zone),
      Received: timeOf(receivedAt, settings.zone),
      'Start time as sent': sentTimeOf(intent.startTime),
    },
    nextSteps: [
      ...(status === 0 ? [] : checksOf([status])),
      `Nothing ${status === 0 ? '' : 'else '}needs to be done. There is no ${run} from the time in between.`,
    ],
    dedupKey,
    part: 1,
    parts: 1,
    attributes: jobAttributes([intent]),
    data: form,
  };
}
