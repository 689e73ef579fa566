import { setTimeout } from 'node:timers/promises';
import { csvLines } from './csv.ts';
import type { Streams } from './program.ts';
import { type Cell, type Columns, createTable, jsonLine, NO_TERMINAL, readable, textOf } from './table.ts';

export interface PrintOptions {
  json?: boolean;
  csv?: boolean;
  /** What to say where there are no rows. */
  none: string;
  /** Ends when no more rows are waited for before the first are shown. */
  patience?: () => Promise<unknown>;
}

/** How many rows decide how wide the columns begin. */
export const LOOK_AHEAD = 100;

/** A person does not notice it; a page from DynamoDB comes at once. */
const PATIENCE_MS = 200;
const defaultPatience = () => setTimeout(PATIENCE_MS, undefined, { ref: false });

/**
 * Prints rows as they come, and asks for the next only when the last was written: any number of them takes no more memory than
 * `LOOK_AHEAD`, and ends early where the reader does. JSON: one object a line, whole. CSV: by RFC 4180, the columns of the table in
 * full. Otherwise a table, fitted to the terminal.
 */
export async function printRows<T>(
  rows: AsyncIterable<T> | Iterable<T>,
  columns: Columns<T>,
  { json = false, csv = false, none, patience = defaultPatience }: PrintOptions,
  { out, err, terminal = NO_TERMINAL }: Streams,
): Promise<void> {
  const headings = Object.keys(columns);
  const cellsOf = (row: T) => Object.values(columns).map((show) => show(row));
  if (json) {
    for await (const row of rows) await out(jsonLine(row));
    return;
  }
  if (csv) {
    await out(csvLine(headings));
    // A file gets names as they are; a person's terminal must not obey them.
    const isSeen = terminal.width() !== undefined;
    const shownOf = (cell: Cell) => (isSeen ? readable(String(textOf(cell))) : textOf(cell));
    for await (const row of rows) await out(csvLine(cellsOf(row).map(shownOf)));
    return;
  }
  const table = createTable(headings, terminal);
  let shown = 0;
  for await (const some of lookAhead(rows, patience)) {
    const taken = some.map((row) => table.take(cellsOf(row)));
    const lines = taken.map(table.line);
    if (shown === 0) lines.unshift(table.heading());
    await out(`${lines.join('\n')}\n`);
    shown += lines.length;
  }
  if (shown === 0) err(`${none}\n`);
}

/** The first rows together, as many as come before the patience ends; then each by itself. */
async function* lookAhead<T>(
  rows: AsyncIterable<T> | Iterable<T>,
  patience: () => Promise<unknown>,
): AsyncGenerator<readonly T[]> {
  const from = asAsync(rows);
  try {
    const first = await from.next();
    if (first.done) return;
    const ahead = [first.value];
    const end = patience().then(() => undefined);
    let asked: Promise<IteratorResult<T>> | undefined;
    while (ahead.length < LOOK_AHEAD) {
      asked = from.next();
      // A failure is that of the question below, once what came before it is shown.
      const next = await Promise.race([asked, end]).catch(() => undefined);
      if (next === undefined) break;
      asked = undefined;
      if (next.done) break;
      ahead.push(next.value);
    }
    yield ahead;
    for (let next = await (asked ?? from.next()); !next.done; next = await from.next()) yield [next.value];
  } finally {
    await from.return(undefined);
  }
}

async function* asAsync<T>(rows: AsyncIterable<T> | Iterable<T>): AsyncGenerator<T> {
  yield* rows;
}

/** In a table `-` says that there is nothing. */
function csvLine(values: readonly (string | number)[]): string {
  return csvLines([values.map((value) => (value === '-' ? '' : value))]);
}
