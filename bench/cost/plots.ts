import { bars } from '../plots/bars.ts';
import { byPart, usdOf } from './book.ts';
import type { CostFigures } from './measure.ts';
import { MILLION, ratioOf, TARGETS } from './report.ts';

/** What a notification with one entry costs, by part and index. */
export function plots({ ordinary }: CostFigures): Record<string, string> {
  const { lines, messages } = ordinary;
  return {
    cost: bars(
      {
        title: 'A million notifications with one entry each, by part and index, USD',
        about: `Together they cost ${ratioOf(ordinary).toFixed(2)} times the floor of two messages, one run and one write; at most ${TARGETS.ofFloor} is the target.`,
      },
      byPart(lines).map(([name, own]) => ({ name, value: (usdOf(own) / messages) * MILLION })),
    ),
  };
}
