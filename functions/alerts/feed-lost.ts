import type { AlertSettings } from './alert-settings.ts';
import { dedupKeyOf, feedDedupKey } from './dedup-key.ts';
import type { FeedLostIntent } from './intent.ts';
import type { Alert } from './message.ts';
import { ofPrimary, subjectAround } from './subject.ts';
import { counted, duration, timeOf } from './words.ts';

/** How many feeds a message lists; it counts the rest. Reading on does not fix what takes so many away at once. */
export const FEEDS_SHOWN = 100;

type Feeds = readonly [FeedLostIntent, ...FeedLostIntent[]];

/** The alert that nothing is heard of primary servers: neither a message nor a live connection. */
export function feedLost(feeds: Feeds, { zone }: AlertSettings): Alert {
  const [first, ...others] = feeds;
  const still = feeds.every(({ reminder }) => reminder > 0) ? 'still ' : '';
  const common = {
    kind: 'FeedLost',
    severity: 'error' as const,
    part: 1,
    parts: 1,
    attributes: { primary: feeds.map(({ primary }) => primary) },
    data: { counts: { feeds: feeds.length }, feeds: feeds.slice(0, FEEDS_SHOWN).map(formOf) },
  };
  const { primary, endpoint, lostFrom, afterMinutes } = first;
  const rule = `no message and no live connection for more than ${duration(afterMinutes * 60_000)} (nbwatch:feedLostMinutes)`;
  if (others.length === 0) {
    const silent = duration(first.receivedAt - lostFrom);
    return {
      ...common,
      subject: subjectAround(`ERROR ${still}nothing heard through `, endpoint, ` for ${silent}${ofPrimary(primary)}`),
      headline: `${primary} has sent nothing through its endpoint ${endpoint} for ${silent}, and ${still}has no connection there. Jobs that fail meanwhile raise no alert. nbwatch repeats this daily until the feed returns, then says so.`,
      facts: {
        'Primary server': primary,
        Endpoint: endpoint,
        'Last sign of life': timeOf(lostFrom, zone),
        Rule: rule,
      },
      nextSteps: [
        `See its connections and where they came from: npx nbwatch endpoint show ${endpoint}`,
        `Check that NetBackup runs on ${primary} and reaches the host named in its endpoint file on port 443.`,
        `Meanwhile watch the Activity monitor of ${primary}: nbwatch does not report its failures.`,
        `If ${primary} is out of service for good: npx nbwatch endpoint revoke ${endpoint}`,
      ],
      dedupKey: feedDedupKey(endpoint, lostFrom),
    };
  }
  const oldest = Math.min(...feeds.map((feed) => feed.lostFrom));
  return {
    ...common,
    subject: `ERROR ${still}nothing heard through ${counted(feeds.length, 'endpoint')}`,
    headline: `${still === '' ? 'Nothing' : 'Still nothing'} comes through ${counted(feeds.length, 'endpoint')}: no message and no connection. Jobs that fail meanwhile raise no alert. nbwatch repeats this daily until the feeds return, then says so.`,
    facts: { Endpoints: String(feeds.length), 'First lost': timeOf(oldest, zone), Rule: rule },
    sections: [{ title: 'Nothing heard from', lines: linesOf(feeds, zone) }],
    nextSteps: [
      'If all were lost at once, look first at what they share: the network out of their site, its proxy or firewall, and the AWS Health Dashboard.',
      'See who is connected: npx nbwatch endpoint list',
      'Meanwhile watch the Activity monitor of these primary servers: nbwatch does not report their failures.',
    ],
    dedupKey: dedupKeyOf('Feeds', ...feeds.flatMap((feed) => [feed.endpoint, feed.lostFrom])),
  };
}

function linesOf(feeds: Feeds, zone: string): string[] {
  const lines = feeds
    .slice(0, FEEDS_SHOWN)
    .map(({ primary, endpoint, lostFrom }) => `${primary} through ${endpoint}, since ${timeOf(lostFrom, zone)}`);
  const rest = feeds.length - lines.length;
  return rest > 0 ? [...lines, `and ${rest} more`] : lines;
}

function formOf({ primary, endpoint, lostFrom, afterMinutes, reminder }: FeedLostIntent) {
  return { primary, endpoint, lostFrom, afterMinutes, reminder, dedupKey: feedDedupKey(endpoint, lostFrom) };
}
