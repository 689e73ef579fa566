import { againstFloor } from '../judgement.ts';
import { ratioPlot } from '../plots/ratios.ts';
import type { QueryFigures } from './measure.ts';
import { sizeOf, TARGET } from './report.ts';

/**
 * The p99 of the largest table as a multiple of the smallest table's, and that of a second small table, which shows how
 * far such a ratio can be trusted.
 */
export function plots({ tables, questions }: QueryFigures): Record<string, string> {
  const [first, last] = [tables[0], tables.at(-1)];
  if (!first || !last) return {};
  const [small, large] = [sizeOf(first), sizeOf(last)];
  const series = [`${large} records / ${small}`, `another ${small} / ${small}`];
  const judged = questions.map(({ name, asked, again }) => {
    const smallest = asked[0]?.p99 ?? [];
    const largest = againstFloor(asked.at(-1)?.p99 ?? [], smallest, TARGET);
    return { name, largest, noise: againstFloor(again.p99, smallest, TARGET) };
  });
  const met = judged.filter(({ largest }) => largest.met).length;
  return {
    query: ratioPlot({
      title: `A question asked of ${large} records and of ${small}: p99 to p99, times`,
      about: `Dots are medians of the rounds, lines reach from the lowest to the highest; dashed is the target, 1.3. Met by ${met} of ${judged.length} questions.`,
      ...{ target: TARGET.atMost, series },
      ratios: judged.flatMap(({ name, largest, noise }) => [
        { panel: '', row: name, series: series[0] ?? '', ...largest.ratio },
        { panel: '', row: name, series: series[1] ?? '', ...noise.ratio },
      ]),
    }),
  };
}
