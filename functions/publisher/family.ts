import type { AlertSettings } from '../alerts/alert-settings.ts';
import type { JobFailedIntent } from '../alerts/intent.ts';
import { severityOf } from '../alerts/job-severity.ts';
import { type Severity, worst } from '../alerts/severity.ts';
import { orderBy } from '../records/order.ts';

/** A job that failed, or a parent with those of its children that did: one alert for people. */
export interface Family {
  name: string;
  /** The parent first if it is among them, then by receipt. */
  failures: readonly [JobFailedIntent, ...JobFailedIntent[]];
  severity: Severity;
  /** Whether the parent is among them. Until it ends, more of its children may fail. */
  whole: boolean;
  /** Since when the first of them is pending, epoch ms. */
  since: number;
}

const parentOf = ({ entry }: JobFailedIntent) => entry.parentJobId ?? entry.jobId;
const isParent = (intent: JobFailedIntent) => parentOf(intent) === intent.entry.jobId;

const parentFirst = orderBy<JobFailedIntent>(
  (intent) => (isParent(intent) ? 0 : 1),
  (intent) => intent.receivedAt,
  (intent) => intent.pk,
  (intent) => intent.sk,
);

export function familiesOf(failures: readonly JobFailedIntent[], settings: AlertSettings): Family[] {
  const groups = Map.groupBy(failures, (intent) => `${intent.primary} ${parentOf(intent)}`);
  return [...groups].map(([name, members]) => {
    const [first, ...others] = members.sort(parentFirst) as [JobFailedIntent, ...JobFailedIntent[]];
    return {
      name,
      failures: [first, ...others],
      severity: worst(members.map(({ entry }) => severityOf(entry, settings))) ?? 'error',
      whole: isParent(first),
      since: Math.min(...members.map(({ pendingSince = 0 }) => pendingSince)),
    };
  });
}
