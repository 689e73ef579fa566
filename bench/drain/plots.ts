import { median } from '../percentiles.ts';
import { linePlot } from '../plots/lines.ts';
import { number } from '../table.ts';
import type { Delay, DrainFigures } from './measure.ts';
import { highOfMessages } from './report.ts';

/** How long a fact takes from the ledger to its record and its message, by the rate of facts. */
export function plots({ loads }: DrainFigures): Record<string, string> {
  const series = ['to record, p50', 'to record, p99', 'to message, p50', `to message, ${highOfMessages(loads)}`];
  const points = loads.flatMap(({ perSecond, visible, published }) => {
    const middle = (delays: readonly Delay[], what: keyof Delay) => median(delays.map((delay) => delay[what]));
    const values = [visible, published].flatMap((delays) => [middle(delays, 'p50'), middle(delays, 'p99')]);
    return values.map((y, n) => ({ x: median(perSecond), y, series: series[n] ?? '' }));
  });
  const [last] = points.filter((point) => point.series === series[0]).slice(-1);
  return {
    drain: linePlot({
      title: 'From the ledger to a record and to a message, ms',
      about: `The delay by facts per second; with ${number(last?.x ?? 0)} in a second half of all records are there after ${number(last?.y ?? 0)} ms.`,
      ...{ x: 'facts stored per second', y: 'ms since the fact was stored', series, points },
    }),
  };
}
