import { clip, oneLine } from '../alerts/words.ts';
import { addEnds, endedOf, successOf } from './ends.ts';
import type { Html } from './html.ts';
import { draw, Plot } from './plots.ts';
import type { Ends, ReportDay, ReportPolicy } from './report.ts';
import { counted, dateOf, digits, percent } from './words.ts';

const DAY_MS = 86_400_000;
const at = (day: string) => new Date(`${day}T00:00Z`);

/** Room for the figures of an axis, the same for all plots so that they line up below each other. */
const MARGINS = { marginLeft: 56, marginRight: 14, marginBottom: 40 };
const ticks = (days: readonly ReportDay[]) =>
  ({ type: 'utc', label: null, ...(days.length < 8 && { ticks: 'day' }) }) as const;

/** How many days the trend is smoothed over: a week, because weekends differ from weekdays. */
export const WEEK = 7;

/** The success rate by day, and its mean over a week. */
export function successChart(days: readonly ReportDay[]): Html {
  const daily = days.flatMap(({ day, backups }) => {
    const rate = successOf(backups);
    return rate === null ? [] : [{ at: new Date(at(day).getTime() + DAY_MS / 2), rate }];
  });
  const weekly = days.flatMap(({ day }, index) => {
    const week = days.slice(Math.max(0, index - WEEK + 1), index + 1).map(({ backups }) => backups);
    const rate = successOf(addEnds(week));
    return rate === null || index < WEEK - 1 ? [] : [{ at: new Date(at(day).getTime() + DAY_MS / 2), rate }];
  });
  const rates = daily.map(({ rate }) => rate);
  const lowest = Math.min(100, ...rates);
  const label = `Success rate of backups by day: from ${percent(lowest)} on the worst day to ${percent(Math.max(0, ...rates))} on the best.`;
  return draw(label, {
    height: 190,
    ...MARGINS,
    x: { ...ticks(days), domain: extentOf(days) },
    y: {
      label: null,
      domain: [Math.max(0, Math.min(90, Math.floor(lowest / 10) * 10)), 100],
      grid: true,
      ticks: 5,
      tickFormat: (rate: number) => `${rate} %`,
    },
    marks: [
      Plot.dot(daily, {
        x: 'at',
        y: 'rate',
        r: 3,
        fill: 'var(--muted)',
        title: ({ at: day, rate }) => `${dateOf(day.getTime())}: ${percent(rate)}`,
      }),
      Plot.line(weekly.length > 1 ? weekly : daily, {
        x: 'at',
        y: 'rate',
        stroke: 'var(--accent)',
        strokeWidth: 2.5,
        curve: 'monotone-x',
      }),
    ],
  });
}

const extentOf = (days: readonly ReportDay[]): [Date, Date] => [
  at(days[0]?.day ?? '1970-01-01'),
  new Date(at(days.at(-1)?.day ?? '1970-01-01').getTime() + DAY_MS),
];

export const ENDS = {
  succeeded: { title: 'Succeeded', color: 'var(--good)' },
  partial: { title: 'Partial', color: 'var(--partial)' },
  failed: { title: 'Failed', color: 'var(--bad)' },
  stopped: { title: 'Stopped', color: 'var(--stopped)' },
} as const satisfies Record<keyof Ends, { title: string; color: string }>;

/** How backups ended, by day. Failures stand on the axis, where they can be compared. */
export function endsChart(days: readonly ReportDay[]): Html {
  const order = ['failed', 'partial', 'stopped', 'succeeded'] as const;
  const bars = days.flatMap(({ day, backups }) =>
    order.map((end) => ({
      at: at(day),
      runs: backups[end],
      fill: ENDS[end].color,
      title: `${dateOf(at(day).getTime())}: ${digits(backups[end])} ${ENDS[end].title.toLowerCase()}`,
    })),
  );
  const sum = addEnds(days.map(({ backups }) => backups));
  return draw(
    `Backups by day and outcome: ${digits(sum.succeeded)} succeeded, ${digits(sum.partial)} partially, ${digits(sum.failed)} failed and ${digits(sum.stopped)} were stopped.`,
    {
      height: 190,
      ...MARGINS,
      x: { ...ticks(days), domain: extentOf(days) },
      y: { label: null, grid: true, ticks: 4 },
      color: { type: 'identity' },
      marks: [
        Plot.rectY(
          bars.filter(({ runs }) => runs > 0),
          { x: 'at', interval: 'day', y: 'runs', fill: 'fill', title: 'title', insetLeft: 1, insetRight: 1 },
        ),
        Plot.ruleY([0]),
      ],
    },
  );
}

/** The colours of cells, by their percentage of failures. */
export const HEAT = [
  { above: 50, color: 'var(--heat-4)', text: 'var(--heat-text-4)', title: 'more than 50 % failed' },
  { above: 20, color: 'var(--heat-3)', text: 'var(--heat-text-3)', title: 'more than 20 %' },
  { above: 5, color: 'var(--heat-2)', text: 'var(--heat-text-2)', title: 'more than 5 %' },
  { above: 0, color: 'var(--heat-1)', text: 'var(--heat-text-1)', title: 'up to 5 %' },
  { above: -1, color: 'var(--heat-0)', text: 'var(--heat-text-0)', title: 'none failed' },
] as const;
export const HEAT_STOPPED = { color: 'var(--stopped)', text: 'var(--heat-text-0)', title: 'all stopped' };

function heatOf(ends: Ends) {
  const rate = successOf(ends);
  return rate === null ? HEAT_STOPPED : (HEAT.find(({ above }) => 100 - rate > above) ?? HEAT_STOPPED);
}

/** `2 of 10 backups failed, 3 stopped`: like the colour, the share does not count stopped ones. */
function failedOf(ends: Ends): string {
  const judged = endedOf(ends) - ends.stopped;
  if (judged === 0) return `${counted(ends.stopped, 'backup')} stopped, none failed`;
  const stopped = ends.stopped > 0 ? `, ${digits(ends.stopped)} stopped` : '';
  return `${digits(ends.failed)} of ${counted(judged, 'backup')} failed${stopped}`;
}

/** So many rows can be told apart. Policies without failures come last. */
export const HEAT_ROWS = 30;

/** Up to so many days, each day has a column; in a longer report each week has one. */
const DAYS_APART = 62;

/** The Monday of a day's week. */
const mondayOf = (day: string) => {
  const time = at(day).getTime();
  return new Date(time - ((new Date(time).getUTCDay() + 6) % 7) * DAY_MS).toISOString().slice(0, 10);
};

/** Whether a heat map of these days has a column for each day or for each week. */
export const heatColumn = (days: readonly unknown[]): 'day' | 'week' => (days.length > DAYS_APART ? 'week' : 'day');

/** Days by policy: the figure is how many backups failed, the colour their share of the usable and failed ones. */
export function heatMap(policies: readonly ReportPolicy[], days: readonly ReportDay[], several: boolean): Html {
  const column = heatColumn(days);
  const columnOf = (day: string) => (column === 'week' ? mondayOf(day) : day);
  const columns = [...new Set(days.map(({ day }) => columnOf(day)))];
  const shown = policies.slice(0, HEAT_ROWS);
  const cells = shown.flatMap((policy, row) =>
    [...Map.groupBy(policy.days, ({ day }) => columnOf(day))].map(([day, all]) => {
      const ends = addEnds(all.map((one) => one.ends));
      const { color, text } = heatOf(ends);
      const title = `${oneLine(policy.policyName)}, ${column === 'week' ? 'week of ' : ''}${dateOf(at(day).getTime())}: ${failedOf(ends)}`;
      return { row, day, color, text, title, failed: ends.failed > 0 ? digits(ends.failed) : '' };
    }),
  );
  const nameOf = (row: number) => {
    const { policyName = '', primary = '' } = shown[row] ?? {};
    return oneLine(clip(several ? `${policyName} (${primary})` : policyName, 26));
  };
  const every = Math.ceil(columns.length / 11);
  return draw(
    `Heat map of failed backups: ${counted(shown.length, 'policy', 'policies')} by ${counted(columns.length, column)}. The table below has the figures.`,
    {
      height: 34 + shown.length * 24,
      marginLeft: 190,
      marginRight: 12,
      marginTop: 28,
      marginBottom: 6,
      x: {
        type: 'band',
        domain: columns,
        label: null,
        axis: 'top',
        tickSize: 0,
        padding: 0.06,
        tickFormat: (day: string, index: number) => (index % every === 0 ? dateOf(at(day).getTime()).slice(0, -5) : ''),
      },
      y: {
        type: 'band',
        domain: shown.map((_, row) => row),
        label: null,
        tickSize: 0,
        padding: 0.1,
        tickFormat: nameOf,
      },
      color: { type: 'identity' },
      marks: [
        Plot.cell(cells, { x: 'day', y: 'row', fill: 'color', rx: 3, title: 'title' }),
        // More columns leave no room for figures.
        ...(columns.length <= 45
          ? [Plot.text(cells, { x: 'day', y: 'row', text: 'failed', fill: 'text', fontSize: 11 })]
          : []),
      ],
    },
  );
}

/**
 * Images that were created stand above the axis, those that went below it. Those that went young are next to the axis,
 * in another colour.
 */
export function imagesChart(days: readonly ReportDay[]): Html {
  const bars = days.flatMap(({ day, images }) => {
    const gone = images.deleted + images.noLocalCopy;
    const old = Math.max(0, gone - images.young);
    const bar = (images: number, fill: string, what: string) => ({
      at: at(day),
      images,
      fill,
      title: `${dateOf(at(day).getTime())}: ${digits(Math.abs(images))} ${what}`,
    });
    return [
      bar(images.created, 'var(--good)', 'created'),
      bar(-images.young, 'var(--bad)', 'removed at a young age'),
      bar(-old, 'var(--stopped)', 'removed, none of them young'),
    ];
  });
  const sum = (what: keyof ReportDay['images']) => days.reduce((all, { images }) => all + images[what], 0);
  return draw(
    `Images by day: ${digits(sum('created'))} created, ${digits(sum('deleted'))} deleted, ${digits(sum('noLocalCopy'))} left without a local copy; ${digits(sum('young'))} of the removed ones were young.`,
    {
      height: 220,
      ...MARGINS,
      x: { ...ticks(days), domain: extentOf(days) },
      y: { label: null, grid: true, tickFormat: (images: number) => digits(Math.abs(images)), ticks: 5 },
      color: { type: 'identity' },
      marks: [
        Plot.rectY(
          bars.filter(({ images }) => images !== 0),
          { x: 'at', interval: 'day', y: 'images', fill: 'fill', title: 'title', insetLeft: 1, insetRight: 1 },
        ),
        Plot.ruleY([0]),
      ],
    },
  );
}
