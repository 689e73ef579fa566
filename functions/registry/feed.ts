import * as v from 'valibot';
import { type ConnectionState, type EndpointState, HEARD_MS } from './endpoint.ts';
import { isEndKnown } from './gaps.ts';

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
  /** While the feed is lost: after how long it counts as that, ms, as the setting was then. */
  lostAfter: v.optional(v.number()),
  /** While the feed is lost and people were not told of it. */
  untold: v.optional(v.boolean()),
  /** When the last loss ended: a feed that is lost soon after that comes and goes. */
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
const lastWordOf = ({ openedAt, heardAt = 0 }: Pick<ConnectionState, 'openedAt' | 'heardAt'>): number =>
  Math.max(openedAt, heardAt);

/**
 * Until when a connection may have been there, epoch ms: up to its end, if somebody said when that was, for one that is quiet sends pings
 * that nothing notes; else HEARD_MS after it was last heard, as what is noted of that may be so old.
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

/** Whether a feed is that of an endpoint, and not of one of the same name that was revoked before. */
export function isFeedOf(
  { endpoint, aliveAt, lostFrom = 0, restoredAt = 0 }: FeedState,
  of: Pick<EndpointState, 'endpoint' | 'createdAt'>,
): boolean {
  return endpoint === of.endpoint && Math.max(aliveAt, lostFrom, restoredAt) >= of.createdAt;
}

/** What has become of a feed. `reminder`: how many whole days ago it was first told. `told`: that it was lost. */
export type FeedNews =
  | { kind: 'lost'; lostFrom: number; reminder: number }
  | { kind: 'restored'; gap: FeedGap; told: boolean }
  | undefined;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** How long a feed must have been heard to be steady, and how long one that was not must be lost before that is told. */
const STEADY_MS = HOUR_MS;

/**
 * Judges a feed by its last sign of life. Lost when that is older than `afterMs` for certain, and then from its last known sign on, as more
 * may be missing than is known; an endpoint that nobody ever used is not. Told as lost in each run, by one name a day, so that who writes
 * each name down once tells it once and then each day, whenever a run died. Restored with the first sign after that. A feed that comes and
 * goes is told of when it first went, and then not before it is gone for an hour: its gaps are kept all the same.
 */
export function judgeFeed(
  feed: FeedState,
  connections: readonly ConnectionState[],
  now: number,
  afterMs: number,
): { feed: FeedState; news: FeedNews } {
  const lastSign = lastSignOf(feed, connections);
  const { lostFrom, lostAfter = afterMs, untold, ...rest } = feed;
  const isTimeToTell = (from: number) => now - from > tellAfter(feed, from, afterMs);
  if (lostFrom === undefined) {
    const mayBeLast = Math.max(lastSign, ...connections.map(mayBeThereUntil));
    if (lastSign === 0 || now - mayBeLast <= afterMs) return { feed, news: undefined };
    return lost({ ...feed, lostFrom: lastSign, lostAfter: afterMs, untold: !isTimeToTell(lastSign) }, lastSign);
  }
  if (lastSign <= lostFrom) {
    if (untold) return isTimeToTell(lostFrom) ? lost({ ...feed, untold: false }, lostFrom) : { feed, news: undefined };
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

/** How many whole days are over; none where the setting was raised meanwhile. */
const remindersBy = (ms: number): number => Math.max(0, Math.floor(ms / DAY_MS));

/** After which time without a sign of life people are told, ms. */
function tellAfter({ restoredAt }: FeedState, lostFrom: number, afterMs: number): number {
  const isSteady = restoredAt === undefined || lostFrom - restoredAt >= STEADY_MS;
  return isSteady ? afterMs : Math.max(afterMs, STEADY_MS);
}
