import { type FeedLostIntent, type FeedRestoredIntent, noticeItem, pendingSince } from '../alerts/intent.ts';
import { type ConnectionState, type EndpointState, RESERVED_PRIMARY } from '../registry/endpoint.ts';
import { type FeedNews, type FeedState, judgeFeed, lastSignOf, newFeed } from '../registry/feed.ts';
import { log } from '../runtime/log.ts';
import type { WatchContext } from './context.ts';
import type { Counts } from './duties.ts';
import { LONGEST_LIFE_MS } from './live-connections.ts';

type FeedContext = Pick<WatchContext, 'endpoints' | 'feeds' | 'liveness' | 'records' | 'thresholds' | 'now'>;

const MINUTE_MS = 60_000;

/** From which age of the last sign of life on the gateway is asked: a primary server that is quiet costs a question each ten minutes. */
const ASK_AFTER_MS = 10 * MINUTE_MS;

const DAY_MS = 86_400_000;

/** Judges the feed of each endpoint; tells of those that are lost, once and then daily, and of those that are heard again. */
export async function watchFeeds(context: FeedContext): Promise<Counts> {
  const remembered = new Map<string, FeedState>();
  for await (const feed of context.feeds.list()) remembered.set(feed.endpoint, feed);
  for await (const endpoint of context.endpoints.list()) {
    if (endpoint.revokedAt !== undefined || endpoint.primary === RESERVED_PRIMARY) continue;
    await watchFeed(context, endpoint, remembered.get(endpoint.endpoint));
  }
  return {};
}

async function watchFeed(
  context: FeedContext,
  { endpoint, primary }: EndpointState,
  before: FeedState = newFeed(endpoint, primary),
): Promise<void> {
  const { endpoints, feeds, thresholds, now } = context;
  const connections = await latelyOpened(endpoints.connections(endpoint), now());
  const feed = await asked(context, before, connections);
  const judged = judgeFeed(feed, connections, now(), thresholds.feedLostMinutes * MINUTE_MS);
  // First: what is remembered is the mark that this was told, and an intent that is written again changes nothing.
  if (judged.news) await tell(context, feed, judged.news);
  if (judged.feed !== before) await feeds.put(judged.feed);
}

/** The connections of an endpoint that can say when it was last heard: those that may be open, and the newest of all. */
async function latelyOpened(connections: AsyncIterable<ConnectionState>, now: number): Promise<ConnectionState[]> {
  const found: ConnectionState[] = [];
  for await (const connection of connections) {
    found.push(connection);
    if (connection.openedAt < now - LONGEST_LIFE_MS) break;
  }
  return found;
}

/** The feed, alive now if it is old news that it was and the gateway says that a connection is there. */
async function asked(
  { liveness, now }: FeedContext,
  feed: FeedState,
  connections: readonly ConnectionState[],
): Promise<FeedState> {
  const at = now();
  if (lastSignOf(feed, connections) > at - ASK_AFTER_MS) return feed;
  for (const { connectionId, openedAt, closedAt } of connections) {
    if (closedAt !== undefined || openedAt < at - LONGEST_LIFE_MS) continue;
    if (await liveness(connectionId)) return { ...feed, aliveAt: at };
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
    const intent = { kind: 'FeedRestored' as const, primary, endpoint, from, to, receivedAt: to };
    await records.writeOnce({ ...noticeItem<FeedRestoredIntent>(intent, [endpoint, from]), ...pendingSince(now()) });
    log.info('A feed is restored', { endpoint, primary, from, to });
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
