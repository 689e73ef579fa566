import { isoHour } from './indexes.ts';
import { buildKey } from './key.ts';
import type { SeriesName } from './records.ts';
import type { ItemKey } from './tables.ts';

/** `token#<SHA-256>` · `token`: which endpoint a token opens. The token itself is kept nowhere. */
export function tokenKey(tokenHash: string): ItemKey {
  return { pk: buildKey('token', tokenHash), sk: 'token' };
}

/** The partition of the canary's tokens. Only the role of `probe` may write there. */
export const CANARY_TOKENS = 'canary';

/** The partition of the ends of the archives' chains. Of all functions, only `archive` may write there. */
export const ARCHIVE = 'archive';

/** `canary` · `<SHA-256>`: a token that opens the canary for five minutes. */
export function canaryTokenKey(tokenHash: string): ItemKey {
  return { pk: CANARY_TOKENS, sk: buildKey(tokenHash) };
}

/** `endpoint` · `demo`: all endpoints in one partition, because there are few and people list all of them. */
export function endpointKey(endpoint: string): ItemKey {
  return { pk: 'endpoint', sk: buildKey(endpoint) };
}

/** `connection#<connection id>` · `connection`: which endpoint a connection was accepted for. */
export function connectionKey(connectionId: string): ItemKey {
  return { pk: buildKey('connection', connectionId), sk: 'connection' };
}

/** `aside#demo#2026-11-23T19` · `digests`: what was put aside of a primary in an hour (UTC), to limit a flood. */
export function asideDigestsKey(primary: string, receivedAt: number): ItemKey {
  return { pk: buildKey('aside', primary, isoHour(receivedAt)), sk: 'digests' };
}

/** `silence` · `k3f9qd`: all silences in one partition, because there are few and the publisher reads all of them. */
export function silenceKey(id: string): ItemKey {
  return { pk: 'silence', sk: buildKey(id) };
}

/** `feed` · `demo`: the state of an endpoint's feed. All in one partition: there are few, and `watch` reads all. */
export function feedKey(endpoint: string): ItemKey {
  return { pk: 'feed', sk: buildKey(endpoint) };
}

/** `certificate` · `abcde12345.execute-api.eu-central-1.amazonaws.com`: the certificate that the host last showed. */
export function certificateKey(host: string): ItemKey {
  return { pk: 'certificate', sk: buildKey(host) };
}

/** `gap#demo` · `1795462413034`: a time without a sign of life, by its start (epoch ms, 13 digits until 2286). */
export function feedGapKey(endpoint: string, from: number): ItemKey {
  return { pk: feedGapsOf(endpoint), sk: String(from).padStart(13, '0') };
}

/** The partition of the gaps in an endpoint's feed. */
export function feedGapsOf(endpoint: string): string {
  return buildKey('gap', endpoint);
}

/**
 * `expectation` · `demo#sql01#nightly`: what people said about the backups of a client under a policy or, without a
 * policy, about all its backups. All in one partition: there are few, and `watch` reads all.
 */
export function expectationKey(primary: string, client: string, policy = ''): ItemKey {
  return { pk: 'expectation', sk: buildKey(primary, client.toLowerCase(), policy.toLowerCase()) };
}

/** `overdue#demo` · `series#sql01#nightly#ST_FULL#BACKUP`: a series that is overdue. */
export function overdueSeriesKey({ primary, clientName, policyName, scheduleType, jobType }: SeriesName): ItemKey {
  const [client, policy] = [clientName.toLowerCase(), policyName.toLowerCase()];
  return { pk: overdueOf(primary), sk: buildKey('series', client, policy, scheduleType, jobType) };
}

/** `overdue#demo` · `expectation#sql01#nightly`: a client's backups under a policy, overdue as declared. */
export function overdueExpectationKey(primary: string, client: string, policy: string): ItemKey {
  return { pk: overdueOf(primary), sk: buildKey('expectation', client.toLowerCase(), policy.toLowerCase()) };
}

/** The partition of a primary's overdue backups. */
export function overdueOf(primary: string): string {
  return buildKey('overdue', primary);
}

/**
 * `deletions` · `demo`: when people were last told that images of a primary vanish. All in one partition, because there
 * are few.
 */
export function deletionsKey(primary: string): ItemKey {
  return { pk: 'deletions', sk: buildKey(primary) };
}

/** `dismissal` · the id of a message that somebody dismissed. All in one partition, because there are few. */
export function dismissalKey(messageId: string): ItemKey {
  return { pk: 'dismissal', sk: buildKey(messageId) };
}

/** `archive` · the name of its bucket: the end of the archive's chain. */
export function archiveKey(bucket: string): ItemKey {
  return { pk: ARCHIVE, sk: buildKey(bucket) };
}
