import { isoHour } from './indexes.ts';
import { buildKey, firstParts, paddedSeconds, parseKey, withDigest } from './key.ts';
import type { ItemKey } from './tables.ts';

/** What identifies a job fact, besides its primary (NBWSS: a job is sent once per state, and again when unanswered). */
export interface JobIdentity {
  jobId: number;
  startTime: number;
  state: string;
  status: number;
}

/** What identifies an image fact, besides its primary. */
export interface ImageIdentity {
  backupId: string;
  createdTime: number;
  operationId: string;
}

/**
 * The order of operations within one second. With AIR a deletion arrives as UPDATE and NO_LOCAL_COPY_AVAILABLE with the
 * same createdTime.
 */
const OPERATION_RANKS: Readonly<Record<string, number>> = {
  CREATE: 1,
  UPDATE: 2,
  NO_LOCAL_COPY_AVAILABLE: 3,
  DELETE: 4,
};
const UNKNOWN_OPERATION_RANK = 5;

export function operationRank(operationId: string): number {
  return (
    (Object.hasOwn(OPERATION_RANKS, operationId) ? OPERATION_RANKS[operationId] : undefined) ?? UNKNOWN_OPERATION_RANK
  );
}

export function jobPartition(primary: string, jobId: number): string {
  return buildKey('job', primary, jobId);
}

export function imagePartition(primary: string, backupId: string): string {
  return buildKey('image', primary, backupId);
}

/** `job#demo#144` · `1459829674#ACTIVE#0` */
export function jobFactKey(primary: string, job: JobIdentity): ItemKey {
  return {
    pk: jobPartition(primary, job.jobId),
    sk: buildKey(paddedSeconds(job.startTime), job.state, job.status),
  };
}

/** `image#demo#localhost_1458601200` · `1459832492#4#DELETE` */
export function imageFactKey(primary: string, image: ImageIdentity): ItemKey {
  return {
    pk: imagePartition(primary, image.backupId),
    sk: buildKey(paddedSeconds(image.createdTime), operationRank(image.operationId), image.operationId),
  };
}

/** The key of a fact whose own key is taken by other content: the same key, ending in the digest of this content. */
export function variantKey(fact: ItemKey, digest: string): ItemKey {
  return { pk: fact.pk, sk: withDigest(fact.sk, digest) };
}

/**
 * `aside#demo#2026-11-23T19` · the SHA-256 of the content that was put aside, by primary and hour (UTC) of receipt. A
 * resend within the hour finds its place taken.
 */
export function asideKey(primary: string, receivedAt: number, digest: string): ItemKey {
  return { pk: buildKey('aside', primary, isoHour(receivedAt)), sk: buildKey(digest) };
}

/** The subject of a ledger partition. */
export type LedgerPartition =
  | { kind: 'job'; primary: string; jobId: number }
  | { kind: 'image'; primary: string; backupId: string }
  | { kind: 'aside'; primary: string; hour: string };

/** Parses a partition key of the ledger. Undefined when its kind is unknown or it ends in a digest. */
export function parseLedgerPartition(pk: string): LedgerPartition | undefined {
  const [kind, primary, name, ...rest] = parseKey(pk) ?? [];
  if (primary === undefined || name === undefined || rest.length > 0) return undefined;
  if (kind === 'job') return { kind, primary, jobId: Number(name) };
  if (kind === 'image') return { kind, primary, backupId: name };
  if (kind === 'aside') return { kind, primary, hour: name };
  return undefined;
}

/** The primary that a ledger partition belongs to. */
export function primaryOf(pk: string): string {
  return firstParts(pk, 2)[1] ?? '';
}
