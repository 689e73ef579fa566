import * as v from 'valibot';

/*
 * Draws the body of the dashboard as CloudWatch's page lays it out: each widget with its title, and under it what it
 * shows and by which metric.
 */

const place = { x: v.number(), y: v.number(), width: v.number(), height: v.number() };
const shown = v.object({ label: v.string(), stat: v.string() });
/** Namespace, name, one dimension with its value, and how it is shown. */
const metric = v.tuple([v.string(), v.string(), v.string(), v.string(), shown]);
const widget = v.variant('type', [
  v.object({ type: v.literal('text'), ...place, properties: v.object({ markdown: v.string() }) }),
  v.object({
    type: v.literal('alarm'),
    ...place,
    properties: v.object({ title: v.string(), alarms: v.array(v.string()) }),
  }),
  v.object({
    type: v.literal('metric'),
    ...place,
    properties: v.object({ title: v.string(), metrics: v.array(metric) }),
  }),
]);
const body = v.pipe(v.string(), v.parseJson(), v.object({ widgets: v.array(widget) }));

export type Widget = v.InferOutput<typeof widget>;
export type ShownMetric = v.InferOutput<typeof metric>;

export function readBody(text: unknown): Widget[] {
  return v.parse(body, text).widgets;
}

/** Pixels of a column and of a row of the page. */
const COLUMN = 50;
const ROW = 30;
const GAP = 4;
const LINE = 11;

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const text = (x: number, y: number, kind: string, words: string) =>
  `<text x="${x}" y="${y}" class="${kind}">${escaped(words)}</text>`;

/** `OperationsGivenUp25978F43` as `GivenUp`. */
export const alarmNameOf = (arn: string) => /:alarm:Operations(\w+?)[0-9A-F]{8}$/.exec(arn)?.[1] ?? arn;

export function drawDashboard(widgets: readonly Widget[]): string {
  const width = COLUMN * Math.max(...widgets.map(({ x, width }) => x + width));
  const height = ROW * Math.max(...widgets.map(({ y, height }) => y + height));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title">`,
    '<title id="title">The dashboard: its graphs, what each shows, and by which metric</title>',
    '<style>text{font-family:sans-serif;fill:#16191f}.heading{font-size:16px;font-weight:bold}.title{font-size:12px;font-weight:bold}',
    '.line{font-size:9.5px}.box{fill:#fff;stroke:#aab7b8}.page{fill:#f2f3f3}.metric{font-family:monospace;fill:#414d5c}</style>',
    `<rect class="page" width="${width}" height="${height}"/>`,
    ...widgets.flatMap(drawWidget),
    '</svg>',
    '',
  ].join('\n');
}

function drawWidget(one: Widget): string[] {
  const [left, top] = [one.x * COLUMN + GAP, one.y * ROW + GAP];
  if (one.type === 'text') return [text(left + GAP, top + 18, 'heading', one.properties.markdown.replace(/^#+ /, ''))];
  const [width, height] = [one.width * COLUMN - 2 * GAP, one.height * ROW - 2 * GAP];
  return [
    `<rect class="box" x="${left}" y="${top}" width="${width}" height="${height}" rx="3"/>`,
    text(left + 8, top + 16, 'title', one.properties.title),
    ...(one.type === 'alarm'
      ? drawAlarms(one.properties.alarms, left + 8, top + 34, width)
      : drawMetrics(one.properties.metrics, left + 8, top + 30)),
  ];
}

function drawAlarms(arns: readonly string[], left: number, top: number, width: number): string[] {
  const inRow = 8;
  return arns.map((arn, index) => {
    const x = left + (index % inRow) * (width / inRow);
    return text(Math.round(x), top + 16 * Math.floor(index / inRow), 'line metric', alarmNameOf(arn));
  });
}

function drawMetrics(metrics: readonly ShownMetric[], left: number, top: number): string[] {
  return metrics.map(([namespace, name, , , { label, stat }], index) => {
    const from = namespace === 'nbwatch' ? name : `${namespace} ${name}`;
    const words = `${escaped(label)}: <tspan class="metric">${escaped(from)}, ${escaped(stat)}</tspan>`;
    return `<text x="${left}" y="${top + LINE * index}" class="line">${words}</text>`;
  });
}
