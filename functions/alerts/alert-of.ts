import type { Silence } from '../silences/silence.ts';
import type { AlertSettings } from './alert-settings.ts';
import { backupOverdue } from './backup-overdue.ts';
import { backupResumed } from './backup-resumed.ts';
import { dailySummary } from './daily-summary.ts';
import { failureDigest } from './failure-digest.ts';
import { feedLost } from './feed-lost.ts';
import { feedRestored } from './feed-restored.ts';
import { imagesDeleted } from './images-deleted.ts';
import type {
  BackupOverdueIntent,
  BackupResumedIntent,
  DailySummaryIntent,
  FeedLostIntent,
  FeedRestoredIntent,
  ImagesDeletedIntent,
  JobFailedIntent,
  JobIntents,
  JobRecoveredIntent,
  QuarantinedIntent,
  ReportIntent,
  TestIntent,
} from './intent.ts';
import { jobFailed } from './job-failed.ts';
import { jobRecovered } from './job-recovered.ts';
import type { Alert } from './message.ts';
import { quarantined } from './quarantined.ts';
import { reportWritten } from './report-written.ts';
import { silenceEnded } from './silence-ended.ts';
import { testAlert } from './test-alert.ts';

/** Failures and recoveries that are reported together; of several parts, those of one. */
export interface Digest extends JobIntents {
  /** Those of all parts together. */
  whole: JobIntents;
  part: number;
  parts: number;
}

/** What a message reports. */
export type MessageContent =
  /** A job, or a parent with its children; the parent comes first if it is among them. */
  | { kind: 'JobFailed'; failures: readonly [JobFailedIntent, ...JobFailedIntent[]] }
  | { kind: 'JobRecovered'; recovered: JobRecoveredIntent }
  | ({ kind: 'FailureDigest' } & Digest)
  | ({ kind: 'SilenceEnded'; silence: Silence } & Digest)
  | { kind: 'Quarantined'; intent: QuarantinedIntent }
  | { kind: 'DailySummary'; intent: DailySummaryIntent }
  | { kind: 'FeedLost'; feeds: readonly [FeedLostIntent, ...FeedLostIntent[]] }
  | { kind: 'FeedRestored'; feeds: readonly [FeedRestoredIntent, ...FeedRestoredIntent[]] }
  | { kind: 'BackupOverdue'; intent: BackupOverdueIntent }
  | { kind: 'BackupResumed'; intent: BackupResumedIntent }
  | { kind: 'ImagesDeleted'; intent: ImagesDeletedIntent }
  | { kind: 'Report'; intent: ReportIntent }
  | { kind: 'Test'; intent: TestIntent };

/** Every kind of message. */
export const KINDS = [
  'JobFailed',
  'JobRecovered',
  'FailureDigest',
  'SilenceEnded',
  'Quarantined',
  'DailySummary',
  'FeedLost',
  'FeedRestored',
  'BackupOverdue',
  'BackupResumed',
  'ImagesDeleted',
  'Report',
  'Test',
] as const satisfies readonly MessageContent['kind'][];

/** Puts what a message reports into words. */
export function alertOf(content: MessageContent, settings: AlertSettings): Alert {
  switch (content.kind) {
    case 'JobFailed':
      return jobFailed(content.failures, settings);
    case 'JobRecovered':
      return jobRecovered(content.recovered, settings);
    case 'FailureDigest':
      return failureDigest(content, settings);
    case 'SilenceEnded':
      return silenceEnded(content.silence, content, settings);
    case 'Quarantined':
      return quarantined(content.intent, settings);
    case 'DailySummary':
      return dailySummary(content.intent, settings);
    case 'FeedLost':
      return feedLost(content.feeds, settings);
    case 'FeedRestored':
      return feedRestored(content.feeds, settings);
    case 'BackupOverdue':
      return backupOverdue(content.intent, settings);
    case 'BackupResumed':
      return backupResumed(content.intent, settings);
    case 'ImagesDeleted':
      return imagesDeleted(content.intent, settings);
    case 'Report':
      return reportWritten(content.intent, settings);
    case 'Test':
      return testAlert(content.intent, settings);
  }
}
