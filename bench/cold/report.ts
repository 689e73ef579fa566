import { againstFloor, againstPeer, type Target } from '../judgement.ts';
import { median } from '../percentiles.ts';
import { met, number, spread, table } from '../table.ts';
import type { ColdFigures } from './measure.ts';

export const TARGET = { atMost: 1.2 } satisfies Target;

/** The most bytes that a bundle may have. */
const MOST_BUNDLE_BYTES = 409_600;

/** `Report` has the libraries that draw plots, and runs on a schedule: nobody waits for its start. */
const EXCEPTED = /^Report\b/;

export function report({ starts, bundles }: ColdFigures): string[] {
  const rows = starts.map(({ name, to, rounds: { ours, floor, peer } }) => {
    const [beside, before] = [againstFloor(ours, floor, TARGET), againstPeer(ours, peer, 'lower')];
    return [
      ...[name, `${to}, ms`, ...[ours, floor, peer].map((each) => number(median(each)))],
      ...[spread(beside), met(beside), spread(before), met(before)],
    ];
  });
  const head = ['function', 'figure', 'ours', 'floor', 'peer', 'ours/floor', 'target', 'ours/peer', 'not behind'];
  const sizes = bundles.map(({ name, bytes }) => {
    const isSmall = bytes <= MOST_BUNDLE_BYTES;
    return [name, String(bytes), !isSmall && EXCEPTED.test(name) ? 'excepted' : met({ met: isSmall })];
  });
  return [table(head, rows), table(['bundle', 'bytes', 'at most 400 KB'], sizes)];
}
