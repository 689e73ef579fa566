import { createHash } from 'node:crypto';

/**
 * The only script in a report: it makes tables sortable and one searchable. Where scripts are off, the tables are still
 * there. The script is the same in every report, so that the page can name its digest and nothing else runs.
 */
export const SCRIPT = `'use strict';
const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });
const valueOf = (row, column) => {
  const cell = row.cells[column];
  return 'v' in cell.dataset ? Number(cell.dataset.v) : cell.textContent;
};
const compare = (a, b) => (typeof a === 'number' && typeof b === 'number' ? a - b : collator.compare(a, b));
for (const table of document.querySelectorAll('table[data-sortable]')) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener('click', () => {
      const up = head.getAttribute('aria-sort') !== 'ascending';
      for (const other of heads) other.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
      const rows = [...body.rows].map((row) => [valueOf(row, column), row]);
      rows.sort(([a], [b]) => (up ? compare(a, b) : compare(b, a)));
      body.append(...rows.map(([, row]) => row));
    });
  });
}
for (const search of document.querySelectorAll('[data-search]')) {
  search.hidden = false;
  const field = search.querySelector('input');
  const status = search.querySelector('[role=status]');
  const rows = [...document.getElementById(search.dataset.search).tBodies[0].rows];
  const texts = rows.map((row) => [...row.cells].map((cell) => cell.textContent).join(' ').toLowerCase());
  const digits = (n) => n.toLocaleString('en-US');
  const find = () => {
    const words = field.value.toLowerCase().split(/\\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, index) => {
      const fits = words.every((word) => texts[index].includes(word));
      row.hidden = !fits;
      if (fits) shown += 1;
    });
    status.textContent = digits(shown) + ' of ' + digits(rows.length) + ' shown';
  };
  field.addEventListener('input', find);
  find();
}
`;

const digest = createHash('sha256').update(SCRIPT).digest('base64');

/** Forbids all requests and any other script, so that a client's name that looks like a script stays a name. */
export const POLICY = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'`;
