import { buildKey, keyPrefix, paddedSeconds } from './key.ts';
import { type ItemKey, imagePartition, type JobIdentity, jobPartition } from './ledger.ts';

/*
 * Records keeps what the facts of one job or image amount to under that job's or image's own partition key, so a person who has
 * one key has the other.
 */

/** `job#demo#144` · `job`: a job with its runs. */
export function jobRecordKey(primary: string, jobId: number): ItemKey {
  return { pk: jobPartition(primary, jobId), sk: 'job' };
}

/** `image#demo#localhost_1458601200` · `image` */
export function imageRecordKey(primary: string, backupId: string): ItemKey {
  return { pk: imagePartition(primary, backupId), sk: 'image' };
}

/** `job#demo#144` · `intent#1459829674#DONE#156`: one for each fact that people must hear of, variants of it included. */
export function intentKey(primary: string, job: JobIdentity): ItemKey {
  return {
    pk: jobPartition(primary, job.jobId),
    sk: buildKey('intent', paddedSeconds(job.startTime), job.state, job.status),
  };
}

/** What the sort key of every intent begins with; the publisher's stream filter asks for it. */
export const INTENT_PREFIX = keyPrefix('intent');

/** `message#8d0c…` · `message`: a message, written down before it is published. */
export function messageKey(id: string): ItemKey {
  return { pk: buildKey('message', id), sk: 'message' };
}

/** `lease#publisher` · `lease`: who may publish now. */
export function leaseKey(name: string): ItemKey {
  return { pk: buildKey('lease', name), sk: 'lease' };
}

/** `unprojected#2026-11-23` · the ledger key: a fact that the rules could not read, by day (UTC) of the attempt. */
export function unprojectedKey(at: number, fact: ItemKey): ItemKey {
  return { pk: buildKey('unprojected', new Date(at).toISOString().slice(0, 10)), sk: buildKey(fact.pk, fact.sk) };
}
