import type { AckFigures } from './ack.ts';
import type { ColdFigures } from './cold.ts';
import type { Judgement } from './judgement.ts';
import type { Circumstances } from './machine.ts';
import { median } from './percentiles.ts';
import { ackRows, coldJudgement, MOST_BUNDLE_BYTES } from './targets.ts';

/** All that a run found. `--json` writes it as it is. */
export interface Findings {
  circumstances: Circumstances;
  ack?: AckFigures;
  cold?: ColdFigures;
  /** What functions or the gateway should not have done meanwhile. */
  troubles: string[];
}

const WORDS = { p50: 'p50, ms', p99: 'p99, ms', perSecond: 'messages/s' };

/** The findings as Markdown, which a terminal shows as well and docs/performance.md takes as it is. */
export function report({ circumstances, ack, cold, troubles }: Findings): string {
  const { at, commit, node, cpu, cores, memoryGb, system, load } = circumstances;
  const parts = [
    `Measured ${at} at commit ${commit}, on ${cores} cores of ${cpu}, ${memoryGb} GB, ${system}, Node ${node}; load before it began: ${load}.`,
    ...(ack ? [ackTable(ack), mappedTable(ack)] : []),
    ...(cold ? [coldTable(cold), bundleTable(cold)] : []),
    ...(troubles.length > 0
      ? [`Troubles, which make figures doubtful:\n${troubles.map((line) => `- ${line}`).join('\n')}`]
      : []),
  ];
  return `${parts.join('\n\n')}\n`;
}

function ackTable(figures: AckFigures): string {
  const rows = ackRows(figures).map(({ connections, entries, figure, rounds, values, floor, peer }) => [
    ...[String(connections), String(entries), String(rounds), WORDS[figure]],
    ...[number(values.ours), number(values.floor), number(values.peer)],
    ...[spread(floor), met(floor), spread(peer), met(peer)],
  ]);
  const failed = figures.cells.flatMap(({ connections, entries, failed }) =>
    failed === undefined ? [] : [`Not measured: ${connections} connections with ${entries} entries. ${failed}`],
  );
  const head = [
    'connections',
    'entries',
    'rounds',
    'figure',
    'ours',
    'floor',
    'peer',
    'ours/floor',
    'target',
    'ours/peer',
    'not behind',
  ];
  return [table(head, rows), ...failed].join('\n\n');
}

function mappedTable({ mapped }: AckFigures): string {
  const rows = mapped
    .filter(({ failed }) => failed === undefined)
    .map(({ connections, entries, turns }) => [
      ...[String(connections), String(entries)],
      ...(['p50', 'p99', 'perSecond'] as const).flatMap((figure) => [
        number(median(turns.paused.map((turn) => turn[figure]))),
        number(median(turns.mapped.map((turn) => turn[figure]))),
      ]),
    ]);
  const head = Object.values(WORDS).flatMap((word) => [`${word}, paused`, `${word}, on`]);
  return table(['connections', 'entries', ...head], rows);
}

function coldTable(figures: ColdFigures): string {
  const { floor, peer } = coldJudgement(figures);
  const { rounds } = figures;
  const row = [median(rounds.ours), median(rounds.floor), median(rounds.peer)].map(number);
  const head = ['figure', 'ours', 'floor', 'peer', 'ours/floor', 'target', 'ours/peer', 'not behind'];
  return table(head, [['first acknowledgement, ms', ...row, spread(floor), met(floor), spread(peer), met(peer)]]);
}

function bundleTable({ bundles }: ColdFigures): string {
  const rows = bundles.map(({ name, bytes }) => [name, String(bytes), bytes <= MOST_BUNDLE_BYTES ? 'met' : 'missed']);
  return table(['bundle', 'bytes', 'at most 400 KB'], rows);
}

/** Lowest, median and highest of the rounds. */
const spread = ({ ratio: { min, median, max } }: Judgement) =>
  `${median.toFixed(2)} (${min.toFixed(2)} to ${max.toFixed(2)})`;

const met = (judgement: Judgement) => (judgement.met ? 'met' : 'missed');

const number = (value: number) => value.toFixed(value < 100 ? 1 : 0);

/** A Markdown table whose columns are as wide as their content. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, column) => Math.max(cell.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, n) => cell.padEnd(widths[n] ?? 0)).join(' | ')} |`;
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rows.map(line)].join('\n');
}
