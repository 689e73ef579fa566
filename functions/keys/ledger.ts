import { isoHour } from './indexes.ts';
import { buildKey, firstParts, paddedSeconds, parseKey, withDigest } from './key.ts';
import type { ItemKey } from './tables.ts';

/** What makes a job fact the fact it is, beside its primary (NBWSS: a job is sent once per state, and again when unanswered). */
export interface JobIdentity {
  jobId: number;
  startTime: number;
  state: string;
  status: number;
}

/** What makes an image fact the fact it is, beside its primary. */
export interface ImageIdentity {
  backupId: string;
  createdTime: number;
  operationId: string;
}

/** The order of operations within one second. With AIR a deletion arrives as UPDATE and NO_LOCAL_COPY_AVAILABLE at one createdTime. */
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

/** The key of a fact whose own key is taken by other content: the same, ending in the digest of this content. */
export function variantKey(fact: ItemKey, digest: string): ItemKey {
  return { pk: fact.pk, sk: withDigest(fact.sk, digest) };
}

/**
 * `aside#demo#2026-11-23T19` · the SHA-256 of what was put aside, by primary and hour (UTC) of receipt. What NetBackup sends again
 * finds its place taken.
 */
export function asideKey(primary: string, receivedAt: number, digest: string): ItemKey {
  return { pk: buildKey('aside', primary, isoHour(receivedAt)), sk: buildKey(digest) };
}

/** What a partition of the ledger is about. */
export type LedgerPartition =
  | { kind: 'job'; primary: string; jobId: number }
  | { kind: 'image'; primary: string; backupId: string }
  | { kind: 'aside'; primary: string; hour: string };

/** Reads a partition key of the ledger. Undefined when it is of no known kind or ends in a digest. */
export function parseLedgerPartition(pk: string): LedgerPartition | undefined {
  const [kind, primary, name, ...rest] = parseKey(pk) ?? [];
  if (primary === undefined || name === undefined || rest.length > 0) return undefined;
  if (kind === 'job') return { kind, primary, jobId: Number(name) };
  if (kind === 'image') return { kind, primary, backupId: name };
  if (kind === 'aside') return { kind, primary, hour: name };
  return undefined;
}

/** The primary that a partition of the ledger is of. */
export function primaryOf(pk: string): string {
  return firstParts(pk, 2)[1] ?? '';
}
