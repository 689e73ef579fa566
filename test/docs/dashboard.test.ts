import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { METRIC_NAMESPACE, METRICS } from '../../functions/runtime/metrics.ts';
import { readDeployment } from '../../local/stack/deployment.ts';
import { PROJECT, readAssembly } from '../../local/stack/synthesize.ts';
import { alarmNameOf, drawDashboard, readBody } from './dashboard-drawing.ts';
import { inlineCode, read } from './documents.ts';

const FILE = join(PROJECT, 'docs/dashboard.svg');

const [dashboard] = readDeployment(readAssembly(inject('assemblyFolder'))).ofType('AWS::CloudWatch::Dashboard');
const widgets = readBody(dashboard?.properties.DashboardBody);
const [, section = ''] = read('docs/operations.md').split('\n## The dashboard\n');
/** Each row's title and description. */
const rows = [...(section.split('\n## ')[0] ?? '').matchAll(/^\| (.+?) \| (.+) \|$/gm)].slice(1);
const graphs = widgets.flatMap((one) => (one.type === 'metric' ? [one.properties] : []));

// `npm run docs` draws it again.
it('docs/dashboard.svg shows the current dashboard', async () => {
  await expect(drawDashboard(widgets)).toMatchFileSnapshot(FILE);
});

it('docs/operations.md explains every widget of the dashboard by its title, in order, and no other', () => {
  const titles = widgets.flatMap((one) => (one.type === 'text' ? [] : [one.properties.title]));
  expect(rows.map(([, title]) => title)).toEqual(titles);
});

it('docs/operations.md names every metric that a graph shows, except those of one kind of message each', () => {
  for (const { title, metrics } of graphs) {
    const [, , said = ''] = rows.find(([, named]) => named === title) ?? [];
    const shown = new Set(metrics.map(([, name]) => name).filter((name) => !name.endsWith('Messages')));
    expect([title, [...shown].filter((name) => !inlineCode(said).includes(name))]).toEqual([title, []]);
  }
});

it('the dashboard shows every alarm that has an article, and no nbwatch metric that functions do not write', () => {
  const alarms = widgets.flatMap((one) => (one.type === 'alarm' ? one.properties.alarms : []));
  const articles = [...read('docs/operations.md').matchAll(/^### (\w+)$/gm)].map(([, title]) => title);
  // An article may be about several alarms, for several values of a metric.
  const named = new Set(alarms.map((one) => alarmNameOf(one).replace(/\d+$/, '')));
  expect([...named].toSorted()).toEqual(articles.toSorted());
  const own = graphs.flatMap(({ metrics }) => metrics.filter(([namespace]) => namespace === METRIC_NAMESPACE));
  expect(own.filter(([, name, dimension]) => !Object.hasOwn(METRICS, name) || dimension !== 'service')).toEqual([]);
});
