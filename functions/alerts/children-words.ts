import { orderBy } from '../records/order.ts';
import type { AlertSettings } from './alert-settings.ts';
import type { JobFailedIntent } from './intent.ts';
import { severityOf } from './job-severity.ts';
import type { Words } from './job-words.ts';
import { seriesRemark } from './series-words.ts';
import { SEVERITIES, type Severity } from './severity.ts';
import { checksOf, lookUpOf, meaningOf, statusesOf } from './status-words.ts';
import { labelOf, ofPrimary, subjectAround } from './subject.ts';
import { clip, counted, timeOf } from './words.ts';

/** Longer lists are for programs. */
const LINES = 20;
const NAME = 60;

/** The words for failed children whose parent is not among them: it still runs, or ended well. */
export function childrenWords(
  failures: readonly [JobFailedIntent, ...JobFailedIntent[]],
  lead: JobFailedIntent,
  severity: Severity,
  settings: AlertSettings,
): Words {
  const [{ entry, primary, receivedAt }] = failures;
  const statuses = failures.map((failure) => failure.entry.status);
  const { status } = lead.entry;
  const named = statusesOf(statuses, status);
  const jobs = counted(failures.length, 'job');
  const parent = entry.parentJobId ?? entry.jobId;
  const end = `: ${jobs} of job ${parent} did not succeed, ${named}${ofPrimary(primary)}`;
  return {
    subject: subjectAround(`${labelOf(severity)} `, entry.policyName || entry.clientName, end),
    headline: `${jobs} of job ${parent} did not succeed: ${named}. Job ${parent} itself is not among them.`,
    facts: {
      Severity: severity,
      'Primary server': primary,
      Policy: entry.policyName || '(none)',
      'Policy type': entry.policyType,
      Schedule: entry.scheduleType,
      'Parent job ID': String(parent),
      'First received': timeOf(receivedAt, settings.zone),
    },
    sections: childrenSections(failures, settings),
    nextSteps: [
      ...checksOf(statuses, status),
      `Open job ${parent} in the NetBackup web UI of ${primary}: Activity monitor, Jobs.`,
      lookUpOf(status),
    ],
  };
}

/** The list of children, the worst first; nothing if there are none. */
export function childrenSections(children: readonly JobFailedIntent[], settings: AlertSettings): Words['sections'] {
  const worstFirst = orderBy<JobFailedIntent>(
    ({ entry }) => -SEVERITIES.indexOf(severityOf(entry, settings)),
    ({ entry }) => entry.jobId,
  );
  const lines = children.toSorted(worstFirst).map(({ entry, series }) => {
    const { jobId, clientName, status } = entry;
    return `${jobId}, ${clip(clientName, NAME)}: status ${status}, ${meaningOf(status)}${seriesRemark({ status, series })}`;
  });
  if (lines.length === 0) return [];
  const more = lines.length > LINES ? [`and ${counted(lines.length - LINES, 'more', 'more')}`] : [];
  return [{ title: 'Child jobs that did not succeed', lines: [...lines.slice(0, LINES), ...more] }];
}
