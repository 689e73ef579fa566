import { median } from '../percentiles.ts';
import { met, number, spread, table } from '../table.ts';
import type { AckFigures } from './measure.ts';
import { ackRows } from './targets.ts';

const WORDS = { p50: 'p50, ms', p99: 'p99, ms', perSecond: 'messages/s' };

export function report(figures: AckFigures): string[] {
  const failed = figures.cells.flatMap(({ connections, entries, failed }) =>
    failed === undefined ? [] : [`Not measured: ${connections} connections with ${entries} entries. ${failed}`],
  );
  return [ackTable(figures), ...failed, mappedTable(figures)];
}

function ackTable(figures: AckFigures): string {
  const rows = ackRows(figures).map(({ connections, entries, figure, rounds, values, floor, peer }) => [
    ...[String(connections), String(entries), String(rounds), WORDS[figure]],
    ...[number(values.ours), number(values.floor), number(values.peer)],
    ...[spread(floor), met(floor), spread(peer), met(peer)],
  ]);
  const measured = ['connections', 'entries', 'rounds', 'figure', 'ours', 'floor', 'peer'];
  return table([...measured, 'ours/floor', 'target', 'ours/peer', 'not behind'], rows);
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
