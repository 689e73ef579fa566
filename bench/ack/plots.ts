import { ratioPlot } from '../plots/ratios.ts';
import type { AckFigures } from './measure.ts';
import { ackRows } from './targets.ts';

const SERIES = ['ours/floor', 'ours/peer'];

const counted = (count: number, one: string, several: string) => `${count} ${count === 1 ? one : several}`;

/** The time to an acknowledgement, beside floor and peer. */
export function plots(figures: AckFigures): Record<string, string> {
  const rows = ackRows(figures).filter(({ figure }) => figure === 'p50');
  if (rows.length === 0) return {};
  const met = rows.filter(({ floor }) => floor.met).length;
  return {
    ack: ratioPlot({
      title: 'From a notification to its acknowledgement, p50: ours to floor and peer, times',
      about: `Dots are medians of the rounds, lines reach from the lowest to the highest; dashed is the target against the floor, 1.2. Met in ${met} of ${rows.length}.`,
      ...{ target: 1.2, series: SERIES },
      ratios: rows.flatMap(({ connections, entries, floor, peer }) => {
        const place = {
          panel: counted(entries, 'entry', 'entries'),
          row: counted(connections, 'connection', 'connections'),
        };
        return [
          { ...place, series: 'ours/floor', ...floor.ratio },
          { ...place, series: 'ours/peer', ...peer.ratio },
        ];
      }),
    }),
  };
}
