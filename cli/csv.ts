import { type Options, stringify } from 'csv-stringify/sync';

/**
 * RFC 4180, which also quotes a field with any kind of line break in it. Text that a spreadsheet would take for a
 * formula gets a `'` in front: anybody may name a client `=cmd|…`.
 */
const CSV: Options = {
  record_delimiter: 'windows',
  quote_record_delimiter: true,
  escape_formulas: true,
};

/** Lines of CSV. */
export function csvLines(lines: readonly (readonly (string | number | undefined)[])[]): string {
  return stringify([...lines], CSV);
}
