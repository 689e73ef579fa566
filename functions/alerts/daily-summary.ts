import type { AlertSettings } from './alert-settings.ts';
import { dedupKeyOf } from './dedup-key.ts';
import type { DailySummaryIntent } from './intent.ts';
import type { Alert } from './message.ts';
import { jobsOf, totalOf, worstFirst } from './summary-totals.ts';
import { primaryLines, statusLines, whatToLookAt } from './summary-words.ts';
import { clip, counted, digits, listed, timeOf } from './words.ts';

/** How many the machine form names: a message has limited room. */
const PRIMARIES = 300;
const STATUSES = 300;

/** The daily summary: totals, warnings, what to look at. */
export function dailySummary(intent: DailySummaryIntent, { zone }: AlertSettings): Alert {
  const { date, from, until } = intent;
  const primaries = intent.primaries.toSorted(worstFirst);
  const sum = totalOf(primaries);
  const steps = whatToLookAt(sum, primaries);
  const ended = jobsOf(sum);
  const jobs = `${sum.failed === 0 ? 'none' : digits(sum.failed)} of ${counted(ended, 'job')} failed`;
  const what = ended === 0 ? 'no job ended' : jobs;
  const warnings = sum.warnings === 0 ? '' : `, ${counted(sum.warnings, 'warning')}`;
  const names = primaries.map(({ primary }) => clip(primary, 24));
  return {
    kind: 'DailySummary',
    severity: 'summary',
    subject: `${steps.length === 0 ? 'All quiet' : 'Summary'} ${clip(date, 20)}: ${what}${warnings}${names.length > 0 ? ` [${listed(names, 2)}]` : ''}`,
    headline:
      steps.length === 0
        ? `All quiet on ${date}: ${what}. No backup is failing now, and nothing needs to be done.`
        : `On ${date}, ${what}${sum.warnings === 0 ? '' : `; ${digits(sum.warnings)} ended with a warning`}.`,
    facts: {
      From: timeOf(from, zone),
      Until: timeOf(until, zone),
      Succeeded: digits(sum.succeeded),
      Warnings: digits(sum.warnings),
      'Stopped or housekeeping': digits(sum.cancelled),
      Failed: digits(sum.failed),
      'Backups failing now': digits(sum.seriesFailing),
      'Images created': digits(sum.imagesCreated),
      'Images deleted': digits(sum.imagesDeleted),
    },
    sections: [
      { title: 'By primary server', lines: primaries.length > 1 ? primaryLines(primaries) : [] },
      { title: 'By status', lines: statusLines(intent.statuses) },
    ].filter(({ lines }) => lines.length > 0),
    nextSteps: steps,
    dedupKey: dedupKeyOf('DailySummary', date),
    part: 1,
    parts: 1,
    attributes: { primary: primaries.map(({ primary }) => primary) },
    data: {
      ...{ date, from, until },
      primaries: primaries.slice(0, PRIMARIES),
      primariesLeftOut: Math.max(0, primaries.length - PRIMARIES),
      statuses: intent.statuses.slice(0, STATUSES),
    },
  };
}
