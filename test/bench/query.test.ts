import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { beforeAll, expect, inject, it } from 'vitest';
import { countingClient } from '../../bench/query/client.ts';
import { drawn, measureQuery, type QueryFigures } from '../../bench/query/measure.ts';
import { extentOf } from '../../bench/query/plan.ts';
import { plots } from '../../bench/query/plots.ts';
import { report } from '../../bench/query/report.ts';
import { readDeployment } from '../../local/stack/deployment.ts';
import { readAssembly } from '../../local/stack/synthesize.ts';
import { testDatabase } from '../support/database.ts';

const { url } = testDatabase();
const stack = readAssembly(inject('assemblyFolder'));
let figures: QueryFigures;

beforeAll(async () => {
  const extents = [
    { primaries: 1, days: 2 },
    { primaries: 2, days: 2 },
  ];
  const start = async () => ({ url, stop: async () => {} });
  figures = await measureQuery(stack, { extents, rounds: 1, asks: 1, warm: 0 }, start, () => {});
});

it('each question gives as many answers, for as many calls and read units, in a large table as in a small one', () => {
  for (const { name, asked, again } of figures.questions) {
    const [first, ...others] = [...asked, again].map(({ answers, calls, units }) => ({ name, answers, calls, units }));
    expect(first?.answers).toBeGreaterThan(0);
    // How often a series runs is looked for up to two weeks back, further than these tables reach.
    if (name !== 'how often a series runs as a rule') for (const other of others) expect(other).toEqual(first);
  }
});

it('counts the items that the tables really have', async () => {
  const { outputs } = readDeployment(stack);
  const { client } = countingClient(url, 'query2');
  const count = async (TableName = '') => {
    const pages = await client.send(new ScanCommand({ TableName, Select: 'COUNT' }));
    return pages.LastEvaluatedKey ? undefined : pages.Count;
  };
  const largest = figures.tables[1];
  expect(largest).toMatchObject({ primaries: 2, days: 2 });
  expect([await count(outputs.LedgerTable), await count(outputs.RecordsTable)]).toEqual([
    largest?.ledger,
    largest?.records,
  ]);
});

it('reports and draws every question', () => {
  const [tables = '', read = '', times = ''] = report(figures);
  expect(tables.split('\n')).toHaveLength(2 + figures.tables.length);
  for (const { name } of figures.questions) {
    expect(read).toContain(`| ${name} `);
    expect(times).toContain(`| ${name} `);
    expect(plots(figures).query).toContain(`>${name}<`);
  }
});

it('plans a table of about as many records as asked for, over at most 400 days, so that none has expired', () => {
  for (const records of [1_000, 10_000, 100_000, 1_000_000]) {
    const { primaries, days } = extentOf(records);
    expect(Math.abs(primaries * days * 248 - records) / records).toBeLessThan(0.05);
    expect(days).toBeLessThanOrEqual(400);
  }
});

it('draws from all primaries and all days but the last, the same in each run', () => {
  const extent = { primaries: 3, days: 4 };
  const all = Array.from({ length: 200 }, (_, n) => drawn(extent, 1, n));
  expect(new Set(all.map(({ day }) => day))).toEqual(new Set([1, 2, 3]));
  expect(new Set(all.map(({ primary }) => primary))).toEqual(new Set([0, 1, 2]));
  expect(drawn(extent, 1, 7)).toEqual(all[7]);
});
