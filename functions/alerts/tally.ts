import { orderBy } from '../records/order.ts';
import type { JobFailedIntent } from './intent.ts';
import { SEVERITIES, type Severity, worst } from './severity.ts';
import { clip, counted } from './words.ts';

/** A failure, and how bad it is. */
export interface Rated {
  intent: JobFailedIntent;
  severity: Severity;
}

/** Failures that have something in common. */
export interface Group {
  label: string;
  severity: Severity;
  jobs: number;
}

/** Counts failures by what `nameOf` says, whatever its case; the worst first, then the most frequent. */
export function tally(failures: readonly Rated[], nameOf: (intent: JobFailedIntent) => string): Group[] {
  const groups = Map.groupBy(failures, ({ intent }) => nameOf(intent).toLowerCase());
  const counts = [...groups.values()].map((members) => ({
    label: members[0] ? nameOf(members[0].intent) : '',
    severity: worst(members.map(({ severity }) => severity)) ?? 'error',
    jobs: members.length,
  }));
  return counts.sort(worstFirst);
}

const worstFirst = orderBy<Group>(
  ({ severity }) => -SEVERITIES.indexOf(severity),
  ({ jobs }) => -jobs,
  ({ label }) => label,
);

/** Longer lists are for programs. */
export const LINES = 10;
const LABEL = 100;

/** `  380  status 2074: …`, one line a group, and how many more there are. */
export function groupLines(groups: readonly Group[]): string[] {
  const shown = groups.slice(0, LINES);
  const width = Math.max(0, ...shown.map(({ jobs }) => String(jobs).length));
  const lines = shown.map(({ label, severity, jobs }) => {
    const remark = severity === 'error' ? '' : ` (${severity})`;
    return `${String(jobs).padStart(width)}  ${clip(label, LABEL)}${remark}`;
  });
  return [...lines, ...andMore(groups.length)];
}

/** `and 12 more`, or nothing if all are shown. */
export function andMore(all: number): string[] {
  return all > LINES ? [`and ${counted(all - LINES, 'more', 'more')}`] : [];
}
