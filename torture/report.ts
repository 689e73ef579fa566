import { type Adversities, absent, describeAdversities } from './adversities.ts';
import type { Verdict } from './checker/evidence.ts';
import { BUGS } from './planted.ts';
import { type KillPoints, untried } from './points.ts';
import type { Sent } from './senders.ts';
import type { Storm } from './storm.ts';

/** What a torture run found, as `--json` prints it. */
export interface Report {
  seed: number;
  notifications: number;
  acknowledged: number;
  /** How often notifications went out in all, and over how many connections. */
  sent: Sent;
  /** By kind. */
  faults: Readonly<Record<string, number>>;
  adversities: Adversities;
  /** Adversities that did not happen, but must in a run as long as this. */
  absent: readonly string[];
  verdicts: readonly Verdict[];
  points: readonly { point: string; calls: number; before: number; after: number }[];
  untried: readonly string[];
  /** Faults that met no call. */
  left: number;
  /** What the run waited for in vain. */
  unrest: readonly string[];
  seconds: number;
}

export function reportOf(seed: number, notifications: number, storm: Storm, verdicts: readonly Verdict[]): Report {
  const points: KillPoints = storm.plan.points();
  const byKind = Object.groupBy(storm.plan.injected(), ({ kind }) => kind);
  return {
    ...{ seed, notifications, acknowledged: storm.acknowledged, sent: storm.sent, verdicts },
    faults: Object.fromEntries(Object.entries(byKind).map(([kind, some]) => [kind, some.length])),
    points: [...points].map(([point, { calls, before, after }]) => ({ point, calls, before, after })),
    untried: untried(points),
    left: storm.plan.left(),
    adversities: storm.adversities,
    absent: absent(storm.adversities, notifications),
    unrest: storm.unrest,
    seconds: Math.round(storm.ms / 1_000),
  };
}

/**
 * Whether the stack came to rest, every property was looked at and holds, everything went wrong that should, and a
 * function died at each point.
 */
export function isProven({ verdicts, untried, left, unrest, absent, acknowledged, notifications }: Report): boolean {
  return (
    verdicts.every(({ looked, findings }) => looked > 0 && findings.length === 0) &&
    untried.length === 0 &&
    left === 0 &&
    unrest.length === 0 &&
    absent.length === 0 &&
    acknowledged >= notifications
  );
}

/** Whether the run found the bug that was planted for a property. */
export function isFound({ verdicts }: Pick<Report, 'verdicts'>, planted: string): boolean {
  return verdicts.some(({ property, findings }) => property === planted && findings.length > 0);
}

/** How many findings of a property are printed: thousands of the same kind would hide the others. */
const SHOWN = 5;

export function describeReport(report: Report): string {
  const { seed, acknowledged, sent, faults, verdicts, points, seconds } = report;
  const total = Object.values(faults).reduce((sum, count) => sum + count, 0);
  const kinds = Object.entries(faults).map(([kind, count]) => `${count} ${kind}`);
  const width = Math.max(...points.map(({ point }) => point.length));
  return [
    `${acknowledged} notifications acknowledged through ${total} faults (${kinds.join(', ')}) in ${seconds} s, seed ${seed}`,
    `sent ${sent.times} times over ${sent.connections} connections`,
    ...describeAdversities(report.adversities),
    '',
    ...verdicts.flatMap(({ property, claim, looked, findings }) => [
      `${property}  ${findings.length > 0 ? 'REFUTED' : looked === 0 ? 'NOT SHOWN' : 'holds'}  ${claim} (${looked} looked at)`,
      ...findings.slice(0, SHOWN).map((finding) => `      ${finding}`),
      ...(findings.length > SHOWN ? [`      and ${findings.length - SHOWN} more`] : []),
    ]),
    ...report.unrest.map((what) => `did not come to rest: ${what}`),
    ...(points.length > 0 ? ['', `${'a function died'.padEnd(width)}  before  after  calls`] : []),
    ...points.map(
      ({ point, before, after, calls }) =>
        `${point.padEnd(width)}  ${String(before).padStart(6)}  ${String(after).padStart(5)}  ${String(calls).padStart(5)}`,
    ),
    ...report.untried.map((point) => `NOT TRIED: no function died ${point}`),
    ...report.absent.map((what) => `NOT TRIED: ${what}`),
    ...(report.left > 0 ? [`NOT TRIED: ${report.left} faults met no call`] : []),
  ].join('\n');
}

/** The result for a planted bug: what it is, whether its property was refuted, and the first finding. */
export function describePlanted(report: Pick<Report, 'verdicts' | 'seconds'>, planted: string): string {
  const findings = report.verdicts.find(({ property }) => property === planted)?.findings ?? [];
  const [first] = findings;
  const verdict = first === undefined ? 'NOT FOUND' : `found ${findings.length} times`;
  return `${planted}  ${verdict} in ${report.seconds} s: ${BUGS[planted]?.what}${first ? `\n      ${first.slice(0, 150)}` : ''}`;
}
