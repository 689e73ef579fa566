import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, it, onTestFinished } from 'vitest';
import { bundleOfIngest } from '../../bench/assembly.ts';
import { bundle } from '../../bench/bundle.ts';
import { measureCold } from '../../bench/cold.ts';
import { jobMaker } from '../../bench/message.ts';
import { OptionError, readOptions } from '../../bench/options.ts';
import { report } from '../../bench/report.ts';
import { startStack } from '../../bench/stacks.ts';
import { readAssembly } from '../../local/stack/synthesize.ts';
import { testDatabase } from '../support/database.ts';

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'nbwatch-bench-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const stackOfTests = () => readAssembly(inject('assemblyFolder'));

it('bundles what it compares with as the stack bundles its functions', async () => {
  const folder = await bundle('functions/ingest/handler.ts', temporaryFolder());
  const [ours, deployed] = [folder, bundleOfIngest(stackOfTests())].map((each) =>
    readFileSync(join(each, 'index.mjs'), 'utf8'),
  );
  expect(ours === deployed).toBe(true);
});

it('starts ours, floor and peer cold, each to its acknowledgement, and reports it', async () => {
  const options = { rounds: 1, startsInRound: 1, folder: temporaryFolder(), progress: () => {} };
  const cold = await measureCold(stackOfTests(), options);
  const circumstances = {
    ...{ at: '2026-11-27T17:00Z', commit: 'abc', node: 'v24.0.0', cpu: 'a processor', cores: 2 },
    ...{ memoryGb: 4, system: 'Linux', load: 0 },
  };
  const text = report({ circumstances, cold, troubles: [] });
  expect(text).toMatch(
    /^\| first acknowledgement, ms +(\| [\d.]+ +){3}\| [\d.]+ \([\d.]+ to [\d.]+\) \| (met|missed) /m,
  );
  expect(text).toMatch(/^\| Ingest +\| \d{6} \| met/m);
});

it.each(['floor', 'peer'] as const)(
  'the %s stores a notification and acknowledges it, as often as it comes',
  async (variant) => {
    const { url } = testDatabase();
    const troubles: string[] = [];
    const onTrouble = (trouble: string) => void troubles.push(trouble);
    const ground = {
      assembly: stackOfTests(),
      folder: temporaryFolder(),
      dynamodb: { url },
      connections: 1,
      onTrouble,
    };
    const stack = await startStack(ground, variant, variant);
    onTestFinished(() => stack.stop());
    const jobs = jobMaker()(2);
    for (const sender of stack.senders) for (let n = 0; n < 2; n += 1) await sender.send(jobs);
    expect(troubles).toEqual([]);
  },
);

it('says what is wrong with its options', () => {
  expect(() => readOptions(['rest'])).toThrow(OptionError);
  expect(() => readOptions(['--rounds', '0'])).toThrow(OptionError);
  expect(readOptions(['cold']).parts).toEqual(['cold']);
  expect(readOptions([]).parts).toEqual(['ack', 'cold']);
});
