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
 * From which age of the last sign of life on the gateway is asked: a primary server that is quiet costs a question each ten minutes, or
 * more where people are told sooner. Asked last before the gateway cuts it, it must be back before it is lost.
 */
const ASK_AFTER_MS = 10 * MINUTE_MS;
const COMES_BACK_MS = 5 * MINUTE_MS;

const DAY_MS = 86_400_000;

/** Endpoints at a time. */
const AT_ONCE = 10;

const NEVER = new AbortController().signal;

/**
 * Judges the feed of each endpoint; tells of those that are lost, once and then daily, and of those that are heard again. Throws once
 * all were judged if any could not be.
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
      log.error('A feed cannot be judged', { endpoint: endpoint.endpoint, error: describe(error) });
      failed.push(error);
    }
  });
  if (failed.length > 0) throw new Error(`${failed.length} feeds cannot be judged; the first: ${describe(failed[0])}`);
  return {};
}

async function watchFeed(
  context: FeedContext,
  endpoint: EndpointState,
  remembered: FeedState | undefined,
): Promise<void> {
  const { endpoints, feeds, thresholds, now } = context;
  // An endpoint that was revoked and made anew begins anew.
  const before =
    remembered && isFeedOf(remembered, endpoint) ? remembered : newFeed(endpoint.endpoint, endpoint.primary);
  const since = Math.max(endpoint.createdAt, now() - LONGEST_LIFE_MS);
  const connections = await latelyOpened(endpoints.connections(endpoint.endpoint, NEWEST), endpoint.createdAt, since);
  const lostAfter = thresholds.feedLostMinutes * MINUTE_MS;
  const feed = await asked(context, before, connections, Math.min(ASK_AFTER_MS, lostAfter - COMES_BACK_MS));
  const judged = judgeFeed(feed, connections, now(), lostAfter);
  // First: what is remembered is the mark that this was told, and an intent that is written again changes nothing.
  if (judged.news) await tell(context, feed, judged.news);
  if (judged.feed !== before) await feeds.put(judged.feed);
}

/** The connections of an endpoint since it was created that can say when it was last heard: those that may be open, and the newest of all. */
async function latelyOpened(
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

/** The feed, alive now if it is old news that it was and the gateway says that a connection is there. */
async function asked(
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

async function tell(
  { feeds, records, thresholds, now }: FeedContext,
  feed: FeedState,
  news: NonNullable<FeedNews>,
): Promise<void> {
  const { endpoint, primary } = feed;
  if (news.kind === 'restored') {
    const { from, to } = news.gap;
    await feeds.addGap(feed, news.gap);
    log.info('A feed is restored', { endpoint, primary, from, to });
    if (!news.told) return;
    const intent = { kind: 'FeedRestored' as const, primary, endpoint, from, to, receivedAt: to };
    await records.writeOnce({ ...noticeItem<FeedRestoredIntent>(intent, [endpoint, from]), ...pendingSince(now()) });
    return;
  }
  const { lostFrom, reminder } = news;
  const afterMinutes = thresholds.feedLostMinutes;
  const receivedAt = lostFrom + afterMinutes * MINUTE_MS + reminder * DAY_MS;
  const intent = { kind: 'FeedLost' as const, primary, endpoint, lostFrom, reminder, afterMinutes, receivedAt };
  const id = [endpoint, lostFrom, reminder];
  await records.writeOnce({ ...noticeItem<FeedLostIntent>(intent, id), ...pendingSince(now()) });
  if (reminder === 0) log.warn('A feed is lost', { endpoint, primary, lostFrom });
}
