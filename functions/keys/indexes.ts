import { buildKey } from './key.ts';

/** A global secondary index: a text that says what is looked for, and a number that orders what is found, epoch ms in most. */
export interface Index {
  name: string;
  partitionKey: string;
  sortKey: string;
}

/*
 * Every index of the product. CloudFormation adds one index to a table at a time, so this set is frozen: a new question is answered
 * by another kind of partition in one of them. Only items that have both attributes are in an index, and no attribute is ever empty.
 * A write that moves an item in an index is paid for twice there: `npm run bench -- cost` says what each index costs.
 */

/** Ledger: image facts and put asides by day of receipt. */
export const LEDGER_INDEXES = {
  byDay: { name: 'byDay', partitionKey: 'day', sortKey: 'receivedAt' },
} as const satisfies Record<string, Index>;

/**
 * Records: jobs that ended, by day, client and parent; failures by day; images by client; of a primary its series and its unfinished jobs;
 * pending intents.
 */
export const RECORDS_INDEXES = {
  byDay: { name: 'byDay', partitionKey: 'day', sortKey: 'receivedAt' },
  byClient: { name: 'byClient', partitionKey: 'ofClient', sortKey: 'receivedAt' },
  byParent: { name: 'byParent', partitionKey: 'ofParent', sortKey: 'jobId' },
  // By what does not change while a job goes on, so that it stays where it is.
  byPrimary: { name: 'byPrimary', partitionKey: 'ofPrimary', sortKey: 'since' },
  pending: { name: 'pending', partitionKey: 'pending', sortKey: 'pendingSince' },
} as const satisfies Record<string, Index>;

/** Registry: connections by endpoint. */
export const REGISTRY_INDEXES = {
  byEndpoint: { name: 'byEndpoint', partitionKey: 'ofEndpoint', sortKey: 'openedAt' },
} as const satisfies Record<string, Index>;

/** What a day of a primary can be asked for. `failed`: jobs that were DONE with a nonzero status. */
export type Daily = 'job' | 'failed' | 'image' | 'aside';

/** `job#demo#2026-11-23`: a day (UTC) of receipt. `at` is epoch ms. */
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

/** `job#demo#sql01`. Clients are found however their name is capitalised: NetBackup takes host names so too. */
export function clientOf(what: 'job' | 'image', primary: string, clientName: string): string {
  return buildKey(what, primary, clientName.toLowerCase());
}

/** `job#demo#nightly`: what a question about a day is narrowed by; undefined for a job without a policy. */
export function policyOf(primary: string, policyName: string): string | undefined {
  return policyName === '' ? undefined : buildKey('job', primary, policyName.toLowerCase());
}

/** `job#demo#144`: the children of a job; undefined for a job that is its own parent. */
export function parentOf(primary: string, jobId: number, parentJobId: number): string | undefined {
  return parentJobId === jobId ? undefined : buildKey('job', primary, parentJobId);
}

/** `unfinished#demo`: every job of a primary that has not ended, the one that was heard of first in front. */
export function unfinishedOf(primary: string): string {
  return buildKey('unfinished', primary);
}

/** `series#demo`: every series of a primary, the one that has been without a usable run longest first. */
export function seriesOfPrimary(primary: string): string {
  return buildKey('series', primary);
}

/** `connection#demo`: every connection of an endpoint. */
export function connectionsOf(endpoint: string): string {
  return buildKey('connection', endpoint);
}
