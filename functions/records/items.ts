import type { ItemKey } from '../keys/ledger.ts';
import { imageRecordKey, jobRecordKey, runRecordKey } from '../keys/records.ts';
import { EXPIRES_AT, FORMAT } from '../keys/tables.ts';
import type { Fact, ImageFact, JobFact } from '../ledger/fact.ts';
import { foldImage } from './image.ts';
import { foldJob } from './job.ts';

/** A record as it is kept. `facts` counts what it was folded from; a fold of fewer never replaces it. */
export interface RecordItem extends ItemKey {
  format: number;
  facts: number;
  [attribute: string]: unknown;
}

const DAY_SECONDS = 86_400;

/** Every record that the facts of one partition amount to. `imageDays` is how long an image's record outlives the image. */
export function recordItems(facts: readonly Fact[], imageDays: number | undefined): RecordItem[] {
  const jobs = facts.filter((fact) => fact.object === 'JOB');
  const images = facts.filter((fact) => fact.object === 'IMAGE');
  return [...jobItems(jobs), ...imageItems(images, imageDays)];
}

function jobItems(facts: readonly JobFact[]): RecordItem[] {
  const folded = foldJob(facts);
  if (!folded) return [];
  const common = { format: FORMAT, facts: facts.length, [EXPIRES_AT]: latestExpiry(facts) };
  const { job, runs } = folded;
  return [
    ...runs.map((run) => ({ ...runRecordKey(run.primary, run.jobId, run.startTime), ...common, ...run })),
    { ...jobRecordKey(job.primary, job.jobId), ...common, ...job, runs: runs.length },
  ];
}

function imageItems(facts: readonly ImageFact[], imageDays: number | undefined): RecordItem[] {
  const image = foldImage(facts);
  if (!image) return [];
  const ends = image.condition === 'DELETED' && imageDays !== undefined;
  const expiresAt = ends ? Math.floor(image.receivedAt / 1000) + imageDays * DAY_SECONDS : undefined;
  return [
    {
      ...imageRecordKey(image.primary, image.backupId),
      format: FORMAT,
      facts: facts.length,
      [EXPIRES_AT]: expiresAt,
      ...image,
    },
  ];
}

/** A job's records stay as long as the fact that stays longest; undefined when one of them stays for good. */
function latestExpiry(facts: readonly Fact[]): number | undefined {
  const expiries = facts.map((fact) => fact.expiresAt);
  return expiries.every((at) => at !== undefined) ? Math.max(...expiries) : undefined;
}
