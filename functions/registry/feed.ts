import * as v from 'valibot';
import type { ConnectionState, EndpointState } from './endpoint.ts';

/*
 * The feed of an endpoint is what reaches us through it. A primary server with nothing to say sends pings only, which no function
 * sees, so the gateway is asked. That a connection ended proves nothing: the gateway ends each after two hours, and NetBackup opens
 * the next.
 */

/** What `watch` remembers of a feed. Times are epoch ms. */
export const feedState = v.object({
  endpoint: v.string(),
  primary: v.string(),
  /** When the gateway last said that a connection is there. */
  aliveAt: v.optional(v.number(), 0),
  /** When the gateway had last seen something of that connection, as it then said. */
  lastActiveAt: v.optional(v.number()),
  /** While the feed is lost: its last sign of life. */
  lostFrom: v.optional(v.number()),
  /** When the last loss ended; what depends on all having been heard counts from then. */
  restoredAt: v.optional(v.number()),
});
export type FeedState = v.InferOutput<typeof feedState>;

/** A feed that nothing is known of yet. */
export const newFeed = (endpoint: string, primary: string): FeedState => ({ endpoint, primary, aliveAt: 0 });

/** A time without any sign of life that was long enough to be told. Epoch ms. */
export interface FeedGap {
  from: number;
  to: number;
}

/** When a connection was last known to be there: its CONNECT, or a message of it. */
export const lastWordOf = ({ openedAt, heardAt = 0 }: Pick<ConnectionState, 'openedAt' | 'heardAt'>): number =>
  Math.max(openedAt, heardAt);

/** The last sign of life of a feed, epoch ms; 0 when there was none. */
export function lastSignOf(
  feed: Pick<FeedState, 'aliveAt' | 'lostFrom'>,
  connections: readonly ConnectionState[],
): number {
  return Math.max(feed.aliveAt, feed.lostFrom ?? 0, ...connections.map(lastWordOf));
}

/** Whether a feed is that of an endpoint, and not of one of the same name that was revoked before. */
export function isFeedOf(
  { endpoint, aliveAt, lostFrom = 0, restoredAt = 0 }: FeedState,
  of: Pick<EndpointState, 'endpoint' | 'createdAt'>,
): boolean {
  return endpoint === of.endpoint && Math.max(aliveAt, lostFrom, restoredAt) >= of.createdAt;
}

/** What has become of a feed. `reminder`: how many whole days ago it was first told. */
export type FeedNews =
  | { kind: 'lost'; lostFrom: number; reminder: number }
  | { kind: 'restored'; gap: FeedGap }
  | undefined;

const DAY_MS = 86_400_000;

/**
 * Judges a feed by its last sign of life. Lost when that is older than `afterMs`; an endpoint that nobody ever used is not. Lost once,
 * told again each day. Restored with the first sign after that.
 */
export function judgeFeed(
  feed: FeedState,
  connections: readonly ConnectionState[],
  now: number,
  afterMs: number,
): { feed: FeedState; news: FeedNews } {
  const lastSign = lastSignOf(feed, connections);
  const { lostFrom, ...rest } = feed;
  if (lostFrom === undefined) {
    if (lastSign === 0 || now - lastSign <= afterMs) return { feed, news: undefined };
    return { feed: { ...feed, lostFrom: lastSign }, news: { kind: 'lost', lostFrom: lastSign, reminder: 0 } };
  }
  if (lastSign <= lostFrom) {
    const reminder = Math.floor((now - lostFrom - afterMs) / DAY_MS);
    return { feed, news: reminder > 0 ? { kind: 'lost', lostFrom, reminder } : undefined };
  }
  const signs = [feed.aliveAt, ...connections.flatMap(({ openedAt, heardAt = 0 }) => [openedAt, heardAt])];
  const to = Math.min(...signs.filter((at) => at > lostFrom));
  return { feed: { ...rest, restoredAt: to }, news: { kind: 'restored', gap: { from: lostFrom, to } } };
}
