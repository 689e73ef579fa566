import { renderTable } from '../output.ts';
import type { Terminal } from '../table.ts';
import type { Sent } from './send.ts';
import { percentile } from './tally.ts';
import type { Verified } from './verify.ts';

/** The results of sending, as `--json` prints them. Times are ms. */
export interface Report {
  traffic: string;
  seed: number;
  firstJob: number;
  /** How long the sending took. */
  ms: number;
  notifications: number;
  entries: number;
  failedJobs: number;
  acknowledged: number;
  resends: number;
  reconnects: number;
  undecodable: number;
  acknowledgedAfter: { p50: number; p95: number; p99: number; max: number };
  /** Ids of notifications that were sent and not acknowledged. */
  lost: string[];
  /** Notifications that were not sent. */
  unsent: number;
  verified?: Verified;
}

export function reportOf(
  { tally, lost, unsent, ms }: Sent,
  names: Pick<Report, 'traffic' | 'seed' | 'firstJob'>,
  connections: number,
): Report {
  const { sent: notifications, entries, failedJobs, acknowledged, resends, accepted, undecodable, times } = tally;
  const after = (percent: number) => percentile(times, percent);
  return {
    ...names,
    ms: Math.round(ms),
    ...{ notifications, entries, failedJobs, acknowledged, resends },
    reconnects: Math.max(0, accepted - connections),
    undecodable,
    acknowledgedAfter: { p50: after(50), p95: after(95), p99: after(99), max: after(100) },
    lost: [...new Set(lost.map(({ id }) => id))],
    unsent,
  };
}

/** How many items of a list are printed. */
const NAMED = 20;

/** The report for people: a table, and a line for each thing to know. */
export function describeReport(report: Report, terminal?: Terminal): string {
  const { notifications, entries, acknowledged, resends, reconnects, acknowledgedAfter, lost } = report;
  const { p50, p95, p99, max } = acknowledgedAfter;
  const row = { notifications, entries, 'failed jobs': report.failedJobs, acknowledged, resends, reconnects };
  const table = renderTable([{ ...row, 'p50 ms': p50, p95, p99, max, lost: lost.length }], terminal);
  return [
    table,
    '',
    ...(report.unsent > 0 ? [`Stopped before its end: ${report.unsent} notifications were not sent.`] : []),
    lost.length === 0
      ? `All ${notifications} sent in ${(report.ms / 1000).toFixed(1)} s are acknowledged.`
      : `Not acknowledged: ${named(lost)}`,
    ...(report.undecodable > 0
      ? [
          `Frames that are no NBWSS message: ${report.undecodable}. The gateway sends them when it is throttled, and a primary server hangs up.`,
        ]
      : []),
  ].join('\n');
}

/** The verification for people: a line for each thing that was read back. */
export function describeVerified(verified: Verified): string {
  const { facts, missingFacts, failures, told, pending, missingFailures, odd } = verified;
  return [
    missingFacts.length === 0
      ? `Facts acknowledged: ${facts}; all are in the ledger.`
      : `Facts acknowledged: ${facts}; ${missingFacts.length} are not in the ledger: ${named(missingFacts)}`,
    missingFailures.length === 0
      ? `Jobs with a nonzero status, status 1 included: ${failures}; ${told} in messages, ${pending} wait for their turn.`
      : `Jobs with a nonzero status, status 1 included: ${failures}; ${missingFailures.length} raise no alert: ${named(missingFailures)}`,
    ...(odd.length === 0 ? [] : [`Jobs whose number of facts differs from what was sent: ${named(odd.map(String))}`]),
  ].join('\n');
}

const named = (all: readonly string[]) =>
  all.length > NAMED ? `${all.slice(0, NAMED).join(', ')} and ${all.length - NAMED} more` : all.join(', ');

/** Whether everything that was to be sent was acknowledged, and all of it is where it belongs. */
export function isWhole({ lost, unsent, verified }: Report): boolean {
  const wrong = verified ? [...verified.missingFacts, ...verified.missingFailures, ...verified.odd] : [];
  return lost.length + unsent + wrong.length === 0;
}
