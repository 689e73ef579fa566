import { sha256 } from '../keys/key.ts';
import { jobPartition } from '../keys/ledger.ts';
import { type SeriesName, seriesKey } from '../keys/records.ts';
import { type OverdueBackup, placeOf } from '../registry/overdue.ts';
import type { SeriesNote } from './intent.ts';

/** Short enough for every incident system, long enough never to meet another. */
const DIGITS = 32;

/** The same for the same parts, and for no others. */
export function dedupKeyOf(...parts: readonly (string | number)[]): string {
  return sha256(JSON.stringify(parts)).slice(0, DIGITS);
}

/** What a loss of the feed of an endpoint and its end share. `lostFrom`: the last sign of life before, epoch ms. */
export function feedDedupKey(endpoint: string, lostFrom: number): string {
  return dedupKeyOf('Feed', endpoint, lostFrom);
}

/** What all that is told of one overdue backup shares. */
export function overdueDedupKey(primary: string, backup: OverdueBackup): string {
  return dedupKeyOf('Overdue', placeOf(primary, backup).sk, primary, backup.openedAt);
}

/**
 * What the failures of a streak and their recovery share. A job that is in no streak is alone: it is of no series, or its series
 * has not failed (a warning).
 */
export function jobDedupKey(
  primary: string,
  job: Omit<SeriesName, 'primary'> & { jobId: number; startTime: number },
  series: SeriesNote | undefined,
): string {
  if (!series || series.failures === 0) return dedupKeyOf(jobPartition(primary, job.jobId), job.startTime);
  return dedupKeyOf(seriesKey({ ...job, primary }).pk, series.failingSince);
}
