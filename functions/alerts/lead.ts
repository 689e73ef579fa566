import type { AlertSettings } from './alert-settings.ts';
import type { JobFailedIntent } from './intent.ts';
import { severityOf } from './job-severity.ts';
import { isAtLeast, type Severity, worst } from './severity.ts';
import { endingOf, statusesOf } from './status-words.ts';

/**
 * The job that a message about several begins with: the parent, unless it is missing or others ended worse; then one
 * with the status that most of the worst ended with.
 */
export function leadOf(
  failures: readonly [JobFailedIntent, ...JobFailedIntent[]],
  settings: AlertSettings,
): JobFailedIntent {
  const [first] = failures;
  const severities = failures.map(({ entry }) => severityOf(entry, settings));
  const severity = worst(severities);
  if (severities[0] === severity && isOfParent(first)) return first;
  const worstOnes = failures.filter((_, index) => severities[index] === severity);
  const alike = [...Map.groupBy(worstOnes, ({ entry }) => entry.status).values()];
  const [[lead] = []] = alike.sort((a, b) => b.length - a.length);
  return lead ?? first;
}

/** Whether a job has no parent. In a family, that is the parent. */
export function isOfParent({ entry }: JobFailedIntent): boolean {
  return (entry.parentJobId ?? entry.jobId) === entry.jobId;
}

/** How many children ended as badly as the one that a message begins with, and how. */
export interface Worse {
  jobs: number;
  /** `failed` */
  ending: string;
  /** `mostly status 156` */
  statuses: string;
}

/** The children that ended worse than their parent. Failures count together, whether they are critical or not. */
export function worseOf(children: readonly JobFailedIntent[], lead: JobFailedIntent, settings: AlertSettings): Worse {
  const { status } = lead.entry;
  const severity = severityOf(lead.entry, settings);
  const least: Severity = isAtLeast(severity, 'error') ? 'error' : severity;
  const worse = children.filter(({ entry }) => isAtLeast(severityOf(entry, settings), least));
  const statuses = worse.map(({ entry }) => entry.status);
  const alike = statuses.filter((one) => one === status).length;
  const isMost = alike < worse.length && alike * 2 > worse.length;
  return {
    jobs: worse.length,
    ending: endingOf(status, severity),
    statuses: isMost ? `mostly status ${status}` : statusesOf(statuses, status),
  };
}
