import { isoHour } from './indexes.ts';
import { buildKey } from './key.ts';
import type { SeriesName } from './records.ts';
import type { ItemKey } from './tables.ts';

/** `token#<SHA-256>` · `token`: which endpoint a token opens. The token itself is kept nowhere. */
export function tokenKey(tokenHash: string): ItemKey {
  return { pk: buildKey('token', tokenHash), sk: 'token' };
}

/** The partition of the tokens of the canary. Only the role of `probe` may write there. */
export const CANARY_TOKENS = 'canary';

/** The partition of the ends of archives' chains. Only the role of `archive` may write there. */
export const ARCHIVE = 'archive';

/** `canary` · `<SHA-256>`: a token that opens the canary for five minutes. */
export function canaryTokenKey(tokenHash: string): ItemKey {
  return { pk: CANARY_TOKENS, sk: buildKey(tokenHash) };
}

/** `endpoint` · `demo`: all endpoints in one partition, because there are few and people ask for all of them. */
export function endpointKey(endpoint: string): ItemKey {
  return { pk: 'endpoint', sk: buildKey(endpoint) };
}

/** `connection#<connection id>` · `connection`: which endpoint a connection was accepted for. */
export function connectionKey(connectionId: string): ItemKey {
  return { pk: buildKey('connection', connectionId), sk: 'connection' };
}

/** `aside#demo#2026-11-23T19` · `digests`: what was put aside of a primary in an hour (UTC), so that a flood of it can be cut. */
export function asideDigestsKey(primary: string, receivedAt: number): ItemKey {
  return { pk: buildKey('aside', primary, isoHour(receivedAt)), sk: 'digests' };
}

/** `silence` · `k3f9qd`: all silences in one partition, because there are few and the publisher asks for all of them. */
export function silenceKey(id: string): ItemKey {
  return { pk: 'silence', sk: buildKey(id) };
}

/** `feed` · `demo`: what is remembered of the feed of an endpoint. All in one partition: there are few, and each run asks for all. */
export function feedKey(endpoint: string): ItemKey {
  return { pk: 'feed', sk: buildKey(endpoint) };
}

/** `certificate` · `abcde12345.execute-api.eu-central-1.amazonaws.com`: what the host of the endpoint last showed of itself. */
export function certificateKey(host: string): ItemKey {
  return { pk: 'certificate', sk: buildKey(host) };
}

/** `gap#demo` · `1795462413034`: a time without a sign of life, by when it began (epoch ms, 13 digits until the year 2286). */
export function feedGapKey(endpoint: string, from: number): ItemKey {
  return { pk: feedGapsOf(endpoint), sk: String(from).padStart(13, '0') };
}

/** The partition of the gaps in the feed of an endpoint. */
export function feedGapsOf(endpoint: string): string {
  return buildKey('gap', endpoint);
}

/**
 * `expectation` · `demo#sql01#nightly`: what people said of the backups of a client under a policy; without a policy, of all its
 * backups. All in one partition: there are few, and `watch` asks for all.
 */
export function expectationKey(primary: string, client: string, policy = ''): ItemKey {
  return { pk: 'expectation', sk: buildKey(primary, client.toLowerCase(), policy.toLowerCase()) };
}

/** `overdue#demo` · `series#sql01#nightly#ST_FULL#BACKUP`: a series that is overdue. */
export function overdueSeriesKey({ primary, clientName, policyName, scheduleType, jobType }: SeriesName): ItemKey {
  const [client, policy] = [clientName.toLowerCase(), policyName.toLowerCase()];
  return { pk: overdueOf(primary), sk: buildKey('series', client, policy, scheduleType, jobType) };
}

/** `overdue#demo` · `expectation#sql01#nightly`: backups of a client under a policy that are overdue by what people said. */
export function overdueExpectationKey(primary: string, client: string, policy: string): ItemKey {
  return { pk: overdueOf(primary), sk: buildKey('expectation', client.toLowerCase(), policy.toLowerCase()) };
}

/** The partition of what is overdue of a primary. */
export function overdueOf(primary: string): string {
  return buildKey('overdue', primary);
}

/** `deletions` · `demo`: when people were last told that images of a primary vanish. All in one partition, as there are few. */
export function deletionsKey(primary: string): ItemKey {
  return { pk: 'deletions', sk: buildKey(primary) };
}

/** `dismissal` · the id of a message: what somebody found to be nothing to worry about. All in one partition, as there are few. */
export function dismissalKey(messageId: string): ItemKey {
  return { pk: 'dismissal', sk: buildKey(messageId) };
}

/** `archive` · the name of its bucket: where the chain of the archive's objects ends. */
export function archiveKey(bucket: string): ItemKey {
  return { pk: ARCHIVE, sk: buildKey(bucket) };
}
