import { sha256 } from '../keys/key.ts';
import { jobPartition } from '../keys/ledger.ts';
import { type SeriesName, seriesKey } from '../keys/records.ts';
import { type OverdueBackup, overdueKey } from '../registry/overdue.ts';
import type { SeriesNote } from './intent.ts';

/** Short enough for every incident system, long enough that no two keys collide. */
const DIGITS = 32;

/** Equal for equal parts, and for no others. */
export function dedupKeyOf(...parts: readonly (string | number)[]): string {
  return sha256(JSON.stringify(parts)).slice(0, DIGITS);
}

/**
 * The key that the loss of an endpoint's feed and its end share. `lostFrom`: the last sign of life before, epoch ms.
 */
export function feedDedupKey(endpoint: string, lostFrom: number): string {
  return dedupKeyOf('Feed', endpoint, lostFrom);
}

/** The key that all messages about one overdue backup share. */
export function overdueDedupKey(primary: string, backup: OverdueBackup): string {
  return dedupKeyOf('Overdue', overdueKey(primary, backup).sk, primary, backup.openedAt);
}

/**
 * The key that the failures of a streak and their recovery share. A job that is in no streak has one of its own: it
 * belongs to no series, or its series has not failed (a warning).
 */
export function jobDedupKey(
  primary: string,
  job: Omit<SeriesName, 'primary'> & { jobId: number; startTime: number },
  series: SeriesNote | undefined,
): string {
  if (!series || series.failures === 0) return dedupKeyOf(jobPartition(primary, job.jobId), job.startTime);
  return dedupKeyOf(seriesKey({ ...job, primary }).pk, series.failingSince);
}
