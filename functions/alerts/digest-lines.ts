import type { JobFailedIntent, JobRecoveredIntent } from './intent.ts';
import { seriesRemark } from './series-words.ts';
import { statusCode } from './status-code.ts';
import { andMore, LINES, type Rated } from './tally.ts';
import { clip, counted, digits, duration } from './words.ts';

const NAME = 60;

/** `149, sql01, nightly [dr]: status 156 (3rd in a row)` */
export function jobLine({ entry, primary, series }: JobFailedIntent, suffix: (primary: string) => string): string {
  const { jobId, clientName, policyName, status } = entry;
  const names = [clientName, policyName].filter((name) => name !== '').map((name) => clip(name, NAME));
  return `${jobId}, ${names.join(', ')}${suffix(primary)}: status ${status}${seriesRemark({ status, series })}`;
}

/** `sql01, nightly, ST_FULL [dr]: after 3 failures in 3 days`, one line a series. */
export function recoveredLines(
  recovered: readonly JobRecoveredIntent[],
  suffix: (primary: string) => string,
): string[] {
  const lines = recovered
    .slice(0, LINES)
    .map(({ clientName, policyName, scheduleType, primary, receivedAt, series }) => {
      const names = [clientName, policyName, scheduleType]
        .filter((name) => name !== '')
        .map((name) => clip(name, NAME));
      const failed = `${counted(series.failures, 'failure')} in ${duration(receivedAt - series.failingSince)}`;
      return `${names.join(', ')}${suffix(primary)}: after ${failed}`;
    });
  return [...lines, ...andMore(recovered.length)];
}

/** Many jobs that fail alike have one cause: where it is likely to be. */
export function commonTrouble(failures: readonly Rated[]): string[] {
  const classes = Map.groupBy(failures, ({ intent }) => statusCode(intent.entry.status)?.class);
  const [most] = [...classes].sort(([, a], [, b]) => b.length - a.length);
  if (!most?.[0] || failures.length < 3 || most[1].length * 2 <= failures.length) return [];
  const [where, alike] = most;
  const share = `${digits(alike.length)} of ${digits(failures.length)}`;
  return [`First look at what they share: ${share} point to ${where}.`];
}
