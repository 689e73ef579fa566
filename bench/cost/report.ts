import { met, number, table } from '../table.ts';
import { amountOf, byPart, type Line, sum, usdOf } from './book.ts';
import type { CostFigures, Traffic } from './measure.ts';
import { PRICES, type Unit } from './prices.ts';
import { MONTH } from './sample.ts';

/** The targets of the figures, in USD except for the first. */
export const TARGETS = { ofFloor: 2.5, idle: 0.1, fixed: 10 };

export const MILLION = 1_000_000;

/** The units that a table of parts has as columns. */
const COLUMNS: Readonly<Partial<Record<Unit, string>>> = {
  message: 'messages',
  write: 'writes',
  read: 'reads',
  run: 'runs',
  gbSecond: 'GB-s',
};

export const ratioOf = ({ lines, floor }: Traffic): number => usdOf(lines) / usdOf(floor);

export function report(figures: CostFigures): string[] {
  const { ordinary, month, storage = [], idle, fixed, fixedMetrics, trafficMetrics } = figures;
  const monthly = (lines: readonly Line[], most: number) => [
    dollars(usdOf(lines)),
    number(most),
    met({ met: usdOf(lines) <= most }),
  ];
  return [
    table(
      ['a million notifications', 'USD', 'floor, USD', 'times the floor', 'at most 2.5'],
      [
        ['with one entry each, of a night in which nothing fails', ...rowOf(ordinary)],
        ['the same without the archive', ...rowOf(withoutArchive(ordinary))],
        ['as they come in a month', ...rowOf(month)],
      ],
    ),
    table(
      ['a month', 'USD', 'at most', 'target'],
      [
        ['a primary server that is connected and sends nothing', ...monthly(idle, TARGETS.idle)],
        ['a stack to which nothing comes', ...monthly(fixed, TARGETS.fixed)],
      ],
    ),
    'A notification with one entry, by part. Units are for one notification, USD for a million:',
    partsTable(ordinary.lines, 1 / ordinary.messages, MILLION / ordinary.messages),
    `A month of a primary server with ${MONTH.clients} clients, ${number(month.messages)} notifications with ${number(month.entries)} entries, by part; units in thousands:`,
    partsTable(month.lines, 1 / 1_000, 1),
    ...(storage.length > 0 ? storageTable(storage) : []),
    `Metrics that only traffic brings: ${trafficMetrics.length}, ${dollars(trafficMetrics.length * PRICES.metric.usd)} USD a month if they are written all month: ${trafficMetrics.join(', ')}.`,
    'A month of a stack to which nothing comes:',
    linesTable(fixed),
    `Metrics that are written all the time: ${fixedMetrics.join(', ')}, and those of the certificate.`,
    'A month of a primary server that sends nothing adds:',
    linesTable(idle),
  ];
}

/** USD of a million, ours and the floor's, and the ratio of the two. */
function rowOf(traffic: Traffic): string[] {
  const million = (lines: readonly Line[]) => dollars((usdOf(lines) / traffic.messages) * MILLION);
  const ratio = ratioOf(traffic);
  return [million(traffic.lines), million(traffic.floor), ratio.toFixed(2), met({ met: ratio <= TARGETS.ofFloor })];
}

/** What it costs with `nbwatch:archive=off`. */
const withoutArchive = (traffic: Traffic): Traffic => ({
  ...traffic,
  lines: traffic.lines.filter(({ part }) => part !== 'archive'),
});

/** The parts, the most expensive first. */
function partsTable(lines: readonly Line[], unitFactor: number, usdFactor: number): string {
  const units = Object.keys(COLUMNS) as Unit[];
  const row = (part: string, own: readonly Line[]) => [
    part,
    ...units.map((unit) => amountCell(amountOf(own, unit) * unitFactor)),
    dollars(usdOf(own) * usdFactor),
  ];
  const refused = amountOf(lines, 'refused');
  const of = ['of them refused by a condition', '', amountCell(refused * unitFactor), '', '', '', ''];
  return table(
    ['part', ...Object.values(COLUMNS), 'USD'],
    [...byPart(lines).map(([part, own]) => row(part, own)), row('together', lines), of],
  );
}

/** Lines below this, in USD, are combined into one. */
const LEAST = 0.002;

function linesTable(lines: readonly Line[]): string {
  const [small, large] = [[], []] as [Line[], Line[]];
  for (const line of sum(lines)) (usdOf([line]) < LEAST ? small : large).push(line);
  const rows = large
    .sort((a, b) => usdOf([b]) - usdOf([a]))
    .map((line) => [line.part, PRICES[line.unit].what, count(line.amount), usdOf([line]).toFixed(3)]);
  const rest = ['others', '', '', usdOf(small).toFixed(3)];
  return table(['part', 'what', 'how many', 'USD'], [...rows, rest, ['together', '', '', usdOf(lines).toFixed(2)]]);
}

/** What takes up the most storage, and what all of it costs. It is in none of the tables before. */
function storageTable(storage: NonNullable<CostFigures['storage']>): string[] {
  const after = (months: number) => `after ${months} ${months === 1 ? 'month' : 'months'}`;
  const last = storage.at(-1)?.lines ?? [];
  const [large, small] = [[], []] as [string[], string[]];
  for (const [part, own] of byPart(last)) (usdOf(own) < LEAST ? small : large).push(part);
  const row = (name: string, parts: readonly string[]) => [
    name,
    ...storage.flatMap(({ lines }) => {
      const own = lines.filter(({ part }) => parts.includes(part));
      return [megabytes(own), usdOf(own).toFixed(3)];
    }),
  ];
  const all = byPart(last).map(([part]) => part);
  const recovery = storage.flatMap(({ lines }) => {
    const own = lines.filter(({ unit }) => unit === 'recoveryGb');
    return ['', usdOf(own).toFixed(3)];
  });
  const costs = storage.map(({ months, lines }) => `${dollars(usdOf(lines))} USD a month ${after(months)}`);
  return [
    `What such a primary server leaves behind is in none of the figures above. Keeping it costs ${costs.join(' and ')}:`,
    table(
      ['kept in', ...storage.flatMap(({ months }) => [`MB, ${after(months)}`, 'USD a month'])],
      [
        ...large.map((part) => row(part, [part])),
        ...[row('others', small), row('together', all), ['of it to restore tables to a point in time', ...recovery]],
      ],
    ),
  ];
}

const megabytes = (lines: readonly Line[]) =>
  number(1_024 * (amountOf(lines, 'storedGb') + amountOf(lines, 'objectGb')));

const count = (amount: number) => (amount < 10 ? String(Number(amount.toPrecision(2))) : amount.toFixed(0));

/** USD with as many digits as are meaningful. */
const dollars = (usd: number) => usd.toFixed(usd < 1 ? 3 : 2);

const amountCell = (amount: number) => (amount === 0 ? '' : amount.toFixed(2));
