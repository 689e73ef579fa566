import { LEAST_FOR_P99, median } from '../percentiles.ts';
import { met, number, spread, table } from '../table.ts';
import type { AckFigures, Cell } from './measure.ts';
import { ackRows, leastMessages } from './targets.ts';

const WORDS = { p50: 'p50, ms', p99: 'p99, ms', slowest: 'slowest, ms', perSecond: 'messages/s' };

export function report(figures: AckFigures): string[] {
  const { cells, mapped } = figures;
  const floor = ackRows(figures).length > 0 ? [countMet(figures)] : [];
  return [
    ...floor,
    ackTable(figures),
    ...notMeasured(cells),
    mappedTable(figures),
    ...notMeasured(mapped, ', streams read'),
  ];
}

/** The cells that were given up, each with the reason. */
const notMeasured = (cells: readonly (Cell & { failed?: string })[], how = '') =>
  cells.flatMap(({ connections, entries, failed }) =>
    failed === undefined ? [] : [`Not measured: ${connections} connections with ${entries} entries${how}. ${failed}`],
  );

/** In how many cells each figure meets its target. */
function countMet(figures: AckFigures): string {
  const counts = [...Map.groupBy(ackRows(figures), ({ figure }) => figure)].map(([figure, rows]) => {
    const met = rows.filter(({ floor }) => floor.met).length;
    return `${WORDS[figure].replace(', ms', '')} in ${met} of ${rows.length} cells`;
  });
  return [
    `Targets against the floor are met: ${counts.join(', ')}.`,
    `A turn of fewer than ${LEAST_FOR_P99} messages has no p99: its slowest stands there.`,
  ].join(' ');
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
      ...[String(connections), String(entries), String(leastMessages([...turns.paused, ...turns.mapped]))],
      ...(['p50', 'p99', 'perSecond'] as const).flatMap((figure) => [
        number(median(turns.paused.map((turn) => turn[figure]))),
        number(median(turns.mapped.map((turn) => turn[figure]))),
      ]),
    ]);
  const words = [WORDS.p50, 'p99 or slowest, ms', WORDS.perSecond];
  const head = words.flatMap((word) => [`${word}, paused`, `${word}, on`]);
  return table(['connections', 'entries', 'messages in a turn', ...head], rows);
}
