import { expect, inject, it } from 'vitest';
import { measureDrain } from '../../bench/drain/measure.ts';
import { plots } from '../../bench/drain/plots.ts';
import { report } from '../../bench/drain/report.ts';
import { readAssembly } from '../../local/stack/synthesize.ts';
import { testDatabase } from '../support/database.ts';

it('measures how a backlog and a load become records and messages, and reports and draws the figures', async () => {
  const troubles: string[] = [];
  const figures = await measureDrain(
    {
      assembly: readAssembly(inject('assemblyFolder')),
      dynamodb: async () => testDatabase(),
      progress: () => {},
      onTrouble: (trouble) => void troubles.push(trouble),
    },
    { rounds: 1, backlog: 50, shares: [1], seconds: 0 },
  );
  expect(troubles).toEqual([]);
  const { backlog, loads, calls } = figures;
  expect(backlog.messages).toBe(2);
  expect(loads).toMatchObject([{ share: 1, facts: [50] }]);
  // Each record is made from a query of all facts of its job or image. The publisher makes the calls for messages.
  expect(calls.of.Projection?.Query).toBeGreaterThanOrEqual(50);
  expect(calls.of.Publisher?.Publish).toBe(2);
  expect(report(figures).join('\n')).toMatch(/^\| 50 +\| 2 +(\| [\d.]+ +){3}\| [\d.]+ \(/m);
  expect(Object.keys(plots(figures))).toEqual(['drain']);
});
