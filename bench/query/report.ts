import { againstFloor, type Target } from '../judgement.ts';
import { median } from '../percentiles.ts';
import { met, number, spread, table } from '../table.ts';
import type { Asked, QueryFigures } from './measure.ts';

/** The p99 of the largest table, as a multiple of the smallest table's. */
export const TARGET = { atMost: 1.3 } satisfies Target;

export function report(figures: QueryFigures): string[] {
  return [tablesTable(figures), readTable(figures), timesTable(figures)];
}

/** Names a table by its approximate number of records. */
export const sizeOf = ({ records }: QueryFigures['tables'][number]) =>
  Number(records.toPrecision(1)).toLocaleString('en');

function tablesTable({ tables }: QueryFigures): string {
  const rows = tables.map((one) => [
    ...[sizeOf(one), one.records.toLocaleString('en'), one.ledger.toLocaleString('en')],
    ...[String(one.primaries), String(one.days)],
  ]);
  return table(['table', 'items of Records', 'items of Ledger', 'primary servers', 'days'], rows);
}

/** What is read for an answer: the same, whatever else the table holds. */
function readTable({ tables, questions }: QueryFigures): string {
  const [smallest, largest] = [tables[0], tables.at(-1)].map((one) => (one ? sizeOf(one) : ''));
  const rows = questions.map(({ name, asked }) => {
    const first = asked[0];
    const last = asked.at(-1);
    const both = (what: 'answers' | 'calls' | 'units') => [amount(first?.[what]), amount(last?.[what])];
    return [name, ...both('answers'), ...both('calls'), ...both('units')];
  });
  const head = ['answers', 'calls', 'read units'].flatMap((what) => [`${what}, ${smallest}`, largest ?? '']);
  return table(['question', ...head], rows);
}

const amount = (value = Number.NaN) => String(Number(value.toFixed(2)));

function timesTable({ tables, questions }: QueryFigures): string {
  const rows = questions.map(({ name, asked, again }) => {
    const first = asked[0] ?? again;
    const judged = againstFloor((asked.at(-1) ?? again).p99, first.p99, TARGET);
    const typical = againstFloor((asked.at(-1) ?? again).p50, first.p50, TARGET);
    const noise = againstFloor(again.p99, first.p99, TARGET);
    return [name, ...asked.flatMap(times), spread(typical), spread(judged), met(judged), spread(noise)];
  });
  const head = tables.flatMap((one) => [`p50, ms, ${sizeOf(one)}`, 'p99, ms']);
  return table(
    ['question', ...head, 'p50, largest/smallest', 'p99, largest/smallest', 'target', 'p99, smallest again'],
    rows,
  );
}

const times = ({ p50, p99 }: Asked) => [number(median(p50)), number(median(p99))];
