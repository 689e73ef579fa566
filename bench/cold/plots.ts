import { againstFloor, againstPeer } from '../judgement.ts';
import { bars } from '../plots/bars.ts';
import { ratioPlot } from '../plots/ratios.ts';
import type { ColdFigures } from './measure.ts';
import { TARGET } from './report.ts';

/** The time of a start beside floor and peer, and the size of what it loads. */
export function plots({ starts, bundles }: ColdFigures): Record<string, string> {
  const judged = starts.map(({ name, rounds: { ours, floor, peer } }) => ({
    place: { panel: '', row: name },
    floor: againstFloor(ours, floor, TARGET),
    peer: againstPeer(ours, peer, 'lower'),
  }));
  const met = judged.filter(({ floor }) => floor.met).length;
  const kilobytes = bundles.map(({ name, bytes }) => ({ name, value: bytes / 1024 }));
  return {
    cold: ratioPlot({
      title:
        'From the start of a process to its first acknowledgement or the end of its first batch: ours to floor and peer, times',
      about: `Dots are medians of the rounds, lines reach from the lowest to the highest; dashed is the target against the floor, 1.2. Met in ${met} of ${judged.length}.`,
      ...{ target: TARGET.atMost, series: ['ours/floor', 'ours/peer'] },
      ratios: judged.flatMap(({ place, floor, peer }) => [
        { ...place, series: 'ours/floor', ...floor.ratio },
        { ...place, series: 'ours/peer', ...peer.ratio },
      ]),
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
