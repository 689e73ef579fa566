import type { AlertSettings } from './alert-settings.ts';
import { feedDedupKey } from './dedup-key.ts';
import type { FeedRestoredIntent } from './intent.ts';
import type { Alert } from './message.ts';
import { OK_AGAIN, ofPrimary, subjectAround } from './subject.ts';
import { duration, timeOf } from './words.ts';

/** What people are told when a primary server that was lost is heard again. */
export function feedRestored(intent: FeedRestoredIntent, { zone }: AlertSettings): Alert {
  const { primary, endpoint, from, to } = intent;
  const gap = duration(to - from);
  return {
    kind: 'FeedRestored',
    severity: 'error',
    subject: subjectAround(`${OK_AGAIN}: heard again through `, endpoint, ` after ${gap}${ofPrimary(primary)}`),
    headline: `${primary} is heard again through its endpoint ${endpoint}, after ${gap}. What happened meanwhile is known only as far as NetBackup sends it now.`,
    facts: {
      'Primary server': primary,
      Endpoint: endpoint,
      'Last sign of life before': timeOf(from, zone),
      'Heard again': timeOf(to, zone),
    },
    nextSteps: [`Look at the Activity monitor of ${primary} for jobs that failed in that time.`],
    dedupKey: feedDedupKey(endpoint, from),
    part: 1,
    parts: 1,
    attributes: { primary },
    data: { primary, endpoint, from, to, receivedAt: to },
  };
}
