import { type Cell, createTable, type Terminal } from './table.ts';

/** A row of a table: what each column shows, by its heading. */
export type Row = Readonly<Record<string, Cell>>;

/** A small table as one text: columns as wide as their widest value, two spaces apart, fitted to a terminal. */
export function renderTable(rows: readonly Row[], terminal?: Terminal): string {
  const headings = Object.keys(rows[0] ?? {});
  const table = createTable(headings, terminal);
  const taken = rows.map((row) => table.take(headings.map((heading) => row[heading] ?? '')));
  return [table.heading(), ...taken.map(table.line)].join('\n');
}

/** `2026-11-23 19:00:12` in UTC, or `-` for no time. `at` is epoch ms. */
export function showTime(at: number | undefined): string {
  return at === undefined || at === 0 ? '-' : new Date(at).toISOString().slice(0, 19).replace('T', ' ');
}

/** A time by NetBackup's clock, in epoch seconds, shown like other times; `-` for 0, which means none. */
export function showSentTime(seconds: number): string {
  return showTime(seconds * 1000);
}
