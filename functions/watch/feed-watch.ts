import { type FeedLostIntent, type FeedRestoredIntent, noticeItem, pendingSince } from '../alerts/intent.ts';
import { type ConnectionState, type EndpointState, LONGEST_LIFE_MS, RESERVED_PRIMARY } from '../registry/endpoint.ts';
import { type FeedNews, type FeedState, isFeedOf, judgeFeed, lastSignOf, newFeed } from '../registry/feed.ts';
import { describe, log } from '../runtime/log.ts';
import { settleEach } from '../runtime/settle.ts';
import type { WatchContext } from './context.ts';
import type { Counts } from './duties.ts';
import { NEWEST } from './live-connections.ts';

type FeedContext = Pick<WatchContext, 'endpoints' | 'feeds' | 'liveness' | 'records' | 'thresholds' | 'now'>;

const MINUTE_MS = 60_000;

/**
 * How old the last sign of life must be before the gateway is asked. A quiet primary server costs a question every ten
 * minutes, or more often where `feedLostMinutes` is short. A connection cut right after a question must have time to
 * come back before its feed is lost.
 */
const ASK_AFTER_MS = 10 * MINUTE_MS;
const COMES_BACK_MS = 5 * MINUTE_MS;

const DAY_MS = 86_400_000;

/** Endpoints judged at a time. */
const AT_ONCE = 10;

const NEVER = new AbortController().signal;

/**
 * Judges the feed of each endpoint. Reports feeds that are lost, once and then daily, and those that are heard again.
 * If some could not be judged, throws after judging the others.
 */
export async function watchFeeds(context: FeedContext): Promise<Counts> {
  const remembered = new Map<string, FeedState>();
  for await (const feed of context.feeds.list()) remembered.set(feed.endpoint, feed);
  const watched = (await Array.fromAsync(context.endpoints.list())).filter(
    ({ revokedAt, primary }) => revokedAt === undefined && primary !== RESERVED_PRIMARY,
  );
  const failed: unknown[] = [];
  await settleEach(watched, AT_ONCE, NEVER, async (endpoint) => {
    try {
      await watchFeed(context, endpoint, remembered.get(endpoint.endpoint));
    } catch (error) {
      log.error('A feed could not be checked', { endpoint: endpoint.endpoint, error: describe(error) });
      failed.push(error);
    }
  });
  if (failed.length > 0)
    throw new Error(`${failed.length} feeds could not be checked; the first: ${describe(failed[0])}`);
  return {};
}

async function watchFeed(
  context: FeedContext,
  endpoint: EndpointState,
  remembered: FeedState | undefined,
): Promise<void> {
  const { endpoints, feeds, thresholds, now } = context;
  // An endpoint that was revoked and created again starts from scratch.
  const before =
    remembered && isFeedOf(remembered, endpoint) ? remembered : newFeed(endpoint.endpoint, endpoint.primary);
  const since = Math.max(endpoint.createdAt, now() - LONGEST_LIFE_MS);
  const connections = await recentConnections(
    endpoints.connections(endpoint.endpoint, NEWEST),
    endpoint.createdAt,
    since,
  );
  const lostAfter = thresholds.feedLostMinutes * MINUTE_MS;
  const feed = await askGateway(context, before, connections, Math.min(ASK_AFTER_MS, lostAfter - COMES_BACK_MS));
  const judged = judgeFeed(feed, connections, now(), lostAfter);
  const { news } = judged;
  // Before the state is stored, which then no longer mentions the loss. Writing the same intent again changes nothing.
  if (news?.kind === 'restored') await reportRestored(context, feed, news);
  if (judged.feed !== before) await feeds.put(judged.feed);
  // After the state is stored: each run repeats this while the feed is lost. Reported first, a loss that was never
  // stored would never end.
  if (news?.kind === 'lost') await reportLost(context, judged.feed, news);
}

/**
 * The connections since the endpoint was created that can say when it was last heard: those that may be open, and the
 * next older one.
 */
async function recentConnections(
  connections: AsyncIterable<ConnectionState>,
  createdAt: number,
  since: number,
): Promise<ConnectionState[]> {
  const found: ConnectionState[] = [];
  for await (const connection of connections) {
    if (connection.openedAt < createdAt) break;
    found.push(connection);
    if (connection.openedAt < since) break;
  }
  return found;
}

/**
 * Asks the gateway if the last sign of life is old. Returns the feed, alive as of now if the gateway says that a
 * connection is open.
 */
async function askGateway(
  { liveness, now }: FeedContext,
  feed: FeedState,
  connections: readonly ConnectionState[],
  askAfter: number,
): Promise<FeedState> {
  const at = now();
  if (lastSignOf(feed, connections) > at - askAfter) return feed;
  for (const { connectionId, openedAt, closedAt } of connections) {
    if (closedAt !== undefined || openedAt < at - LONGEST_LIFE_MS) continue;
    const alive = await liveness(connectionId);
    if (alive) return { ...feed, aliveAt: at, lastActiveAt: alive.lastActiveAt };
  }
  return feed;
}

type News<Kind> = Extract<FeedNews, { kind: Kind }>;

async function reportRestored(context: FeedContext, feed: FeedState, { gap, told }: News<'restored'>): Promise<void> {
  const { feeds, records, now } = context;
  const { endpoint, primary } = feed;
  const { from, to } = gap;
  await feeds.addGap(feed, gap);
  log.info('A feed is restored', { endpoint, primary, from, to });
  if (!told) return;
  // The run that stored the loss may have died before it reported it.
  await reportLost(context, feed, { kind: 'lost', lostFrom: from, reminder: 0 });
  const intent = { kind: 'FeedRestored' as const, primary, endpoint, from, to, receivedAt: to };
  await records.writeOnce({ ...noticeItem<FeedRestoredIntent>(intent, [endpoint, from]), ...pendingSince(now()) });
}

async function reportLost(
  { records, thresholds, now }: FeedContext,
  { endpoint, primary, lostAfter }: FeedState,
  { lostFrom, reminder }: News<'lost'>,
): Promise<void> {
  // As the setting was when the feed was lost: the message is named by it, so that changing the setting does not send
  // it twice.
  const afterMinutes = lostAfter === undefined ? thresholds.feedLostMinutes : lostAfter / MINUTE_MS;
  const receivedAt = lostFrom + afterMinutes * MINUTE_MS + reminder * DAY_MS;
  const intent = { kind: 'FeedLost' as const, primary, endpoint, lostFrom, reminder, afterMinutes, receivedAt };
  const item = { ...noticeItem<FeedLostIntent>(intent, [endpoint, lostFrom, reminder]), ...pendingSince(now()) };
  const before = await records.writeOnce(item);
  if (reminder === 0 && !before) log.warn('A feed is lost', { endpoint, primary, lostFrom });
}
