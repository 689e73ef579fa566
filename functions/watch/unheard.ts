import type { EndpointState } from '../registry/endpoint.ts';
import { type FeedGap, type FeedState, isFeedOf } from '../registry/feed.ts';
import { gapsBetween, type Span } from '../registry/gaps.ts';

/*
 * Times in which nothing was heard do not make a backup overdue: it may have run unheard. Times are epoch ms, durations
 * ms.
 */

/** An endpoint, and the stored state of its feed. */
export interface KnownFeed {
  endpoint: EndpointState;
  feed: FeedState | undefined;
}

/** The endpoints that a primary server uses, or all if it never used any. `endpoints`: those that are not revoked. */
export function feedsInUse(endpoints: readonly EndpointState[], feeds: readonly FeedState[]): KnownFeed[] {
  const known = endpoints.map((endpoint) => ({ endpoint, feed: feeds.find((feed) => isFeedOf(feed, endpoint)) }));
  const used = known.filter(({ endpoint, feed }) => feed || endpoint.tokenUsedAt || endpoint.previousTokenHash);
  return used.length > 0 ? used : known;
}

/** Whether a primary server is heard now. One endpoint is enough. */
export const isHeard = (inUse: readonly KnownFeed[]): boolean => inUse.some(({ feed }) => feed?.lostFrom === undefined);

/**
 * The times in which nothing was heard of a primary server through any endpoint, oldest first. The time before the
 * first endpoint was created is one of them. `gaps`: those of the endpoint's feed, oldest first.
 */
export function unheardTimes(inUse: readonly (KnownFeed & { gaps: readonly FeedGap[] })[]): FeedGap[] {
  const spans = inUse.flatMap(heardSpans);
  const unheard = gapsBetween(spans).map(({ from, to = Number.POSITIVE_INFINITY }) => ({ from, to }));
  return [{ from: 0, to: Math.min(...spans.map(({ openedAt }) => openedAt)) }, ...unheard];
}

/** The times in which an endpoint was heard, in the form of connections. */
function heardSpans({ endpoint, feed, gaps }: KnownFeed & { gaps: readonly FeedGap[] }): Span[] {
  const spans: Span[] = [];
  let openedAt = endpoint.createdAt;
  for (const { from, to } of gaps) {
    // A gap of an earlier endpoint of the same name, which was revoked.
    if (to <= openedAt) continue;
    spans.push({ openedAt, closedAt: Math.max(from, openedAt), state: 'closed' });
    openedAt = to;
  }
  const { lostFrom } = feed ?? {};
  spans.push(
    lostFrom === undefined
      ? { openedAt, state: 'alive' }
      : { openedAt, closedAt: Math.max(lostFrom, openedAt), state: 'closed' },
  );
  return spans;
}

/** How much of the time since `since` was heard, and the longest part of it without a break, ms. */
export function heardIn(unheard: readonly FeedGap[], since: number, now: number): { total: number; longest: number } {
  const parts: number[] = [];
  let from = since;
  for (const gap of unheard) {
    if (gap.to <= from || gap.from >= now) continue;
    parts.push(Math.max(0, gap.from - from));
    from = Math.min(gap.to, now);
  }
  parts.push(now - from);
  return { total: parts.reduce((sum, part) => sum + part, 0), longest: Math.max(...parts) };
}
