import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { measure } from '../../bench/measure.ts';
import { checkWritable } from '../../bench/outputs.ts';
import type { AnyPart } from '../../bench/parts.ts';
import { asJson, readJson, report } from '../../bench/report.ts';
import { ExplainedError } from '../../local/explained-error.ts';

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'nbwatch-bench-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const part = (name: string, measured: () => Promise<number>): AnyPart => {
  const of = (figures: unknown) => ({ figures, report: [`${name}: ${figures}`], plots: {} });
  return { name, about: name, measure: async () => of(await measured()), read: of };
};

it('reports the parts before and after one that fails, and names that one', async () => {
  const parts = [
    part('first', async () => 1),
    part('broken', () => Promise.reject(new Error('no memory'))),
    part('last', async () => 2),
  ];
  const told: string[] = [];
  const findings = await measure(parts, {
    assembly: { template: { Resources: {} }, folder: '' },
    folder: '',
    pace: { rounds: 1, minutes: 1, records: 100_000, quick: true },
    progress: (line) => void told.push(line),
  });
  expect(findings.failed).toEqual({ broken: 'no memory' });
  expect(told.join()).toContain('broken failed: Error: no memory');
  for (const text of [report(findings), report(readJson(asJson(findings), parts))])
    expect(text).toMatch(/first: 1\n\nlast: 2\n\nNot measured: broken. no memory/);
});

it('refuses outputs that cannot be written, and leaves the files as they are', () => {
  const folder = temporaryFolder();
  const file = join(folder, 'there.json');
  writeFileSync(file, 'figures');
  checkWritable({ json: file, plots: join(folder, 'plots') });
  checkWritable({ json: join(folder, 'new.json'), plots: undefined });
  expect([readFileSync(file, 'utf8'), existsSync(join(folder, 'new.json'))]).toEqual(['figures', false]);
  const wrong = (options: { json?: string; plots?: string }) => () =>
    checkWritable({ json: undefined, plots: undefined, ...options });
  expect(wrong({ json: join(folder, 'nowhere', 'x.json') })).toThrow(ExplainedError);
  expect(wrong({ json: folder })).toThrow('--json');
  expect(wrong({ plots: file })).toThrow('--plots');
});
