import { writeFile } from 'node:fs/promises';
import { fileWriter, parquetWriteRows } from 'hyparquet-writer';
import { csvLines } from '../csv.ts';
import type { Column } from './columns.ts';

export const FORMATS = ['csv', 'jsonl', 'parquet'] as const;
export type Format = (typeof FORMATS)[number];

/** Rows as text, in batches. A `jsonl` line holds the whole record, as `--json` prints it. */
export async function* asText<T>(
  format: 'csv' | 'jsonl',
  columns: readonly Column<T>[],
  rows: AsyncIterable<T>,
): AsyncGenerator<string> {
  if (format === 'csv') yield csvLines([columns.map(({ name }) => name)]);
  for await (const batch of batches(rows)) {
    if (format === 'csv') yield csvLines(batch.map((row) => columns.map((column) => csvCell(column, row))));
    else yield batch.map((row) => `${JSON.stringify(row)}\n`).join('');
  }
}

/** Writes rows to a file, with few of them in memory at a time. */
export async function writeRows<T>(
  file: string,
  format: Format,
  columns: readonly Column<T>[],
  rows: AsyncIterable<T>,
): Promise<void> {
  if (format === 'parquet') await writeParquet(file, columns, rows);
  else await writeFile(file, asText(format, columns, rows));
}

const BATCH = 500;

async function* batches<T>(rows: AsyncIterable<T>): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const row of rows) {
    batch.push(row);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function csvCell<T>({ type, of }: Column<T>, row: T): string | number | undefined {
  const value = of(row);
  return type === 'TIMESTAMP' && typeof value === 'number' ? new Date(value).toISOString() : value;
}

/** A row group is in memory as a whole before it is written. */
const ROW_GROUP = 10_000;

async function writeParquet<T>(file: string, columns: readonly Column<T>[], rows: AsyncIterable<T>): Promise<void> {
  async function* cells() {
    for await (const row of rows) {
      yield Object.fromEntries(columns.map((column) => [column.name, parquetCell(column, row)]));
    }
  }
  await parquetWriteRows({
    writer: fileWriter(file),
    columns: columns.map(({ name, type, optional = false }) => ({ name, type, nullable: optional })),
    rows: cells(),
    rowGroupSize: ROW_GROUP,
    createdBy: 'nbwatch',
  });
}

function parquetCell<T>({ type, of }: Column<T>, row: T): string | number | bigint | undefined {
  const value = of(row);
  return typeof value === 'number' && type !== 'INT32' ? BigInt(value) : value;
}
