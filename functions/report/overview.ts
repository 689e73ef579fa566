import { ENDS, endsChart, HEAT, HEAT_ROWS, HEAT_STOPPED, heatColumn, heatMap, successChart, WEEK } from './charts.ts';
import { endedOf, successOf } from './ends.ts';
import { heardNote, isAnythingKnown } from './heard.ts';
import { type Content, type Html, html } from './html.ts';
import type { Ends, Report, ReportDay, ReportPolicy, ReportStatus } from './report.ts';
import { type Column, folded, table } from './table.ts';
import { counted, digits, percent } from './words.ts';

/** The most important findings, in one sentence. */
export function verdictOf(report: Report): string {
  const { failing, overdue, unprotected, backups, young, gaps } = report;
  if (endedOf(backups) === 0 && failing.length + overdue.length === 0)
    return isAnythingKnown(report)
      ? 'No backup ended in this period.'
      : 'nbwatch has no data for this period: no primary server was connected.';
  const lost = gaps.filter(({ to }) => to === null).length;
  const images = young.reduce((sum, one) => sum + one.images, 0);
  const troubles = [
    ...(failing.length > 0 ? [`${counted(failing.length, 'backup is', 'backups are')} failing now`] : []),
    ...(overdue.length > 0
      ? [
          failing.length > 0
            ? `${counted(overdue.length, 'is', 'are')} overdue`
            : `${counted(overdue.length, 'backup is', 'backups are')} overdue`,
        ]
      : []),
    ...(unprotected.length > 0 ? [`${counted(unprotected.length, 'client')} had no good backup`] : []),
    ...(images > 0 ? [`${counted(images, 'image was', 'images were')} removed at a young age`] : []),
    ...(lost > 0 ? [`${counted(lost, 'primary server feed is', 'primary server feeds are')} lost`] : []),
  ];
  const [first, ...others] = troubles;
  if (first === undefined)
    return 'No backup is failing or overdue, every client had a good backup, and no image was removed at a young age.';
  const last = others.pop();
  return `${[first, ...others].join(', ')}${last === undefined ? '' : ` and ${last}`}.`;
}

/** `up 1.2 points in the second half` */
function trendOf([first, second]: Report['successPercentHalves']): string {
  if (first === null || second === null) return 'no trend for this period';
  const points = Math.abs(second - first).toFixed(1);
  if (points === '0.0') return 'the same in both halves of the period';
  return `${second > first ? 'up' : 'down'} ${points} points in the second half`;
}

function tile(title: string, figure: Content, note: Content, tone?: 'bad' | 'good' | undefined): Html {
  return html`<div><dt>${title}</dt><dd class="figure${tone && ` ${tone}`}">${figure}</dd><dd class="note">${note}</dd></div>\n`;
}

const badIf = (count: number) => (count > 0 ? 'bad' : undefined);

export function tiles(report: Report): Html {
  const { backups, successPercent, successPercentHalves, failing, overdue, unprotected, days, young, gaps, otherJobs } =
    report;
  const sum = (what: keyof ReportDay['images']) => days.reduce((all, { images }) => all + images[what], 0);
  const lost = gaps.filter(({ to }) => to === null).length;
  return html`<dl class="tiles">
${tile('Success rate', percent(successPercent), trendOf(successPercentHalves))}
${tile('Backups ended', digits(endedOf(backups)), `${digits(endedOf(otherJobs))} other jobs`)}
${tile('Backups failed', digits(backups.failed), `${digits(backups.partial)} partial, ${digits(backups.stopped)} stopped`, badIf(backups.failed))}
${tile('Failing now', digits(failing.length), `${digits(overdue.length)} overdue`, badIf(failing.length + overdue.length))}
${tile('Unprotected clients', digits(unprotected.length), 'no good backup in this period', badIf(unprotected.length))}
${tile('Images created', digits(sum('created')), `${digits(sum('deleted'))} deleted`)}
${tile('Young images removed', digits(sum('young')), counted(new Set(young.map(({ primary, clientName }) => JSON.stringify([primary, clientName]))).size, 'client'), badIf(sum('young')))}
${tile('Feed gaps', gaps.length > 0 || isAnythingKnown(report) ? digits(gaps.length) : '–', heardNote(report, lost), badIf(lost))}
</dl>`;
}

const legend = (entries: readonly { color: string; title: string }[]) =>
  html`<ul class="legend">${entries.map(({ color, title }) => html`<li><i style="background:${color}"></i>${title}</li>`)}</ul>`;

/** On a phone, plots scroll on their own: made smaller they would be unreadable. */
export const plot = (title: string, svg: Html, more?: Html): Html =>
  html`<figure><figcaption>${title}</figcaption>
<div class="scroll" tabindex="0" role="region" aria-label="${title}"><div class="plot">${svg}</div></div>
${more}</figure>`;
export { legend };

const endColumns = <T>(endsOf: (row: T) => Ends): Column<T>[] => [
  ...(Object.keys(ENDS) as (keyof Ends)[]).map(
    (end): Column<T> => ({
      title: ENDS[end].title,
      cell: (row) => digits(endsOf(row)[end]),
      value: (row) => endsOf(row)[end],
      number: true,
    }),
  ),
  {
    title: 'Success',
    cell: (row) => percent(successOf(endsOf(row))),
    value: (row) => successOf(endsOf(row)) ?? -1,
    number: true,
  },
];

export function trendSection({ days }: Report): Html {
  const columns: Column<ReportDay>[] = [
    { title: 'Day (UTC)', cell: ({ day }) => day },
    ...endColumns<ReportDay>(({ backups }) => backups),
  ];
  return html`<section aria-labelledby="trend"><h2 id="trend">Success rate</h2>
<p class="quiet">Usable backups as a percentage of usable and failed ones. A partial success is usable. Backups that somebody stopped count as neither.</p>
${plot(days.length > WEEK ? 'Success rate by day (dots) and over the last 7 days (line)' : 'Success rate by day', successChart(days))}
${plot('Backups by day and outcome', endsChart(days), legend(Object.values(ENDS)))}
${folded('Figures for these charts', table(days, columns, { caption: 'Backups by day' }))}
</section>`;
}

export function heatSection({ policies, days, primaries }: Report): Html {
  if (policies.length === 0) return html``;
  const several = primaries.length > 1;
  const more = policies.length - HEAT_ROWS;
  const columns: Column<ReportPolicy>[] = [
    { title: 'Policy', cell: ({ policyName }) => policyName },
    ...(several ? [{ title: 'Primary', cell: ({ primary }: ReportPolicy) => primary }] : []),
    ...endColumns<ReportPolicy>(({ total }) => total),
    {
      title: 'Failed on',
      cell: ({ days: all }) =>
        all
          .filter(({ ends }) => ends.failed > 0)
          .map(({ day, ends }) => `${day} (${digits(ends.failed)})`)
          .join(', '),
    },
  ];
  return html`<section aria-labelledby="policies"><h2 id="policies">Policies</h2>
<p class="quiet">Each cell is one policy ${heatColumn(days) === 'day' ? 'on one day' : 'in one week'}. Its number is how many backups failed; its shade is their share of usable and failed ones. Policies with the most failures come first.${more > 0 ? ` ${counted(more, 'more policy is', 'more policies are')} in the table below.` : ''}</p>
${plot('Failed backups by policy', heatMap(policies, days, several), legend([...HEAT.toReversed(), HEAT_STOPPED]))}
${folded('Figures for this chart', table(policies, columns, { caption: 'Backups by policy', sortable: true }))}
</section>`;
}

/** How many statuses are shown: people work on the most frequent ones. */
const STATUSES = 15;

export function causesSection({ statuses }: Report): Html {
  if (statuses.length === 0) return html``;
  const columns: Column<ReportStatus>[] = [
    { title: 'Status', cell: ({ status }) => status, value: ({ status }) => status },
    { title: 'Backups', cell: ({ runs }) => digits(runs), value: ({ runs }) => runs, number: true },
    { title: 'What it means', cell: ({ meaning }) => meaning },
    { title: 'What to check first', cell: ({ check }) => check },
  ];
  const left = statuses.length - STATUSES;
  return html`<section aria-labelledby="causes"><h2 id="causes">Why backups did not succeed</h2>
${table(statuses.slice(0, STATUSES), columns, { caption: 'Status codes of backups that did not succeed, most frequent first', sortable: true })}
${left > 0 ? html`<p class="quiet">${counted(left, 'less frequent status code is', 'less frequent status codes are')} not shown; the JSON report has them.</p>` : ''}
</section>`;
}
