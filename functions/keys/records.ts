import { isoDay } from './indexes.ts';
import { buildKey, firstParts, keyPrefix, paddedSeconds, sha256 } from './key.ts';
import { imagePartition, type JobIdentity, jobPartition } from './ledger.ts';
import type { ItemKey } from './tables.ts';

/*
 * Records keeps the record of a job or image under the same partition key as its facts in the ledger, so a person who
 * has one key has the other.
 */

/** `job#demo#144` · `job`: a job with its runs. */
export function jobRecordKey(primary: string, jobId: number): ItemKey {
  return { pk: jobPartition(primary, jobId), sk: 'job' };
}

/** `image#demo#localhost_1458601200` · `image` */
export function imageRecordKey(primary: string, backupId: string): ItemKey {
  return { pk: imagePartition(primary, backupId), sk: 'image' };
}

/** `job#demo#144` · `intent#1459829674#DONE#156`: one per fact that people must hear of, shared by its variants. */
export function intentKey(primary: string, job: JobIdentity): ItemKey {
  return {
    pk: jobPartition(primary, job.jobId),
    sk: buildKey('intent', paddedSeconds(job.startTime), job.state, job.status),
  };
}

/** `notice#2026-11-23` · `intent#Quarantined#demo`: an intent outside jobs, by the day (UTC) of what it reports. */
export function noticeKey(at: number, kind: string, id: readonly (string | number)[]): ItemKey {
  return { pk: buildKey('notice', isoDay(at)), sk: buildKey('intent', kind, ...id) };
}

/** The beginning of every intent's sort key, for the publisher's stream filter. */
export const INTENT_PREFIX = keyPrefix('intent');

/** What identifies a series. Client and policy are compared regardless of case. */
export interface SeriesName {
  primary: string;
  clientName: string;
  policyName: string;
  scheduleType: string;
  jobType: string;
}

/** `series#demo#sql01#nightly#ST_FULL#BACKUP` · `series`: a series as it is now. */
export function seriesKey({ primary, clientName, policyName, scheduleType, jobType }: SeriesName): ItemKey {
  return seriesKeyIn(
    buildKey('series', primary, clientName.toLowerCase(), policyName.toLowerCase(), scheduleType, jobType),
  );
}

/** The key of a series in its partition, which its runs share. */
export function seriesKeyIn(pk: string): ItemKey {
  return { pk, sk: 'series' };
}

/** The beginning of the sort key of every run of a series. */
export const SERIES_RUN_PREFIX = keyPrefix('run');

/**
 * … · `run#1795462413034#144#1459829674#0`: a run of a series, by the time of its receipt (epoch ms, 13 digits until
 * the year 2286).
 */
export function seriesRunKey(
  series: SeriesName,
  receivedAt: number,
  { jobId, startTime, status }: Omit<JobIdentity, 'state'>,
): ItemKey {
  const at = String(receivedAt).padStart(13, '0');
  return { pk: seriesKey(series).pk, sk: buildKey('run', at, jobId, startTime, status) };
}

/** A sort key that is after every run received up to a time (epoch ms) and before every later one. */
export function seriesRunsUntil(receivedAt: number): string {
  return `${SERIES_RUN_PREFIX}${String(receivedAt).padStart(13, '0')}:`;
}

/** The partition of the job whose run this is. */
export function jobOfRun({ pk, sk }: ItemKey): string {
  const [, primary = ''] = firstParts(pk, 2);
  const [, , jobId = ''] = firstParts(sk, 3);
  return jobPartition(primary, Number(jobId));
}

/**
 * The id of a message: when what it reports was received (epoch ms), and a digest of its members. A crash changes
 * neither, so the message is published again under the same id or not at all.
 */
export function messageId(receivedAt: number, members: readonly ItemKey[]): string {
  return `${receivedAt}-${sha256(JSON.stringify(members.map(({ pk, sk }) => [pk, sk]))).slice(0, 32)}`;
}

/** `message#2026-11-23` · `1795462413034-8d0c…`: a message, written before publishing, by its id's day (UTC). */
export function messageKey(id: string): ItemKey {
  return { pk: buildKey('message', isoDay(Number.parseInt(id, 10))), sk: buildKey(id) };
}

/**
 * `sent#2026-11-24` · `1795462413034-8d0c…`: a note that a message was sent on this day (UTC), which may be a later day
 * than that of the message's own key.
 */
export function sentKey(at: number, id: string): ItemKey {
  return { pk: sentOn(at), sk: buildKey(id) };
}

/** The partition of the notes of what was sent on the day (UTC) of a time (epoch ms). */
export function sentOn(at: number): string {
  return buildKey('sent', isoDay(at));
}

/** `state#publisher` · `state`: what the publisher remembers. */
export function stateKey(name: string): ItemKey {
  return { pk: buildKey('state', name), sk: 'state' };
}

/** `lease#publisher` · `lease`: who may publish now. */
export function leaseKey(name: string): ItemKey {
  return { pk: buildKey('lease', name), sk: 'lease' };
}

/** `unprojected#2026-11-23` · the ledger key: a fact that the rules could not read, by day (UTC) of the attempt. */
export function unprojectedKey(at: number, fact: ItemKey): ItemKey {
  return { pk: unprojectedOn(at), sk: buildKey(fact.pk, fact.sk) };
}

/** The partition of what could not be projected on the day (UTC) of a time (epoch ms). */
export function unprojectedOn(at: number): string {
  return buildKey('unprojected', isoDay(at));
}

/** `silence#k3f9qd`: the partition of the pending index for what a silence holds back. */
export function heldBySilence(id: string): string {
  return buildKey('silence', id);
}
