import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startNbwatch } from './nbwatch.ts';

it('report writes a file, or prints HTML or JSON; if it cannot, it says what to do', async () => {
  const { nbwatch, json, play, folder } = await startNbwatch();
  await play('07-job-and-images.json', '08-job-failed.json');
  const file = join(folder, 'report.html');
  expect(await nbwatch('report', '--out', file)).toMatchObject({
    code: 0,
    out: '',
    err: expect.stringContaining(`Wrote ${file}.`),
  });
  expect(readFileSync(file, 'utf8')).toMatch(/^<!doctype html>.*DummyTestVM.*<\/html>\n$/s);
  expect((await nbwatch('report', '--out', '-')).out).toContain('<title>Backup report');
  const [report, ...more] = await json('report', '--since', '1h', '--primary', 'demo');
  expect(more).toEqual([]);
  expect(report).toMatchObject({
    version: 1,
    primaries: ['demo'],
    jobs: [{ jobId: 148, status: 156, outcome: 'failed' }],
  });
  // 30 days by default.
  const [month] = await json('report');
  expect(Number(month?.to) - Number(month?.from)).toBe(30 * 86_400_000);

  expect(await nbwatch('report', '--primary', 'demmo')).toMatchObject({ code: 3, out: '' });
  expect(await nbwatch('report', '--primary', '')).toMatchObject({
    code: 2,
    out: '',
    err: expect.stringMatching(/empty/),
  });
  const unwritable = await nbwatch('report', '--out', join(folder, 'none', 'report.html'));
  expect(unwritable).toMatchObject({ code: 1, err: expect.stringMatching(/could not be written.*\n.*--out/) });
});
