import { clientOf, dayOf, parentOf, policyOf, unfinishedOf } from '../keys/indexes.ts';
import { imageRecordKey, jobRecordKey } from '../keys/records.ts';
import { EXPIRES_AT, FORMAT, type ItemKey } from '../keys/tables.ts';
import type { Fact, ImageFact, JobFact } from '../ledger/fact.ts';
import { foldImage } from './image.ts';
import { foldJob, type JobState } from './job.ts';
import { greatest } from './order.ts';

/** A stored record. A fold that saw less (an older newest fact, or fewer facts at equal age) never replaces it. */
export interface RecordItem extends ItemKey {
  format: number;
  /** How many facts it was folded from, and when the newest of them was received (epoch ms). */
  facts: number;
  newestAt: number;
  [attribute: string]: unknown;
}

const DAY_SECONDS = 86_400;

/** Folds the facts of one partition to its records. `imageDays`: how many days an image's record outlives the image. */
export function recordItems(facts: readonly Fact[], imageDays: number | undefined): RecordItem[] {
  const jobs = facts.filter((fact) => fact.object === 'JOB');
  const images = facts.filter((fact) => fact.object === 'IMAGE');
  return [...jobItems(jobs), ...imageItems(images, imageDays)];
}

function jobItems(facts: readonly JobFact[]): RecordItem[] {
  const folded = foldJob(facts);
  if (!folded) return [];
  const { job, runs, unfinishedSince } = folded;
  return [
    {
      ...jobRecordKey(job.primary, job.jobId),
      format: FORMAT,
      ...seen(facts),
      [EXPIRES_AT]: latestExpiry(facts),
      ...job,
      ...(unfinishedSince === undefined ? foundAsEnded(job) : foundAsUnfinished(job, unfinishedSince)),
      ofPolicy: policyOf(job.primary, job.policyName),
      // Few jobs run twice, so the runs are part of the job: one write, and one read shows it whole.
      runs: runs.map(({ startTime, state, status, receivedAt }) => ({ startTime, state, status, receivedAt })),
    },
  ];
}

/*
 * The index attributes of a job. An unfinished job is in one index, in which it does not move. In an index that is
 * sorted by the latest report, each state would cost two write units, and people look for a job there by when it ended.
 */

const foundAsEnded = ({ primary, clientName, receivedAt, jobId, parentJobId }: JobState) => ({
  day: dayOf('job', primary, receivedAt),
  ofClient: clientOf('job', primary, clientName),
  ofParent: parentOf(primary, jobId, parentJobId),
});

const foundAsUnfinished = ({ primary }: JobState, since: number) => ({ ofPrimary: unfinishedOf(primary), since });

function imageItems(facts: readonly ImageFact[], imageDays: number | undefined): RecordItem[] {
  const image = foldImage(facts);
  if (!image) return [];
  const ends = image.condition === 'DELETED' && imageDays !== undefined;
  const expiresAt = ends ? Math.floor(image.receivedAt / 1000) + imageDays * DAY_SECONDS : undefined;
  return [
    {
      ...imageRecordKey(image.primary, image.backupId),
      format: FORMAT,
      ...seen(facts),
      [EXPIRES_AT]: expiresAt,
      ...image,
      ofClient: clientOf('image', image.primary, image.clientName),
    },
  ];
}

const seen = (facts: readonly Fact[]) => ({
  facts: facts.length,
  newestAt: greatest(facts.map((fact) => fact.receivedAt)),
});

/** A job's record stays as long as its longest-kept fact; undefined when one of its facts stays permanently. */
function latestExpiry(facts: readonly Fact[]): number | undefined {
  const expiries = facts.map((fact) => fact.expiresAt);
  return expiries.every((at) => at !== undefined) ? greatest(expiries) : undefined;
}
