import { againstFloor, againstPeer } from '../judgement.ts';
import { bars } from '../plots/bars.ts';
import { ratioPlot } from '../plots/ratios.ts';
import type { ColdFigures } from './measure.ts';
import { TARGET } from './report.ts';

/** The time of a start, beside floor and peer, and what is loaded for it. */
export function plots({ rounds: { ours, floor, peer }, bundles }: ColdFigures): Record<string, string> {
  const place = { panel: '', row: 'first acknowledgement' };
  const { ratio, met } = againstFloor(ours, floor, TARGET);
  const kilobytes = bundles.map(({ name, bytes }) => ({ name, value: bytes / 1024 }));
  return {
    cold: ratioPlot({
      title: 'From the start of a process to its first acknowledgement: ours to floor and peer, times',
      about: `Dots are medians of the rounds, lines reach from the lowest to the highest; dashed is the target against the floor, 1.2, ${met ? 'met' : 'missed'}.`,
      ...{ target: TARGET.atMost, series: ['ours/floor', 'ours/peer'] },
      ratios: [
        { ...place, series: 'ours/floor', ...ratio },
        { ...place, series: 'ours/peer', ...againstPeer(ours, peer, 'lower').ratio },
      ],
    }),
    bundles: bars(
      {
        title: 'What each function loads, KB',
        about: `The bundle of each function in kilobytes; the largest is that of ${bundles[0]?.name}.`,
      },
      kilobytes,
    ),
  };
}
