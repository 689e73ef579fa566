import type { AlertSettings } from './alert-settings.ts';
import { dedupKeyOf, feedDedupKey } from './dedup-key.ts';
import { FEEDS_SHOWN } from './feed-lost.ts';
import type { FeedRestoredIntent } from './intent.ts';
import type { Alert } from './message.ts';
import { OK_AGAIN, ofPrimary, subjectAround } from './subject.ts';
import { counted, duration, timeOf } from './words.ts';

type Feeds = readonly [FeedRestoredIntent, ...FeedRestoredIntent[]];

/**
 * The alert that primary servers that were lost are heard again. As severe as the loss, so that it reaches whoever was
 * alerted to that.
 */
export function feedRestored(feeds: Feeds, { zone }: AlertSettings): Alert {
  const [first, ...others] = feeds;
  const common = {
    kind: 'FeedRestored',
    severity: 'error' as const,
    part: 1,
    parts: 1,
    attributes: { primary: feeds.map(({ primary }) => primary) },
    data: { counts: { feeds: feeds.length }, feeds: feeds.slice(0, FEEDS_SHOWN).map(formOf) },
  };
  const { primary, endpoint, from, to } = first;
  if (others.length === 0) {
    const gap = duration(to - from);
    return {
      ...common,
      subject: subjectAround(`${OK_AGAIN}: heard again through `, endpoint, ` after ${gap}${ofPrimary(primary)}`),
      headline: `${primary} is heard again through its endpoint ${endpoint}, after ${gap}. ${MEANWHILE}`,
      facts: {
        'Primary server': primary,
        Endpoint: endpoint,
        'Last sign of life before': timeOf(from, zone),
        'Heard again': timeOf(to, zone),
      },
      nextSteps: [`Look at the Activity monitor of ${primary} for jobs that failed in that time.`],
      dedupKey: feedDedupKey(endpoint, from),
    };
  }
  const lines = feeds
    .slice(0, FEEDS_SHOWN)
    .map((feed) => `${feed.primary} through ${feed.endpoint}, after ${duration(feed.to - feed.from)}`);
  const rest = feeds.length - lines.length;
  return {
    ...common,
    subject: `${OK_AGAIN}: heard again through ${counted(feeds.length, 'endpoint')}`,
    headline: `${counted(feeds.length, 'lost endpoint')} are heard again. ${MEANWHILE}`,
    facts: { Endpoints: String(feeds.length), 'First lost': timeOf(earliest(feeds), zone) },
    sections: [{ title: 'Heard again', lines: rest > 0 ? [...lines, `and ${rest} more`] : lines }],
    nextSteps: ['Look at the Activity monitor of these primary servers for jobs that failed in that time.'],
    dedupKey: dedupKeyOf('Feeds', ...feeds.flatMap((feed) => [feed.endpoint, feed.from])),
  };
}

const MEANWHILE = 'nbwatch learns only what NetBackup still sends about that time.';

const earliest = (feeds: Feeds) => Math.min(...feeds.map(({ from }) => from));

function formOf({ primary, endpoint, from, to }: FeedRestoredIntent) {
  return { primary, endpoint, from, to, dedupKey: feedDedupKey(endpoint, from) };
}
