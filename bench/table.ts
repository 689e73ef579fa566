import type { Judgement } from './judgement.ts';

/** A Markdown table whose columns are as wide as their content. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, column) => Math.max(cell.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, n) => cell.padEnd(widths[n] ?? 0)).join(' | ')} |`;
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rows.map(line)].join('\n');
}

/** A time or a rate with as many digits as are meaningful. */
export const number = (value: number) => value.toFixed(value < 100 ? 1 : 0);

/** The median of the rounds, with the lowest and the highest. */
export const spread = ({ ratio: { min, median, max } }: Judgement) =>
  `${median.toFixed(2)} (${min.toFixed(2)} to ${max.toFixed(2)})`;

export const met = (judgement: { met: boolean }) => (judgement.met ? 'met' : 'missed');
