import { isoHour } from './indexes.ts';
import { buildKey } from './key.ts';
import type { ItemKey } from './ledger.ts';

/** `token#<SHA-256>` · `token`: which endpoint a token opens. The token itself is kept nowhere. */
export function tokenKey(tokenHash: string): ItemKey {
  return { pk: buildKey('token', tokenHash), sk: 'token' };
}

/** The partition of the tokens of the canary. Only the role of `probe` may write there. */
export const CANARY_TOKENS = 'canary';

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

/** `gap#demo` · `1795462413034`: a time without a sign of life, by when it began (epoch ms, 13 digits until the year 2286). */
export function feedGapKey(endpoint: string, from: number): ItemKey {
  return { pk: feedGapsOf(endpoint), sk: String(from).padStart(13, '0') };
}

/** The partition of the gaps in the feed of an endpoint. */
export function feedGapsOf(endpoint: string): string {
  return buildKey('gap', endpoint);
}
