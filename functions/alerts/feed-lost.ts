import type { AlertSettings } from './alert-settings.ts';
import { feedDedupKey } from './dedup-key.ts';
import type { FeedLostIntent } from './intent.ts';
import type { Alert } from './message.ts';
import { ofPrimary, subjectAround } from './subject.ts';
import { duration, timeOf } from './words.ts';

/** What people are told when nothing is heard of a primary server: neither a message nor a live connection. */
export function feedLost(intent: FeedLostIntent, { zone }: AlertSettings): Alert {
  const { primary, endpoint, lostFrom, afterMinutes, reminder, receivedAt } = intent;
  const silent = duration(receivedAt - lostFrom);
  const still = reminder === 0 ? '' : 'still ';
  return {
    kind: 'FeedLost',
    severity: 'error',
    subject: subjectAround(`ERROR ${still}nothing heard through `, endpoint, ` for ${silent}${ofPrimary(primary)}`),
    headline: `For ${silent} ${primary} has ${still}sent nothing through its endpoint ${endpoint}, and it has no connection there. Jobs that fail meanwhile raise no alert. This is told again each day until it is heard, and when it is.`,
    facts: {
      'Primary server': primary,
      Endpoint: endpoint,
      'Last sign of life': timeOf(lostFrom, zone),
      Rule: `no message and no live connection for more than ${duration(afterMinutes * 60_000)} (nbwatch:feedLostMinutes)`,
    },
    nextSteps: [
      `See its connections and where they came from: npx nbwatch endpoint show ${endpoint}`,
      `Look whether NetBackup runs on ${primary}, and whether it reaches the host of its endpoint file on port 443.`,
      `Watch the Activity monitor of ${primary} until then: what fails is not told.`,
      `If ${primary} is out of service for good: npx nbwatch endpoint revoke ${endpoint}`,
    ],
    dedupKey: feedDedupKey(endpoint, lostFrom),
    part: 1,
    parts: 1,
    attributes: { primary },
    data: { primary, endpoint, lostFrom, afterMinutes, reminder, receivedAt },
  };
}
