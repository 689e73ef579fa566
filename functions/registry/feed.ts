import * as v from 'valibot';
import { type ConnectionState, type EndpointState, HEARD_MS } from './endpoint.ts';
import { isEndKnown } from './gaps.ts';

/*
 * The feed of an endpoint is what reaches nbwatch through it. A primary server with nothing to report sends only pings,
 * which no function sees, so `watch` asks the gateway. The end of a connection proves nothing: the gateway ends each
 * after two hours, and NetBackup opens the next.
 */

/** What `watch` remembers about a feed. Times are epoch ms. */
export const feedState = v.object({
  endpoint: v.string(),
  primary: v.string(),
  /** When the gateway last said that a connection was open. */
  aliveAt: v.optional(v.number(), 0),
  /** When that connection was last active, as the gateway said then. */
  lastActiveAt: v.optional(v.number()),
  /** While the feed is lost: its last sign of life. */
  lostFrom: v.optional(v.number()),
  /** While the feed is lost: the time without a sign of life after which it counts as lost, ms, as set then. */
  lostAfter: v.optional(v.number()),
  /** True while the feed is lost and people were not told of it. */
  untold: v.optional(v.boolean()),
  /** When the last loss ended. A feed that is lost again soon after comes and goes. */
  restoredAt: v.optional(v.number()),
});
export type FeedState = v.InferOutput<typeof feedState>;

/** A feed that nothing is known about yet. */
export const newFeed = (endpoint: string, primary: string): FeedState => ({ endpoint, primary, aliveAt: 0 });

/** A time without any sign of life that was long enough to count as a loss. Epoch ms. */
export interface FeedGap {
  from: number;
  to: number;
}

/** When a connection was last known to be open: at its CONNECT, or at its last message. */
const lastWordOf = ({ openedAt, heardAt = 0 }: Pick<ConnectionState, 'openedAt' | 'heardAt'>): number =>
  Math.max(openedAt, heardAt);

/**
 * The latest time at which a connection may have been open, epoch ms. If its end is known, that: a quiet connection
 * sends pings that nothing notes. Otherwise HEARD_MS after it was last heard, because the noted time may lag behind
 * that much.
 */
function mayBeThereUntil(connection: Pick<ConnectionState, 'openedAt' | 'heardAt' | 'closedAt'>): number {
  const latest = lastWordOf(connection) + HEARD_MS;
  return isEndKnown(connection) ? (connection.closedAt ?? latest) : latest;
}

/** The last sign of life of a feed, epoch ms; 0 when there was none. */
export function lastSignOf(
  feed: Pick<FeedState, 'aliveAt' | 'lostFrom'>,
  connections: readonly ConnectionState[],
): number {
  return Math.max(feed.aliveAt, feed.lostFrom ?? 0, ...connections.map(lastWordOf));
}

/** Whether a feed belongs to an endpoint, and not to an earlier, revoked endpoint of the same name. */
export function isFeedOf(
  { endpoint, aliveAt, lostFrom = 0, restoredAt = 0 }: FeedState,
  of: Pick<EndpointState, 'endpoint' | 'createdAt'>,
): boolean {
  return endpoint === of.endpoint && Math.max(aliveAt, lostFrom, restoredAt) >= of.createdAt;
}

/** News about a feed. `reminder`: how many whole days ago its loss was first told. `told`: whether it was. */
export type FeedNews =
  | { kind: 'lost'; lostFrom: number; reminder: number }
  | { kind: 'restored'; gap: FeedGap; told: boolean }
  | undefined;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** How long a steady feed must have been heard, and how long an unsteady one must be lost before people are told. */
const STEADY_MS = HOUR_MS;

/**
 * Judges a feed by its last sign of life. A feed is lost once that sign is certainly older than `afterMs`. The loss
 * starts at the last known sign, since more may be missing than is known. An endpoint that was never used is not lost.
 *
 * Each run returns `lost` while the loss lasts, with a `reminder` that goes up once a day. A caller that writes one
 * notice per value thus tells it once and then daily, whichever run died. The feed is restored at the first sign after
 * the loss. If a feed is lost again within an hour of its return, people are told only once that loss has lasted an
 * hour; its gaps are kept all the same.
 */
export function judgeFeed(
  feed: FeedState,
  connections: readonly ConnectionState[],
  now: number,
  afterMs: number,
): { feed: FeedState; news: FeedNews } {
  const lastSign = lastSignOf(feed, connections);
  const { lostFrom, lostAfter = afterMs, untold, ...rest } = feed;
  const isTimeToReport = (from: number) => now - from > reportAfter(feed, from, afterMs);
  if (lostFrom === undefined) {
    const mayBeLast = Math.max(lastSign, ...connections.map(mayBeThereUntil));
    if (lastSign === 0 || now - mayBeLast <= afterMs) return { feed, news: undefined };
    return lost({ ...feed, lostFrom: lastSign, lostAfter: afterMs, untold: !isTimeToReport(lastSign) }, lastSign);
  }
  if (lastSign <= lostFrom) {
    if (untold)
      return isTimeToReport(lostFrom) ? lost({ ...feed, untold: false }, lostFrom) : { feed, news: undefined };
    return { feed, news: { kind: 'lost', lostFrom, reminder: remindersBy(now - lostFrom - lostAfter) } };
  }
  const signs = [feed.aliveAt, ...connections.flatMap(({ openedAt, heardAt = 0 }) => [openedAt, heardAt])];
  const to = Math.min(...signs.filter((at) => at > lostFrom));
  const gap = { from: lostFrom, to };
  return { feed: { ...rest, restoredAt: to }, news: { kind: 'restored', gap, told: !untold } };
}

const lost = (feed: FeedState, lostFrom: number): { feed: FeedState; news: FeedNews } => ({
  feed,
  news: feed.untold ? undefined : { kind: 'lost', lostFrom, reminder: 0 },
});

/** The whole days in `ms`; 0 where the setting was raised meanwhile and `ms` is negative. */
const remindersBy = (ms: number): number => Math.max(0, Math.floor(ms / DAY_MS));

/** The time without a sign of life after which people are told, ms. */
function reportAfter({ restoredAt }: FeedState, lostFrom: number, afterMs: number): number {
  const isSteady = restoredAt === undefined || lostFrom - restoredAt >= STEADY_MS;
  return isSteady ? afterMs : Math.max(afterMs, STEADY_MS);
}
