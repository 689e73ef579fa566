import { type Content, type Html, html } from './html.ts';

export interface Column<T> {
  title: string;
  cell(row: T): Content;
  /** The value that numbers, times and durations are sorted by. Text is sorted as shown. */
  value?(row: T): number;
  /** Numbers are aligned right. */
  number?: true;
}

export interface TableOptions {
  /** What the table shows, for those who cannot see its place on the page. */
  caption: string;
  id?: string;
  sortable?: boolean;
}

/** A table that scrolls on its own where the page is narrow. Its first column names the row. */
export function table<T>(rows: readonly T[], columns: readonly Column<T>[], options: TableOptions): Html {
  const { caption, id, sortable = false } = options;
  const kind = ({ number }: Column<T>) => (number ? html` class="number"` : undefined);
  const value = (column: Column<T>, row: T) => column.value && html` data-v="${column.value(row)}"`;
  const cells = (row: T) =>
    columns.map((column, index) =>
      index === 0
        ? html`<th scope="row"${kind(column)}${value(column, row)}>${column.cell(row)}</th>`
        : html`<td${kind(column)}${value(column, row)}>${column.cell(row)}</td>`,
    );
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
<table${id && html` id="${id}"`}${sortable ? html` data-sortable` : undefined}>
<caption>${caption}</caption>
<thead><tr>${columns.map((column) => html`<th scope="col"${kind(column)}>${column.title}</th>`)}</tr></thead>
<tbody>
${rows.map((row) => html`<tr>${cells(row)}</tr>\n`)}</tbody>
</table>
</div>`;
}

/** Further content, folded: for those who cannot see a plot, and for whoever wants the figures. */
export function folded(summary: string, content: Html): Html {
  return html`<details><summary>${summary}</summary>\n${content}\n</details>`;
}
