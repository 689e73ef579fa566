import { setTimeout } from 'node:timers/promises';
import { csvLines } from './csv.ts';
import type { Streams } from './program.ts';
import { type Cell, type Columns, createTable, jsonLine, NO_TERMINAL, readable, textOf } from './table.ts';

export interface PrintOptions {
  json?: boolean;
  csv?: boolean;
  /** The text to print if there are no rows. */
  none: string;
  /** Resolves when the first rows must be shown, without waiting for more. */
  patience?: () => Promise<unknown>;
}

/** How many rows decide the initial width of the columns. */
export const LOOK_AHEAD = 100;

/** Too short for a person to notice; the rows of a page from DynamoDB come all at once. */
const PATIENCE_MS = 200;
const defaultPatience = () => setTimeout(PATIENCE_MS, undefined, { ref: false });

/**
 * Prints rows as they come, and asks for the next one only once the last is written. So any number of rows takes no
 * more memory than `LOOK_AHEAD` of them, and printing ends early if the reader does. JSON: one whole object per line.
 * CSV: RFC 4180, with the columns of the table in full. Otherwise a table, fitted to the terminal.
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
    // A file gets names as they are; a terminal must not obey control characters in them.
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

/** First, the rows that come before `patience` resolves, together, `LOOK_AHEAD` at most; then each row on its own. */
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
      // The loop below awaits this row again and throws its error, after the rows before it are shown.
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

/** A table shows `-` for an empty value. */
function csvLine(values: readonly (string | number)[]): string {
  return csvLines([values.map((value) => (value === '-' ? '' : value))]);
}
