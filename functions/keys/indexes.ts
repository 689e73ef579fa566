import { buildKey } from './key.ts';

/** A global secondary index: a text to look up, and a number that orders the results, in most indexes epoch ms. */
export interface Index {
  name: string;
  partitionKey: string;
  sortKey: string;
}

/*
 * Every index of the product. CloudFormation adds one index to a table at a time, so this set is frozen: a new question
 * uses another kind of partition in one of them. An index holds only items that have both attributes, and no attribute
 * is ever empty. A write that moves an item in an index costs two writes there: `npm run bench -- cost` shows what each
 * index costs.
 */

/** Ledger: image facts and put-aside content by day of receipt. */
export const LEDGER_INDEXES = {
  byDay: { name: 'byDay', partitionKey: 'day', sortKey: 'receivedAt' },
} as const satisfies Record<string, Index>;

/**
 * Records: jobs that ended, by day, client and parent; failures by day; images by client; series and unfinished jobs by
 * primary; pending intents.
 */
export const RECORDS_INDEXES = {
  byDay: { name: 'byDay', partitionKey: 'day', sortKey: 'receivedAt' },
  byClient: { name: 'byClient', partitionKey: 'ofClient', sortKey: 'receivedAt' },
  byParent: { name: 'byParent', partitionKey: 'ofParent', sortKey: 'jobId' },
  // Sorted by what does not change while a job runs, so that the job does not move.
  byPrimary: { name: 'byPrimary', partitionKey: 'ofPrimary', sortKey: 'since' },
  pending: { name: 'pending', partitionKey: 'pending', sortKey: 'pendingSince' },
} as const satisfies Record<string, Index>;

/** Registry: connections by endpoint. */
export const REGISTRY_INDEXES = {
  byEndpoint: { name: 'byEndpoint', partitionKey: 'ofEndpoint', sortKey: 'openedAt' },
} as const satisfies Record<string, Index>;

/** The kinds of things that an index has by day. `failed`: jobs that were DONE with a nonzero status. */
export type Daily = 'job' | 'failed' | 'image' | 'aside';

/** `job#demo#2026-11-23`: the day (UTC) of receipt. `at` is epoch ms. */
export function dayOf(what: Daily, primary: string, at: number): string {
  return buildKey(what, primary, isoDay(at));
}

/** `2026-11-23`, in UTC. */
export function isoDay(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** `2026-11-23T19`, in UTC. */
export function isoHour(at: number): string {
  return new Date(at).toISOString().slice(0, 13);
}

/** `job#demo#sql01`. Client names are found regardless of case, as NetBackup treats host names. */
export function clientOf(what: 'job' | 'image', primary: string, clientName: string): string {
  return buildKey(what, primary, clientName.toLowerCase());
}

/** `job#demo#nightly`: a filter for questions about a day; undefined for a job without a policy. */
export function policyOf(primary: string, policyName: string): string | undefined {
  return policyName === '' ? undefined : buildKey('job', primary, policyName.toLowerCase());
}

/** `job#demo#144`: the children of a job; undefined for a job that is its own parent. */
export function parentOf(primary: string, jobId: number, parentJobId: number): string | undefined {
  return parentJobId === jobId ? undefined : buildKey('job', primary, parentJobId);
}

/** `unfinished#demo`: every unfinished job of a primary, the one that was reported first in front. */
export function unfinishedOf(primary: string): string {
  return buildKey('unfinished', primary);
}

/** `series#demo`: every series of a primary, the one that has gone longest without a usable run first. */
export function seriesOfPrimary(primary: string): string {
  return buildKey('series', primary);
}

/** `connection#demo`: every connection of an endpoint. */
export function connectionsOf(endpoint: string): string {
  return buildKey('connection', endpoint);
}
