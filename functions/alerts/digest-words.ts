import { commonTrouble, jobLine, recoveredLines } from './digest-lines.ts';
import type { JobIntents } from './intent.ts';
import type { Words } from './job-words.ts';
import type { Severity } from './severity.ts';
import { checksOf, meaningOf } from './status-words.ts';
import { groupLines, LINES, type Rated, tally } from './tally.ts';
import { clip, counted, digits, listed, timeOf } from './words.ts';

const NAME = 60;

/** When the first and the last of these were received, epoch ms; undefined for none. */
export function receivedBetween({ failures, recovered }: JobIntents) {
  const times = [...failures, ...recovered].map(({ receivedAt }) => receivedAt).sort((a, b) => a - b);
  const [from, until] = [times[0], times.at(-1)];
  return from === undefined || until === undefined ? undefined : { from, until };
}

/** The primaries of these, in the order in which they come. */
export function primariesOf({ failures, recovered }: JobIntents): string[] {
  return [...new Set([...failures, ...recovered].map(({ primary }) => primary))];
}

/** How many there are of each severity: `3 critical, 400 errors and 9 warnings`. */
function severityCounts(failures: readonly Rated[]): string {
  const count = (wanted: Severity) => failures.filter(({ severity }) => severity === wanted).length;
  const counts: [number, string][] = [
    [count('critical'), `${digits(count('critical'))} critical`],
    [count('error'), counted(count('error'), 'error')],
    [count('warning'), counted(count('warning'), 'warning')],
    [count('information'), `${digits(count('information'))} informational`],
  ];
  return listed(
    counts.flatMap(([jobs, words]) => (jobs > 0 ? [words] : [])),
    counts.length,
  );
}

/** The words for many failures and recoveries: counts, the worst first, since when, and where to begin. */
export function digestWords(
  failures: readonly Rated[],
  whole: JobIntents,
  zone: string,
): Pick<Words, 'facts' | 'sections' | 'nextSteps'> {
  const primaries = primariesOf(whole);
  const suffix = (primary: string) => (primaries.length > 1 ? ` [${clip(primary, NAME)}]` : '');
  const { from, until } = receivedBetween(whole) ?? {};
  const count = whole.recovered.length;
  const byStatus = tally(failures, ({ entry: { status } }) => `status ${status}: ${meaningOf(status)}`);
  const byPolicy = tally(failures, ({ entry, primary }) => (entry.policyName || '(none)') + suffix(primary));
  const byClient = tally(failures, ({ entry, primary }) => entry.clientName + suffix(primary));
  const lists = [
    { title: 'By policy', lines: groupLines(byPolicy) },
    { title: 'By client', lines: groupLines(byClient) },
  ];
  const jobs = failures.map(({ intent }) => jobLine(intent, suffix));
  const sections = [
    { title: 'By status', lines: groupLines(byStatus) },
    ...(failures.length > LINES ? lists : [{ title: 'Jobs', lines: jobs }]),
    { title: 'Works again', lines: recoveredLines(whole.recovered, suffix) },
  ];
  return {
    facts: {
      'Primary servers': listed(
        primaries.map((name) => clip(name, NAME)),
        5,
      ),
      Failures: failures.length > 0 ? severityCounts(failures) : '',
      'Works again': count > 0 ? counted(count, 'backup') : '',
      'First received': from === undefined ? '' : timeOf(from, zone),
      'Last received': until === undefined || until === from ? '' : timeOf(until, zone),
    },
    sections: sections.filter(({ lines }) => lines.length > 0),
    nextSteps: [...commonTrouble(failures), ...checksOf(failures.map(({ intent }) => intent.entry.status))],
  };
}
