/** A row of a table: what each column shows, by its heading. */
export type Row = Readonly<Record<string, string | number>>;

/** Columns as wide as their widest value, two spaces apart. */
export function renderTable(rows: readonly Row[]): string {
  const headings = Object.keys(rows[0] ?? {});
  const width = (heading: string) => Math.max(heading.length, ...rows.map((row) => String(row[heading]).length));
  const widths = headings.map(width);
  const line = (cells: readonly (string | number)[]) =>
    cells
      .map((cell, column) => String(cell).padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(headings), ...rows.map((row) => line(headings.map((heading) => row[heading] ?? '')))].join('\n');
}

/** `2026-11-23 19:00:12` in UTC, or `-` for no time. `at` is epoch ms. */
export function showTime(at: number | undefined): string {
  return at === undefined || at === 0 ? '-' : new Date(at).toISOString().slice(0, 19).replace('T', ' ');
}
