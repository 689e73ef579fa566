import fc from 'fast-check';
import { parseHTML } from 'linkedom';
import { expect, it } from 'vitest';
import { plots as ack } from '../../bench/ack/plots.ts';
import { report as ackReport } from '../../bench/ack/report.ts';
import type { Line } from '../../bench/cost/book.ts';
import { plots as cost } from '../../bench/cost/plots.ts';
import type { Findings } from '../../bench/measure.ts';
import { PARTS } from '../../bench/parts.ts';
import { bars } from '../../bench/plots/bars.ts';
import { linePlot } from '../../bench/plots/lines.ts';
import { ratioPlot } from '../../bench/plots/ratios.ts';
import { asJson, readJson, report } from '../../bench/report.ts';

const turn = (p50: number) => [{ messages: 1, p50, p99: p50, perSecond: 1 }];
const figures = {
  cells: [{ connections: 8, entries: 10, turns: { ours: turn(13), floor: turn(10), peer: turn(26) } }],
  mapped: [],
};

const parsed = (svg: string | undefined) => parseHTML(svg ?? '').document;

it('the plot of acknowledgements has a panel for each size of message, and says how often the target is met', () => {
  const drawn = parsed(ack(figures).ack);
  expect(drawn.querySelector('desc')?.textContent).toContain('Met in 0 of 1.');
  const texts = [...drawn.querySelectorAll('text')].map(({ textContent }) => textContent);
  expect(texts).toEqual(expect.arrayContaining(['10 entries', '8 connections', 'ours/floor', 'ours/peer']));
  expect(drawn.querySelectorAll('circle')).toHaveLength(2);
  expect(ack({ cells: [], mapped: [] })).toEqual({});
});

it('the plot of costs has a bar for each part that costs anything, the dearest first', () => {
  const lines: Line[] = [
    { part: 'cheap', unit: 'read', amount: 10 },
    { part: 'free', unit: 'run', amount: 0 },
    { part: 'dear', unit: 'message', amount: 20 },
  ];
  const traffic = {
    messages: 10,
    entries: 10,
    lines,
    floor: [{ part: 'gateway', unit: 'message', amount: 10 } as const],
  };
  const of = { sample: { clients: 1, policies: 1 }, ordinary: traffic, month: traffic, idle: [], fixed: [] };
  const drawn = parsed(cost({ ...of, trafficMetrics: [], fixedMetrics: [] }).cost);
  expect(drawn.querySelector('desc')?.textContent).toContain('2.13 times the floor');
  const texts = [...drawn.querySelectorAll('g text')].map(({ textContent }) => textContent);
  expect(texts.filter((text) => /[a-z]/.test(text))).toEqual(['dear', 'cheap']);
  expect(texts).toEqual(expect.arrayContaining(['2', '0.125']));
});

it('a plot has a title and a description, colours for light and dark, and the same bytes for the same figures', () => {
  const draw = () => bars({ title: 'Cost, <USD>', about: 'Writes & reads' }, [{ name: 'a & b', value: 2 }]);
  const svg = draw();
  expect(draw()).toBe(svg);
  expect(svg).toContain('prefers-color-scheme:dark');
  expect(svg).not.toMatch(/fill="(black|#|white)/);
  const drawn = parsed(svg);
  expect(drawn.querySelectorAll('style')).toHaveLength(1);
  const root = drawn.querySelector('svg');
  expect(root?.getAttribute('role')).toBe('img');
  expect(root?.getAttribute('aria-labelledby')).toBe('title about');
  expect(drawn.querySelector('title')?.textContent).toBe('Cost, <USD>');
  expect(drawn.querySelector('desc')?.textContent).toBe('Writes & reads');
});

it('a plot of any figures has no NaN, Infinity or undefined', () => {
  const time = fc.double({ min: 1e-3, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(time, time, time, (one, two, three) => {
      const [min = 0, median = 0, max = 0] = [one, two, three].sort((a, b) => a - b);
      const ratio = { panel: 'p', row: 'r', series: 's', min, median, max };
      const about = { title: 't', about: 'a', series: ['s'] };
      const points = [min, median, max].map((y, x) => ({ x, y, series: 's' }));
      const drawn = [ratioPlot({ ...about, ratios: [ratio] }), linePlot({ ...about, x: 'x', y: 'y', points })];
      for (const svg of drawn) expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    }),
    { numRuns: 20 },
  );
});

it('figures that are read back from JSON give the same report and plots, and other files are refused', () => {
  const circumstances = { at: 'now', commit: 'c', node: 'v24', cpu: 'x', cores: 2, memoryGb: 4, system: 's', load: 0 };
  const part = PARTS.find(({ name }) => name === 'ack');
  const findings: Findings = {
    circumstances,
    parts: { ack: part?.read(figures) ?? expect.unreachable() },
    failed: { query: 'no space' },
    troubles: ['t'],
  };
  const read = readJson(asJson(findings), PARTS);
  expect(report(read)).toBe(report(findings));
  expect(report(read)).toContain('Not measured: query. no space');
  expect(read.parts.ack?.plots).toEqual(ack(figures));
  // A file from before parts could fail on their own.
  const { failed: _, ...older } = JSON.parse(asJson(findings));
  expect(readJson(JSON.stringify(older), PARTS).failed).toEqual({});
  expect(() => readJson('{}', PARTS)).toThrow('--json');
  expect(() => readJson('nothing', PARTS)).toThrow('--json');
});

it('the report does not call the slowest of a few messages p99, and names the cells that were given up', () => {
  const of = (messages: number) => [{ messages, p50: 1, p99: 2, perSecond: 3 }];
  const turns = (messages: number) => ({ ours: of(messages), floor: of(messages), peer: of(messages) });
  const text = ackReport({
    cells: [
      { connections: 1, entries: 1, turns: turns(100) },
      { connections: 1, entries: 10, turns: turns(99) },
    ],
    mapped: [
      { connections: 8, entries: 1, turns: { paused: of(40), mapped: of(40) } },
      { connections: 32, entries: 1, turns: { paused: [], mapped: [] }, failed: 'no time was left' },
    ],
  }).join('\n\n');
  expect(text).toMatch(/^\| 1 +\| 1 +\| 1 +\| p99, ms /m);
  expect(text).toMatch(/^\| 1 +\| 10 +\| 1 +\| slowest, ms /m);
  expect(text).toContain(
    'p50 in 2 of 2 cells, p99 in 1 of 1 cells, messages/s in 2 of 2 cells, slowest in 1 of 1 cells',
  );
  expect(text).toContain('Not measured: 32 connections with 1 entries, streams read. no time was left');
});
