import type { DailySummaryIntent } from './intent.ts';
import { meaningOf } from './status-words.ts';
import { isSilent, type PrimaryDay, type Totals } from './summary-totals.ts';
import { andMore, LINES } from './tally.ts';
import { clip, counted, digits, listed } from './words.ts';

const NAME = 60;

/** What a person should look at, if anything. */
export function whatToLookAt(
  { failed, warnings, putAside, seriesFailing }: Totals,
  primaries: readonly PrimaryDay[],
): string[] {
  const silent = primaries.filter(isSilent);
  const names = listed(
    silent.map(({ primary }) => clip(primary, NAME)),
    5,
  );
  return [
    ...(primaries.length === 0 ? ['No primary server is known yet: npx nbwatch endpoint create --help'] : []),
    ...(silent.length > 0 ? [`Nothing was heard from ${names}. Check the connection: npx nbwatch endpoint list`] : []),
    ...(failed > 0 ? ['See the failed jobs: npx nbwatch jobs --failed --since 24h'] : []),
    ...(seriesFailing > 0 ? ['See the backups whose last run failed: npx nbwatch series --failing'] : []),
    ...(putAside > 0
      ? [
          `${counted(putAside, 'thing', 'things')} could not be used and ${putAside === 1 ? 'was' : 'were'} put aside: npx nbwatch quarantine --since 24h`,
        ]
      : []),
    ...(warnings > 0 && failed === 0 ? ['See the jobs with warnings: npx nbwatch jobs --failed --since 24h'] : []),
  ];
}

/** `demo: 3 failed, 402 succeeded`, one line a primary. */
export function primaryLines(primaries: readonly PrimaryDay[]): string[] {
  const lines = primaries.slice(0, LINES).map((one) => {
    const counts = [
      one.failed > 0 ? `${digits(one.failed)} failed` : '',
      one.warnings > 0 ? counted(one.warnings, 'warning') : '',
      `${digits(one.succeeded)} succeeded`,
      one.seriesFailing > 0 ? `${counted(one.seriesFailing, 'backup')} failing now` : '',
      one.putAside > 0 ? `${digits(one.putAside)} put aside` : '',
    ];
    const heard = isSilent(one) ? 'nothing heard from it' : counts.filter((count) => count !== '').join(', ');
    return `${clip(one.primary, NAME)}: ${heard}`;
  });
  return [...lines, ...andMore(primaries.length)];
}

/** `24  status 1: …`, one line a status. */
export function statusLines(statuses: DailySummaryIntent['statuses']): string[] {
  const shown = statuses.slice(0, LINES);
  const width = Math.max(0, ...shown.map(({ jobs }) => digits(jobs).length));
  const lines = shown.map(
    ({ status, jobs }) => `${digits(jobs).padStart(width)}  status ${status}: ${meaningOf(status)}`,
  );
  return [...lines, ...andMore(statuses.length)];
}
