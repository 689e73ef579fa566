import { listed } from '../alerts/words.ts';
import { html, trusted } from './html.ts';
import { causesSection, heatSection, tiles, trendSection, verdictOf } from './overview.ts';
import type { Report } from './report.ts';
import { POLICY, SCRIPT } from './script.ts';
import { STYLE } from './style.ts';
import { backupsSection, gapsSection, imagesSection, jobsSection } from './troubles.ts';
import { counted, spanOf, timeTag } from './words.ts';

/** Renders a report as one HTML file that loads nothing from anywhere, now or later. */
export function renderReport(report: Report): string {
  const { primaries, from, to, madeAt } = report;
  const of = primaries.length === 1 ? primaries[0] : counted(primaries.length, 'primary server');
  const links = [
    ['trend', 'Success rate'],
    ...(report.policies.length > 0 ? [['policies', 'Policies']] : []),
    ['backups', 'Failing and overdue'],
    ...(report.statuses.length > 0 ? [['causes', 'Causes']] : []),
    ...[
      ['images', 'Images'],
      ['gaps', 'Gaps'],
      ['jobs', 'Jobs'],
    ],
  ];
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="nbwatch">
<meta name="referrer" content="no-referrer">
<title>Backup report ${spanOf(from, to)}: ${of}</title>
<style>${trusted(STYLE)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the report</a>
<header>
<h1>Backup report</h1>
<p class="lede">${spanOf(from, to)} · ${primaries.length > 1 ? `${counted(primaries.length, 'primary server')}: ` : ''}${listed(primaries, 12)}</p>
<p>${verdictOf(report)}</p>
<nav aria-label="Sections"><ul>${links.map(([id = '', title = '']) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
</header>
<main id="main">
${tiles(report)}
${trendSection(report)}
${heatSection(report)}
${backupsSection(report)}
${causesSection(report)}
${imagesSection(report)}
${gapsSection(report)}
${jobsSection(report)}
</main>
<footer>
<p>Covers what nbwatch received from ${timeTag(from)} to ${timeTag(to)} UTC. Made ${timeTag(madeAt)} UTC. Backups are jobs with a policy and a type that a schedule repeats; each run that ended counts, including parents and children. Restores, imports and NetBackup’s housekeeping are other jobs and do not affect the success rate.</p>
</footer>
<script>${trusted(SCRIPT)}</script>
</body>
</html>
`;
  return page.markup;
}
