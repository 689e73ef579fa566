import { imagesChart } from './charts.ts';
import { partlyKnown, unknownTimes } from './heard.ts';
import { type Content, type Html, html } from './html.ts';
import { legend, plot } from './overview.ts';
import type {
  FailingSeries,
  OverdueSeries,
  Report,
  ReportDay,
  ReportGap,
  ReportJob,
  UnprotectedClient,
  YoungDeletions,
} from './report.ts';
import { type Column, folded, table } from './table.ts';
import { agoOf, counted, digits, duration, kindOf, timeTag } from './words.ts';

/** The most rows of a list. Nobody reads longer ones on a page, and the JSON has them whole. */
const ROWS = 500;

/** A list, or a sentence that says that it is empty. */
function list<T>(rows: readonly T[], columns: readonly Column<T>[], caption: string, none: string): Html {
  if (rows.length === 0) return html`<p class="good">${none}</p>`;
  const left = rows.length - ROWS;
  const more =
    left > 0
      ? html`<p class="quiet">${digits(left)} more are not shown here; the JSON report has them.</p>`
      : undefined;
  return html`${table(rows.slice(0, ROWS), columns, { caption, sortable: true })}${more}`;
}

const primaryColumn = <T extends { primary: string }>(several: boolean): Column<T>[] =>
  several ? [{ title: 'Primary', cell: ({ primary }) => primary }] : [];

/** Sorts the longest ago first, and before those the backups that never succeeded. */
const agoColumn = <T extends { lastUsableAt: number | null }>(now: number, never: string): Column<T> => ({
  title: 'Last good backup',
  cell: ({ lastUsableAt }): Content =>
    lastUsableAt === null
      ? never
      : html`${agoOf(lastUsableAt, now)}<br><span class="quiet">${timeTag(lastUsableAt)}</span>`,
  value: ({ lastUsableAt }) => lastUsableAt ?? 0,
});

const why = (status: number | null, meaning: string, check: string): Content =>
  status === null ? '–' : html`Status ${status}: ${meaning}${check && html`<br><span class="quiet">${check}</span>`}`;

export function backupsSection({ failing, overdue, unprotected, madeAt, primaries, statuses }: Report): Html {
  const several = primaries.length > 1;
  const failingColumns: Column<FailingSeries>[] = [
    { title: 'Client', cell: ({ clientName }) => clientName },
    {
      title: 'Policy',
      cell: ({ policyName, scheduleType, jobType }) =>
        html`${policyName}<br><span class="quiet">${kindOf(jobType, scheduleType)}</span>`,
    },
    ...primaryColumn<FailingSeries>(several),
    agoColumn<FailingSeries>(madeAt, 'never'),
    {
      title: 'Failed in a row',
      cell: ({ streak }) => digits(streak),
      value: ({ streak }) => streak,
      number: true,
    },
    { title: 'Why', cell: ({ lastStatus, meaning, check }) => why(lastStatus, meaning, check) },
  ];
  const overdueColumns: Column<OverdueSeries>[] = [
    { title: 'Client', cell: ({ clientName }) => clientName },
    {
      title: 'Policy',
      cell: ({ policyName, scheduleType, jobType }) =>
        html`${policyName}<br><span class="quiet">${kindOf(jobType, scheduleType)}</span>`,
    },
    ...primaryColumn<OverdueSeries>(several),
    agoColumn<OverdueSeries>(madeAt, 'never'),
    {
      title: 'Overdue for',
      cell: ({ since, limitMs }) => duration(Math.max(0, madeAt - since - limitMs)),
      value: ({ since, limitMs }) => madeAt - since - limitMs,
    },
    {
      title: 'Why',
      cell: ({ limitMs, rule, usualMs }) =>
        rule === 'declared'
          ? `Declared to run at least every ${duration(limitMs)}`
          : `${usualMs === null ? 'O' : `Usually runs every ${duration(usualMs)}; o`}verdue after ${duration(limitMs)}`,
    },
  ];
  const meanings = new Map(statuses.map(({ status, meaning }) => [status, meaning]));
  const clientColumns: Column<UnprotectedClient>[] = [
    { title: 'Client', cell: ({ clientName }) => clientName },
    ...primaryColumn<UnprotectedClient>(several),
    agoColumn<UnprotectedClient>(madeAt, 'none known'),
    { title: 'Backups ended', cell: ({ ended }) => digits(ended), value: ({ ended }) => ended, number: true },
    { title: 'Last status', cell: ({ lastStatus }) => why(lastStatus, meanings.get(lastStatus ?? 0) ?? '', '') },
  ];
  return html`<section aria-labelledby="backups"><h2 id="backups">Backups that need attention</h2>
<p class="quiet">Failing and overdue backups are as of ${timeTag(madeAt)} UTC, when this report was made.</p>
<h3>Failing</h3>
${list(failing, failingColumns, 'Backups whose last runs failed, longest without a good one first', 'None: no backup is failing.')}
<h3>Overdue</h3>
${list(overdue, overdueColumns, 'Backups that should have run and did not', 'None: no backup is overdue by its usual or declared interval.')}
<h3>Clients without a good backup</h3>
${list(unprotected, clientColumns, 'Clients without a usable backup in this period', 'None: every known client had a usable backup in this period.')}
</section>`;
}

export function imagesSection({ days, young, youngPercent, primaries }: Report): Html {
  const ages: Column<YoungDeletions>[] = [
    { title: 'Client', cell: ({ clientName }) => clientName },
    ...primaryColumn<YoungDeletions>(primaries.length > 1),
    { title: 'Day (UTC)', cell: ({ day }) => day },
    { title: 'Images', cell: ({ images }) => digits(images), value: ({ images }) => images, number: true },
    {
      title: 'Only local copy lost',
      cell: ({ noLocalCopy }) => digits(noLocalCopy),
      value: ({ noLocalCopy }) => noLocalCopy,
      number: true,
    },
    {
      title: 'Youngest',
      cell: ({ youngestSeconds }) => duration(Math.max(0, youngestSeconds) * 1000),
      value: ({ youngestSeconds }) => youngestSeconds,
    },
    {
      title: 'Usual age',
      cell: ({ usualSeconds }) => duration(usualSeconds * 1000),
      value: ({ usualSeconds }) => usualSeconds,
    },
  ];
  const figure = (title: string, what: keyof ReportDay['images']): Column<ReportDay> => ({
    ...{ title, number: true },
    cell: ({ images }) => digits(images[what]),
    value: ({ images }) => images[what],
  });
  const columns: Column<ReportDay>[] = [
    { title: 'Day (UTC)', cell: ({ day }) => day },
    ...[
      figure('Created', 'created'),
      figure('Deleted', 'deleted'),
      figure('No local copy left', 'noLocalCopy'),
      figure('Removed young', 'young'),
    ],
  ];
  return html`<section aria-labelledby="images"><h2 id="images">Images</h2>
<p class="quiet">Removed images were deleted or have no local copy left. Retention deletes images at their usual age. An image counts as young if it was removed at less than ${youngPercent} % of that age; a deleted one counts only if no younger image of its client and policy type remained. Attackers delete backups before they encrypt.</p>
${plot('Images created (above the line) and removed (below it), by day', imagesChart(days), legend(IMAGES))}
${folded('Figures for this chart', table(days, columns, { caption: 'Images by day' }))}
<h3>Removed at a young age</h3>
${list(young, ages, 'Images removed at a young age, by client and day', 'None: no image was removed at a young age.')}
</section>`;
}

const IMAGES = [
  { color: 'var(--good)', title: 'Created' },
  { color: 'var(--stopped)', title: 'Removed: deleted, or no local copy left' },
  { color: 'var(--bad)', title: 'Removed at a young age' },
];

export function gapsSection(report: Report): Html {
  const { gaps, madeAt } = report;
  const lengthOf = ({ from, to }: ReportGap) => (to ?? madeAt) - from;
  const columns: Column<ReportGap>[] = [
    { title: 'Primary', cell: ({ primary }) => primary },
    { title: 'Endpoint', cell: ({ endpoint }) => endpoint },
    { title: 'From (UTC)', cell: ({ from }) => timeTag(from), value: ({ from }) => from },
    {
      title: 'To (UTC)',
      cell: ({ to }) => (to === null ? html`<strong class="bad">still lost</strong>` : timeTag(to)),
      value: ({ to }) => to ?? Number.MAX_SAFE_INTEGER,
    },
    { title: 'Duration', cell: (gap) => duration(lengthOf(gap)), value: lengthOf },
  ];
  return html`<section aria-labelledby="gaps"><h2 id="gaps">Feed gaps</h2>
<p class="quiet">Times in which nbwatch got no message and saw no live connection from a primary server. Jobs and images of these times may be missing from this report.</p>
${unknownTimes(report)}
${
  gaps.length === 0 && partlyKnown(report).length > 0
    ? html`<p>No gap is known in the rest of this period.</p>`
    : list(
        gaps,
        columns,
        'Gaps, newest first',
        'None: nbwatch was in contact with every primary server throughout this period.',
      )
}
</section>`;
}

const OUTCOMES = { failed: 'bad', partial: 'partial', stopped: 'quiet' } as const;

export function jobsSection({ jobs, jobsLeftOut, primaries }: Report): Html {
  const columns: Column<ReportJob>[] = [
    { title: 'Job', cell: ({ jobId }) => jobId, value: ({ jobId }) => jobId },
    { title: 'Received (UTC)', cell: ({ receivedAt }) => timeTag(receivedAt), value: ({ receivedAt }) => receivedAt },
    ...primaryColumn<ReportJob>(primaries.length > 1),
    { title: 'Client', cell: ({ clientName }) => clientName },
    { title: 'Policy', cell: ({ policyName }) => policyName || '–' },
    { title: 'Type', cell: ({ jobType, scheduleType }) => kindOf(jobType, scheduleType) },
    { title: 'Outcome', cell: ({ outcome }) => html`<span class="${OUTCOMES[outcome]}">${outcome}</span>` },
    { title: 'Status', cell: ({ status }) => status, value: ({ status }) => status, number: true },
    { title: 'What it means', cell: ({ meaning }) => meaning },
  ];
  const caption = `Jobs that did not succeed, newest first${jobsLeftOut > 0 ? `: the newest ${digits(jobs.length)} of ${digits(jobs.length + jobsLeftOut)}` : ''}`;
  const found =
    jobs.length === 0
      ? html`<p class="good">None: every job that ended in this period succeeded.</p>`
      : html`<div class="search" data-search="job-table" hidden><label for="search">Search</label>
<input id="search" type="search" autocomplete="off" placeholder="client, policy, status …"><p role="status"></p></div>
<div class="long">${table(jobs, columns, { caption, id: 'job-table', sortable: true })}</div>
${jobs.length > 200 ? html`<p class="paper">Only the first 200 are printed.</p>` : undefined}`;
  return html`<section aria-labelledby="jobs"><h2 id="jobs">Jobs that did not succeed</h2>
${jobsLeftOut > 0 ? html`<p class="quiet">${counted(jobsLeftOut, 'older one is', 'older ones are')} not shown. npx nbwatch jobs --failed --from DAY lists them.</p>` : undefined}
${found}
</section>`;
}
