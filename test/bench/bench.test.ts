import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, it, onTestFinished } from 'vitest';
import { functionOf } from '../../bench/ack/assembly.ts';
import { ack } from '../../bench/ack/part.ts';
import { startStack } from '../../bench/ack/stacks.ts';
import { cold } from '../../bench/cold/part.ts';
import { jobMaker } from '../../bench/message.ts';
import { OptionError, readOptions } from '../../bench/options.ts';
import { PARTS } from '../../bench/parts.ts';
import { bundle } from '../../local/stack/bundle.ts';
import { readAssembly } from '../../local/stack/synthesize.ts';
import { testDatabase } from '../support/database.ts';

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'nbwatch-bench-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const stackOfTests = () => readAssembly(inject('assemblyFolder'));

it('bundles a function exactly as the stack does', async () => {
  const folder = await bundle('functions/ingest/handler.ts', temporaryFolder());
  const [ours, deployed] = [folder, functionOf(stackOfTests(), 'Ingest').bundle].map((each) =>
    readFileSync(join(each, 'index.mjs'), 'utf8'),
  );
  expect(ours === deployed).toBe(true);
});

it('measures cold starts of ours, floor and peer to the first acknowledgement or end of batch, and reports them', async () => {
  const figures = await cold.measure({
    assembly: stackOfTests(),
    folder: temporaryFolder(),
    pace: { rounds: 1, minutes: 1, records: 100_000, quick: true },
    dynamodb: () => expect.unreachable(),
    progress: () => {},
    onTrouble: (trouble) => expect.unreachable(trouble),
  });
  const text = cold.report(figures).join('\n\n');
  for (const [name, to] of [
    ['Ingest', 'first acknowledgement'],
    ...['Projection', 'Publisher', 'ArchiveFunction'].map((name) => [name, 'end of first batch']),
  ])
    expect(text).toMatch(
      new RegExp(
        `^\\| ${name} +\\| ${to}, ms +(\\| [\\d.]+ +){3}\\| [\\d.]+ \\([\\d.]+ to [\\d.]+\\) \\| (met|missed) `,
        'm',
      ),
    );
  expect(text).toMatch(/^\| Ingest +\| \d{6} +\| met/m);
  expect(text).toMatch(/^\| Report [^|]+\| \d{7} +\| excepted/m);
});

it('measures acknowledgements of ours, floor and peer, and of ours with the streams read, and reports them', async () => {
  const { url } = testDatabase();
  const figures = await ack.measure({
    assembly: stackOfTests(),
    folder: temporaryFolder(),
    pace: { rounds: 1, minutes: 1, quick: true, records: 100_000 },
    dynamodb: async () => ({ url }),
    progress: () => {},
    onTrouble: (trouble) => expect.unreachable(trouble),
  });
  const measured = { messages: 5, p50: expect.any(Number), p99: expect.any(Number), perSecond: expect.any(Number) };
  const cell = { connections: 1, entries: 1 };
  expect(figures).toEqual({
    cells: [{ ...cell, turns: { ours: [measured], floor: [measured], peer: [measured] } }],
    mapped: [{ ...cell, turns: { paused: [measured], mapped: [measured] } }],
  });
  for (const { p50, p99, perSecond } of figures.cells.flatMap(({ turns }) => Object.values(turns).flat())) {
    expect(p50).toBeGreaterThan(0);
    expect(p99).toBeGreaterThanOrEqual(p50);
    expect(perSecond).toBeGreaterThan(0);
  }
  const text = ack.report(figures).join('\n\n');
  const ratio = '[\\d.]+ \\([\\d.]+ to [\\d.]+\\) +\\| (met|missed) +';
  for (const figure of ['p50, ms', 'slowest, ms', 'messages/s'])
    expect(text).toMatch(
      new RegExp(`^\\| 1 +\\| 1 +\\| 1 +\\| ${figure} +(\\| [\\d.]+ +){3}\\| ${ratio}\\| ${ratio}\\|$`, 'm'),
    );
});

it.each(['floor', 'peer'] as const)(
  'the %s acknowledges a notification as often as it is sent, without trouble',
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

it('refuses an unknown part and no rounds, and measures all parts by default', () => {
  expect(() => readOptions(['rest'])).toThrow(OptionError);
  expect(() => readOptions(['--rounds', '0'])).toThrow(OptionError);
  expect(readOptions(['cold']).parts).toMatchObject([{ name: 'cold' }]);
  expect(readOptions([]).parts).toEqual(PARTS);
});
