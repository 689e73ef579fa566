import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet';
import { afterAll, expect, it } from 'vitest';
import { type Column, IMAGE_COLUMNS, JOB_COLUMNS } from '../../cli/export/columns.ts';
import { type Format, writeRows } from '../../cli/export/format.ts';
import { type ImageFact, readFact } from '../../functions/ledger/fact.ts';
import type { Job } from '../../functions/questions/jobs.ts';
import { PROJECT } from '../../local/stack/synthesize.ts';
import { factOf, image } from '../functions/questions/received.ts';

const folder = mkdtempSync(join(tmpdir(), 'nbwatch-export-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Writes these rows to a file, and returns its path. */
async function written<T>(format: Format, columns: readonly Column<T>[], rows: readonly T[]): Promise<string> {
  const file = join(folder, `rows.${format}`);
  await writeRows(file, format, columns, from(rows));
  return file;
}

async function* from<T>(rows: readonly T[]): AsyncGenerator<T> {
  yield* rows;
}

/** Reads CSV strictly by RFC 4180, as lines of fields. */
function readCsv(text: string): string[][] {
  const lines: string[][] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy;
  let line: string[] = [];
  while (field.lastIndex < text.length) {
    const at = field.lastIndex;
    const [, quoted, plain = '', end] = field.exec(text) ?? [];
    if (end === undefined) throw new Error(`not CSV: ${text.slice(at, at + 80)}`);
    line.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === ',') continue;
    lines.push(line);
    line = [];
  }
  return lines;
}

/** Text as the CSV holds it, so that a spreadsheet does not take it for a formula. */
const guarded = (text: string) => (/^[=+\-@\t\r＝＋－＠]/.test(text) ? `'${text}` : text);

const inCsv = <T>(columns: readonly Column<T>[], row: T) =>
  columns.map(({ type, of }) => {
    const value = of(row);
    if (type === 'TIMESTAMP') return new Date(Number(value)).toISOString();
    return typeof value === 'string' ? guarded(value) : String(value ?? '');
  });

const inParquet = <T>(columns: readonly Column<T>[], row: T) =>
  Object.fromEntries(
    columns.map(({ name, type, of }) => {
      const value = of(row);
      if (type === 'TIMESTAMP') return [name, new Date(Number(value))];
      return [name, type === 'INT64' && value !== undefined ? BigInt(value) : (value ?? null)];
    }),
  );

/** Expects each of the three formats to hold exactly these rows. */
async function expectRows<T>(columns: readonly Column<T>[], rows: readonly T[]): Promise<void> {
  const lines = readFileSync(await written('jsonl', columns, rows), 'utf8');
  expect(lines).toBe(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const csv = readFileSync(await written('csv', columns, rows), 'utf8');
  expect(readCsv(csv)).toEqual([columns.map(({ name }) => name), ...rows.map((row) => inCsv(columns, row))]);
  const file = await asyncBufferFromFile(await written('parquet', columns, rows));
  expect(await parquetReadObjects({ file })).toEqual(rows.map((row) => inParquet(columns, row)));
}

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: fc.constantFrom('"', ',', '\r', '\n', '\t', '=', '-', '+', '@', "'", '＝', 'a', '\0', '𝄞') }),
);
const seconds = fc.integer({ min: 0, max: 9_999_999_999 });
const ms = fc.integer({ min: 0, max: 4_102_444_800_000 });
const id = fc.maxSafeNat();
const status = fc.integer({ min: -2_147_483_648, max: 2_147_483_647 });

const anyJob: fc.Arbitrary<Job> = fc.record({
  ...{ primary: text, jobId: id, parentJobId: id, state: text, status, startTime: seconds, clientName: text },
  ...{ policyName: text, policyType: text, jobType: text, scheduleType: text, receivedAt: ms, requestId: text },
  runs: fc.array(fc.record({ startTime: seconds, state: text, status, receivedAt: ms }), { maxLength: 3 }),
  facts: fc.integer({ min: 1, max: 100_000 }),
});

const anyFact: fc.Arbitrary<ImageFact> = fc.record(
  {
    ...{ object: fc.constant('IMAGE' as const), primary: text, endpoint: text, receivedAt: ms, messageId: text },
    ...{ messageTime: seconds, connectionId: text, requestId: text, digest: text, around: text, expiresAt: seconds },
    entry: fc.record({
      ...{ backupId: text, operationId: text, createdTime: seconds, backupTime: seconds },
      ...{ clientName: text, clientType: text, mediaId: fc.jsonValue() },
    }),
  },
  {
    requiredKeys: [
      'object',
      'primary',
      'endpoint',
      'receivedAt',
      'messageId',
      'messageTime',
      'connectionId',
      'requestId',
      'digest',
      'entry',
    ],
  },
);

it('any jobs read back from CSV and Parquet as JSON Lines has them', async () => {
  await fc.assert(fc.asyncProperty(fc.array(anyJob, { maxLength: 20 }), (jobs) => expectRows(JOB_COLUMNS, jobs)));
});

it('any image events read back from CSV and Parquet as JSON Lines has them', async () => {
  await fc.assert(fc.asyncProperty(fc.array(anyFact, { maxLength: 20 }), (facts) => expectRows(IMAGE_COLUMNS, facts)));
});

it('more rows than fit in a batch and a row group are all written, in order', async () => {
  const [job] = fc.sample(anyJob, 1);
  if (!job) throw new Error('no sample');
  await expectRows(
    JOB_COLUMNS,
    Array.from({ length: 20_500 }, (_, jobId) => ({ ...job, jobId, clientName: `c${jobId % 7}` })),
  );
});

it('a number too large for JavaScript is written as it was sent', async () => {
  const item = factOf(image('23T01:00', 'sql01_1', 'CREATE', { mediaId: 0 }));
  const exact = '"mediaId":18446744073709551615';
  const fact = readFact({ ...item, entry: item.entry.replace('"mediaId":0', exact) });
  if (fact.object !== 'IMAGE') throw new Error('an image is none');
  await expectRows(IMAGE_COLUMNS, [fact]);
  expect(readFileSync(await written('jsonl', IMAGE_COLUMNS, [fact]), 'utf8')).toContain(exact);
  const file = await asyncBufferFromFile(await written('parquet', IMAGE_COLUMNS, [fact]));
  expect(await parquetReadObjects({ file, columns: ['entry'] })).toEqual([{ entry: expect.stringContaining(exact) }]);
});

it.each([
  ['export jobs', JOB_COLUMNS as readonly Column<never>[]],
  ['export images', IMAGE_COLUMNS as readonly Column<never>[]],
])('docs/export.md lists the columns of %s with the types of the Parquet file', async (heading, columns) => {
  const [, section = ''] = readFileSync(join(PROJECT, 'docs/export.md'), 'utf8').split(`\n### nbwatch ${heading}\n`);
  const rows = section.split('\n#')[0]?.matchAll(/^\| `(\w+)` \| ([\w, ]+) \|/gm) ?? [];
  const file = await asyncBufferFromFile(await written('parquet', columns, []));
  const { children } = parquetSchema(await parquetMetadataAsync(file));
  const types = children.map(({ element: { name, type, converted_type, repetition_type } }) => {
    const logical = { UTF8: 'STRING', TIMESTAMP_MILLIS: 'TIMESTAMP' }[String(converted_type)] ?? type;
    return [name, repetition_type === 'REQUIRED' ? logical : `${logical}, optional`];
  });
  expect([...rows].map(([, name, type]) => [name, type])).toEqual(types);
});
