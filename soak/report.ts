import { cpus, totalmem } from 'node:os';
import { renderTable } from '../cli/output.ts';
import { describeVerified } from '../cli/simulate/report.ts';
import type { Terminal } from '../cli/table.ts';
import { type Course, judge, type Measure, type Trend } from './judge.ts';
import type { ReadBack, Window } from './messages.ts';
import type { Options } from './options.ts';
import { DATABASE, type Samples } from './sample.ts';

/** What is known of a soak when it is over. */
export interface Soaked {
  /** ISO 8601, when the sending began. */
  begun: string;
  /** How long it sent. */
  seconds: number;
  samples: readonly Samples[];
  /** What came after the last sample. */
  last?: Window;
  /** Notifications that were sent and not acknowledged. */
  unacknowledged?: readonly string[];
  readBack?: ReadBack;
  /** Why it did not come to its end. */
  broken?: string;
}

/** What `--json` writes. */
export interface Report extends Soaked {
  rate: number;
  connections: number;
  machine: string;
  counts: {
    sent: number;
    acknowledged: number;
    resends: number;
    reconnects: number;
    /** Frames of the gateway's own, for a function that was throttled or failed. The log of the run says which. */
    gatewayFrames: number;
  };
  trends: readonly Row[];
  flat: boolean;
  whole: boolean;
}

interface Row extends Trend {
  of: string;
  measure: Measure;
  /** Why it may grow. */
  excused?: string;
}

/** A value that moved once and then stays is not a leak: a leak keeps growing. */
const isFlat = (course: Course | undefined) => course !== undefined && course !== 'grows';

const EXCUSE = 'grows with its data, which are in memory';

const MACHINE = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'CPU'}, ${Math.round(totalmem() / 1024 ** 3)} GB, ${process.platform} ${process.arch}, Node ${process.version}`;

export function reportOf(soaked: Soaked, { rate, connections }: Options): Report {
  const { samples, unacknowledged, readBack, broken } = soaked;
  const sum = (count: 'sent' | 'acknowledged' | 'resends' | 'accepted' | 'undecodable') =>
    samples.reduce((total, { window }) => total + window[count], soaked.last?.[count] ?? 0);
  const trends = trendsOf(soaked);
  const missing = readBack && [...readBack.missingFacts, ...readBack.missingFailures, ...readBack.odd];
  return {
    ...soaked,
    ...{ rate, connections, machine: MACHINE, trends },
    counts: {
      sent: sum('sent'),
      acknowledged: sum('acknowledged'),
      resends: sum('resends'),
      reconnects: Math.max(0, sum('accepted') - connections),
      gatewayFrames: sum('undecodable'),
    },
    flat: trends.length > 0 && trends.every(({ course, excused }) => isFlat(course) || excused !== undefined),
    whole: broken === undefined && unacknowledged?.length === 0 && missing?.length === 0,
  };
}

function trendsOf({ samples, seconds }: Soaked): Row[] {
  const row = (of: string, measure: Measure, lookAt: (one: Samples) => number | undefined): Row[] => {
    const values = samples.flatMap((one) => {
      const value = lookAt(one);
      return value === undefined ? [] : [{ at: one.at, value }];
    });
    if (values.length === 0) return [];
    const excused = of === DATABASE && measure === 'memory' ? { excused: EXCUSE } : {};
    return [{ of, measure, ...judge(measure, values, seconds), ...excused }];
  };
  const names = Object.keys(samples[0]?.processes ?? {});
  return [
    ...names.flatMap((name) =>
      (['memory', 'heap', 'sockets', 'handles'] as const).flatMap((measure) =>
        row(name, measure, ({ processes }) => processes[name]?.[measure]),
      ),
    ),
    ...row('acknowledgements', 'latency', ({ window }) => window.latency?.p50),
  ];
}

const SHOWN: Readonly<Record<Measure, { name: string; digits: number }>> = {
  memory: { name: 'memory, MB', digits: 0 },
  heap: { name: 'heap after collection, MB', digits: 1 },
  sockets: { name: 'sockets', digits: 0 },
  handles: { name: 'other open files', digits: 0 },
  latency: { name: 'p50, ms', digits: 0 },
};

/** A table of the trends, and a line for everything else worth knowing. */
export function describeReport(report: Report, terminal?: Terminal): string {
  const { seconds, rate, connections, counts, trends, flat, samples } = report;
  const rows = trends.map(({ of, measure, before, after, sloped, bound, ...row }) => {
    const { name, digits } = SHOWN[measure];
    const shown = (value: number) =>
      row.course === undefined ? '-' : (value + 0).toFixed(digits).replace(/^-(0(\.0)?)$/, '$1');
    const cells = { of, what: name, 'second quarter': shown(before), 'last quarter': shown(after) };
    return {
      ...cells,
      'by the slope': shown(sloped),
      'may grow': row.excused ? 'any' : shown(bound),
      judgement: wordOf(row),
    };
  });
  const late = samples.flatMap(({ window }) => window.latency?.p95 ?? []);
  return [
    `${(seconds / 60).toFixed(1)} minutes from ${report.begun}, ${rate} notifications a second through ${connections} connections`,
    report.machine,
    '',
    ...(rows.length > 0 ? [renderTable(rows, terminal), ''] : []),
    `Notifications: ${counts.sent} sent, ${counts.acknowledged} acknowledged; ${counts.resends} sent again, ${counts.reconnects} reconnects; the worst p95 between two samples ${Math.max(0, ...late)} ms.`,
    ...(counts.gatewayFrames > 0
      ? [
          `Frames of the gateway's own: ${counts.gatewayFrames}, for a function that was throttled or failed; the log of the run (--log) says which.`,
        ]
      : []),
    ...describeLosses(report),
    flat ? 'Flat: nothing goes on growing by more than it may.' : notFlat(trends),
  ].join('\n');
}

const WORDS: Readonly<Record<Course, string>> = {
  flat: 'flat',
  step: 'flat but for a step',
  bump: 'rose and fell',
  grows: 'GROWS',
};

const wordOf = ({ course, excused }: Pick<Row, 'course' | 'excused'>) =>
  excused ?? (course === undefined ? 'too few samples' : WORDS[course]);

function notFlat(trends: readonly Row[]): string {
  const growing = trends.filter(({ course, excused }) => course === 'grows' && excused === undefined);
  if (growing.length === 0) return 'Too short to tell whether anything grows.';
  return `Not flat: ${growing.map(({ of, measure }) => `${measure} of ${of}`).join(', ')}.`;
}

function describeLosses({ unacknowledged, readBack, broken }: Report): string[] {
  return [
    ...(broken === undefined ? [] : [`It did not come to its end: ${broken}`]),
    ...(unacknowledged && unacknowledged.length > 0 ? [`Not acknowledged: ${named(unacknowledged)}`] : []),
    ...(readBack ? [describeVerified(readBack)] : ['Nothing was read back: what was lost is not known.']),
  ];
}

const NAMED = 20;
const named = (all: readonly string[]) =>
  `${all.slice(0, NAMED).join(', ')}${all.length > NAMED ? ` and ${all.length - NAMED} more` : ''}`;
