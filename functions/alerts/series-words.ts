import { runOutcome } from '../records/series.ts';
import type { SeriesNote } from './intent.ts';
import { digits, duration, ordinal, shortOrdinal, timeOf } from './words.ts';

/** A run of a series: how it ended, and how the series stood with it. */
export interface SeriesRunNote {
  status: number;
  jobType: string;
  receivedAt: number;
  series?: SeriesNote | undefined;
}

/** For the last good run, when there may have been one before nbwatch heard of the series. */
export const NONE_KNOWN = 'none that nbwatch knows of';

/** `1 failure`, `3 failures in a row` */
export function failuresInARow(failures: number): string {
  return failures === 1 ? '1 failure' : `${digits(failures)} failures in a row`;
}

/** `backup` for a backup, `run` for any other job. */
export function runWord(jobType: string): string {
  return jobType.toUpperCase().includes('BACKUP') ? 'backup' : 'run';
}

/**
 * `Third failure in a row, last good backup 2 days ago.` Counted from the run's receipt, so that the words are the same
 * whenever they are made. Empty if there is nothing to say.
 */
export function seriesSentence({ status, jobType, receivedAt, series }: SeriesRunNote): string {
  if (!series || series.failures === 0) return '';
  const { failures, lastUsableAt } = series;
  const run = runWord(jobType);
  const good =
    lastUsableAt === 0
      ? `no good ${run} that nbwatch knows of`
      : `last good ${run} ${duration(receivedAt - lastUsableAt)} ago`;
  if (runOutcome(status) !== 'failed') return `It follows ${failuresInARow(failures)}, ${good}.`;
  const nth = ordinal(failures);
  const row = failures === 1 ? 'First failure' : `${nth.charAt(0).toUpperCase()}${nth.slice(1)} failure in a row`;
  return `${row}, ${good}.`;
}

/** ` (3rd in a row)` for a subject; empty for a first failure. */
export function seriesRemark({ status, series }: Pick<SeriesRunNote, 'status' | 'series'>): string {
  if (!series || series.failures < 2 || runOutcome(status) !== 'failed') return '';
  return ` (${shortOrdinal(series.failures)} in a row)`;
}

/** Since when a series fails, and when it last had a good run. */
export function seriesFacts({ jobType, series }: SeriesRunNote, zone: string): Record<string, string> {
  if (!series || series.failures === 0) return {};
  const { failures, failingSince, lastUsableAt } = series;
  return {
    ...(failures > 1 ? { 'Failing since': timeOf(failingSince, zone) } : {}),
    [`Last good ${runWord(jobType)}`]: lastUsableAt === 0 ? NONE_KNOWN : timeOf(lastUsableAt, zone),
  };
}
