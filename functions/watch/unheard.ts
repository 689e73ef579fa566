import type { EndpointState } from '../registry/endpoint.ts';
import { type FeedGap, type FeedState, isFeedOf } from '../registry/feed.ts';
import { gapsBetween, type Span } from '../registry/gaps.ts';

/*
 * What is not heard is not missed: a backup may run without our hearing of it. Times are epoch ms, durations ms.
 */

/** An endpoint, and what is remembered of its feed. */
export interface KnownFeed {
  endpoint: EndpointState;
  feed: FeedState | undefined;
}

/** The endpoints through which a primary server is heard; where none was ever used, all. `endpoints`: those that are not revoked. */
export function feedsInUse(endpoints: readonly EndpointState[], feeds: readonly FeedState[]): KnownFeed[] {
  const known = endpoints.map((endpoint) => ({ endpoint, feed: feeds.find((feed) => isFeedOf(feed, endpoint)) }));
  const used = known.filter(({ endpoint, feed }) => feed || endpoint.tokenUsedAt || endpoint.previousTokenHash);
  return used.length > 0 ? used : known;
}

/** Whether a primary server is heard now: one endpoint is enough. */
export const isHeard = (inUse: readonly KnownFeed[]): boolean => inUse.some(({ feed }) => feed?.lostFrom === undefined);

/**
 * The times in which nothing was heard of a primary server, through any endpoint, oldest first. Of the time before an endpoint was
 * made nothing is known. `gaps`: those of its feed, oldest first.
 */
export function unheardTimes(inUse: readonly (KnownFeed & { gaps: readonly FeedGap[] })[]): FeedGap[] {
  const spans = inUse.flatMap(heardSpans);
  const unheard = gapsBetween(spans).map(({ from, to = Number.POSITIVE_INFINITY }) => ({ from, to }));
  return [{ from: 0, to: Math.min(...spans.map(({ openedAt }) => openedAt)) }, ...unheard];
}

/** The times in which an endpoint was heard, as if its feed were connections. */
function heardSpans({ endpoint, feed, gaps }: KnownFeed & { gaps: readonly FeedGap[] }): Span[] {
  const spans: Span[] = [];
  let openedAt = endpoint.createdAt;
  for (const { from, to } of gaps) {
    // That of an endpoint of the same name, which was revoked before.
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

/** How much of a time was heard, and the longest part of it without a break. */
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
