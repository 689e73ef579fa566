import type { AlertSettings } from './alert-settings.ts';
import { dedupKeyOf } from './dedup-key.ts';
import type { QuarantinedIntent } from './intent.ts';
import type { Alert } from './message.ts';
import { subjectAround } from './subject.ts';
import { clip, timeOf } from './words.ts';

const REASON = 500;

/** The alert that something of a primary was put aside: a failed job may be in it. */
export function quarantined(intent: QuarantinedIntent, { zone }: AlertSettings): Alert {
  const { primary, endpoint, receivedAt, requestId } = intent;
  const reason = clip(intent.reason, REASON);
  return {
    kind: 'Quarantined',
    severity: 'error',
    subject: subjectAround('ERROR ', primary, ' sent something unusable: it was put aside'),
    headline: `${primary} sent something that nbwatch cannot use, and it was put aside whole. A failed job may be in it. If its id could be read, NetBackup got an acknowledgement and will not send it again. nbwatch reports only the first of each day (UTC) per primary server: npx nbwatch quarantine shows all.`,
    facts: {
      'Primary server': primary,
      Endpoint: endpoint,
      Reason: reason,
      Received: timeOf(receivedAt, zone),
      Request: requestId,
    },
    nextSteps: [
      'See what it is: npx nbwatch quarantine --since 24h --json',
      `Look at the Activity monitor of ${primary} for jobs that failed at that time.`,
      'If NetBackup was upgraded recently, look for a newer nbwatch.',
    ],
    dedupKey: dedupKeyOf(intent.pk, intent.sk),
    part: 1,
    parts: 1,
    attributes: { primary },
    data: { primary, endpoint, reason, receivedAt, requestId },
  };
}
