import type { AlertSettings } from './alert-settings.ts';
import { childrenSections } from './children-words.ts';
import type { JobFailedIntent } from './intent.ts';
import { severityOf } from './job-severity.ts';
import { type Worse, worseOf } from './lead.ts';
import type { Alert } from './message.ts';
import { seriesFacts, seriesRemark, seriesSentence } from './series-words.ts';
import type { Severity } from './severity.ts';
import { statusCode } from './status-code.ts';
import { checksOf, endingOf, lookUpOf, meaningOf } from './status-words.ts';
import { labelOf, ofPrimary, subjectAround } from './subject.ts';
import { counted, digits, sentTimeOf, timeOf } from './words.ts';

/** The part of an alert that people read. */
export type Words = Required<Pick<Alert, 'subject' | 'headline' | 'facts' | 'sections' | 'nextSteps'>>;

/**
 * The words for a job that failed and those of its children that did. If children ended worse, how they ended comes
 * first.
 */
export function jobWords(
  parent: JobFailedIntent,
  children: readonly JobFailedIntent[],
  lead: JobFailedIntent,
  severity: Severity,
  settings: AlertSettings,
): Words {
  const { entry, primary, receivedAt, series } = parent;
  const { jobId, clientName, policyName, jobType, status } = entry;
  const job = `${jobType || 'Job'} ${jobId}`;
  const ending = endingOf(status, severityOf(entry, settings));
  const run = { status, jobType, receivedAt, series };
  const known = statusCode(lead.entry.status);
  const worse = lead === parent ? undefined : worseOf(children, lead, settings);
  const ofIts = children.length > 0 ? ` and ${children.length} of its jobs` : '';
  const end = worse
    ? `${worse.jobs} of ${job}'s jobs ${worse.ending.replace('was ', '')}, ${worse.statuses}`
    : `${job} ${ending.replace('was ', '')}, status ${status}${ofIts}${seriesRemark(run)}`;
  const others = children.length - (worse?.jobs ?? 0);
  const sentences = [
    worse &&
      `${counted(worse.jobs, 'job')} of ${job} ${plural(worse)}, ${worse.statuses}. ${meaningOf(lead.entry.status)}.`,
    `${job}${worse ? ' itself,' : ''} of client ${clientName}${worse ? ',' : ''} ${ending} with status ${status}.`,
    `${meaningOf(status)}.`,
    seriesSentence(run),
    others > 0 ? `${digits(others)} of its ${worse ? 'other ' : ''}jobs did not succeed either.` : '',
  ];
  return {
    subject: subjectAround(`${labelOf(severity)} `, clientName, `: ${end}${ofPrimary(primary)}`),
    headline: sentences.filter(Boolean).join(' '),
    facts: {
      Severity: severity,
      'Primary server': primary,
      Client: clientName,
      Policy: policyName || '(none)',
      'Policy type': entry.policyType,
      Schedule: entry.scheduleType,
      'Job ID': String(jobId),
      'Parent job ID': (entry.parentJobId ?? jobId) === jobId ? '' : String(entry.parentJobId),
      'Where to look': known?.class ?? '',
      'Likely cause': known?.cause ?? '',
      ...seriesFacts(run, settings.zone),
      Received: timeOf(receivedAt, settings.zone),
      'Start time as sent': sentTimeOf(entry.startTime),
    },
    sections: childrenSections(children, settings),
    nextSteps: [
      ...checksOf([status, ...children.map((child) => child.entry.status)], worse && lead.entry.status),
      `Open job ${jobId} in the NetBackup web UI of ${primary}: Activity monitor, Jobs.`,
      lookUpOf(lead.entry.status),
    ],
  };
}

/** `was stopped` for one job, `were stopped` for several. */
function plural({ jobs, ending }: Worse): string {
  return jobs === 1 ? ending : ending.replace('was ', 'were ');
}
