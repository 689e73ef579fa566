import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { isoDay } from '../../functions/keys/indexes.ts';
import { createLedger } from '../../functions/ledger/ledger.ts';
import { createEndpoints } from '../../functions/registry/endpoints.ts';
import { errorReply } from '../../local/proxy/answers.ts';
import { factOf, image, job, tablesOf } from '../functions/questions/received.ts';
import { NEVER } from '../functions/support.ts';
import { commandLine, startNbwatch } from './nbwatch.ts';

const DAY_MS = 86_400_000;

/** A run with two primary servers, `demo` and `dr`, each with a job and an image on each of three past days. */
async function startTwoPrimaries() {
  const test = await startNbwatch();
  const tables = tablesOf(test.run.dynamodb, test.run.deployment.outputs);
  const dr = { endpoint: 'dr', primary: 'dr', group: 'dr', priority: 1 };
  await createEndpoints(test.run.dynamodb, tables.registry).create(dr, Date.now());
  const noons = [5, 4, 3].map((ago) => Date.parse(isoDay(Date.now() - ago * DAY_MS)) + DAY_MS / 2);
  const facts = noons.flatMap((at, index) =>
    ['demo', 'dr'].flatMap((primary, which) => {
      const names = { clientName: index === 0 ? 'web01' : '=cmd|"x"!A1', status: index };
      return [
        factOf({ ...job('23T01:00', 2 * index + which, names, primary), at }),
        factOf({ ...image('23T01:00', `sql01_${index}`, 'CREATE', {}, primary), at }),
      ];
    }),
  );
  await createLedger(tables.client, tables.ledger).append(facts, NEVER);
  await test.run.idle();
  const [first = 0, , last = 0] = noons;
  return { ...test, days: noons.map(isoDay), span: ['--from', isoDay(first), '--to', isoDay(last + DAY_MS)] };
}

it('export writes a file for each primary server and day, goes on after a failure, and says what it did', async () => {
  const { nbwatch, json, between, folder, days, span } = await startTwoPrimaries();
  const out = join(folder, 'out');
  const wanted = ['export', 'jobs', ...span, '--format', 'jsonl', '--out', out];
  let left = 3;
  await between(({ operation }) => {
    if (operation !== 'Query' || left-- > 0) return undefined;
    return errorReply('dynamodb', 400, 'ExpiredTokenException', 'The token has expired');
  });
  const stopped = await nbwatch(...wanted);
  expect(stopped).toMatchObject({ code: 1, out: '' });
  expect(stopped.err).toMatch(
    /^The export stopped after \d of 6 files\. ExpiredTokenException: .*\nSign in again.* goes on/,
  );
  left = Number.POSITIVE_INFINITY;
  const before = globSync('jobs/day=*/*', { cwd: out });
  expect(before.length).toBeLessThan(6);

  const [done] = await json(...wanted);
  const alreadyThere = before.length;
  expect(done).toEqual({
    ...{ folder: join(out, 'jobs'), rows: 6 - alreadyThere, files: 6 - alreadyThere, unfinished: 0 },
    ...{ alreadyThere, leftOut: 0 },
  });
  const files = globSync('jobs/day=*/*', { cwd: out }).sort();
  expect(files).toEqual(days.flatMap((day) => ['demo', 'dr'].map((name) => `jobs/day=${day}/${name}.jsonl`)));
  const lines = files.map((file) => readFileSync(join(out, file), 'utf8'));
  // The whole records, as `jobs` shows them.
  const jobs = (await json('jobs', '--since', '7d')).sort((a, b) => Number(a.jobId) - Number(b.jobId));
  expect(lines.map((line) => JSON.parse(line))).toEqual(jobs);

  expect((await nbwatch(...wanted)).err).toBe(
    `Exported 0 jobs in 0 files to ${join(out, 'jobs')}; 6 files existed already.\n`,
  );
  expect((await nbwatch(...wanted, '--again')).err).toBe(`Exported 6 jobs in 6 files to ${join(out, 'jobs')}.\n`);
  const other = await nbwatch(...wanted, '--client', 'web01');
  expect(other).toMatchObject({
    code: 2,
    err: expect.stringMatching(/holds a different export.*\nGive another folder/),
  });
});

it('export --out - prints only rows, with a single CSV header and no formulas', async () => {
  const { nbwatch, json, span, folder } = await startTwoPrimaries();
  const csv = await nbwatch('export', 'jobs', ...span, '--format', 'csv', '--out', '-', '--primary', 'dr');
  expect(csv).toMatchObject({ code: 0, err: '' });
  const [header, ...lines] = csv.out.trimEnd().split('\r\n');
  expect(header).toMatch(/^primary,jobId,/);
  expect(lines.map((line) => line.split(',')[1])).toEqual(['1', '3', '5']);
  expect(csv.out).toContain(`,"'=cmd|""x""!A1",`);
  const images = await nbwatch('export', 'images', '--since', '7d', '--format', 'jsonl', '--out', '-');
  const facts = images.out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const shown = (await json('images', '--since', '7d')).toReversed();
  expect(facts.toSorted((a, b) => a.receivedAt - b.receivedAt)).toHaveLength(6);
  expect(new Set(facts.map((one) => JSON.stringify(one)))).toEqual(new Set(shown.map((one) => JSON.stringify(one))));
  expect(await nbwatch('export', 'jobs', ...span, '--format', 'csv', '--out', folder, '--primary', 'x')).toMatchObject({
    code: 3,
    err: expect.stringContaining('There is no primary server x.'),
  });
});

it.each([
  [['--since', '1d', '--from', '2026-11-01', '--format', 'csv', '--out', 'x'], "cannot be used with option '--from"],
  [['--from', '2026-11-02', '--to', '2026-11-02', '--format', 'csv', '--out', 'x'], 'which is not before --to'],
  [['--from', '2226-11-02', '--format', 'csv', '--out', 'x'], 'which is not before now'],
  [['--since', '1d', '--format', 'parquet', '--out', '-'], 'Parquet cannot go to standard output.'],
  [['--since', '1d', '--format', 'jsonl', '--out', '-', '--json'], 'it cannot be used with --json'],
  [['--since', '1d', '--format', 'xlsx', '--out', 'x'], 'Allowed choices are csv, jsonl, parquet.'],
  [['--since', '1d', '--format', 'csv'], "required option '--out <folder>'"],
  [['--from', '2026-11-31', '--format', 'csv', '--out', 'x'], 'It takes a day or a time'],
])('export jobs %j exits with 2 before any query', async (argv, says) => {
  const ended = await commandLine()('export', 'jobs', ...argv);
  expect(ended).toMatchObject({ code: 2, out: '', err: expect.stringContaining(says) });
});
