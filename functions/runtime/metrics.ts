import { EMBEDDED_METRICS, log } from './log.ts';

/** The namespace of every metric in CloudWatch. Their one dimension is `service`, the name of the stack. */
export const METRIC_NAMESPACE = 'nbwatch';
export const METRIC_DIMENSION = 'service';

/** Every metric and its unit. Functions count only these, for alarms to use. docs/operations.md explains each. */
export const METRICS = {
  Accepted: 'Count',
  Refused: 'Count',
  AcknowledgementTime: 'Milliseconds',
  Unacknowledged: 'Count',
  StoredInPart: 'Count',
  PutAside: 'Count',
  PutAsideUnanswered: 'Count',
  PutAsideNotKept: 'Count',
  Silent: 'Count',
  Facts: 'Count',
  Duplicates: 'Count',
  Variants: 'Count',
  ProjectionDelay: 'Milliseconds',
  Unprojected: 'Count',
  GivenUp: 'Count',
  PendingIntents: 'Count',
  OldestIntent: 'Seconds',
  JobFailedMessages: 'Count',
  JobRecoveredMessages: 'Count',
  FailureDigestMessages: 'Count',
  SilenceEndedMessages: 'Count',
  QuarantinedMessages: 'Count',
  DailySummaryMessages: 'Count',
  FeedLostMessages: 'Count',
  FeedRestoredMessages: 'Count',
  BackupOverdueMessages: 'Count',
  BackupResumedMessages: 'Count',
  ImagesDeletedMessages: 'Count',
  ReportMessages: 'Count',
  TestMessages: 'Count',
  PublishFailures: 'Count',
  SubscriptionsMissing: 'Count',
  Connections: 'Count',
  SeveralConnections: 'Count',
  ConnectionChurn: 'Count',
  CertificateDaysLeft: 'Count',
  CertificateChanged: 'Count',
  WatchFailed: 'Count',
  CanaryMissed: 'Count',
  LedgerChanged: 'Count',
} as const satisfies Record<string, 'Count' | 'Milliseconds' | 'Seconds'>;
export type MetricName = keyof typeof METRICS;

/** What a line counts: one value per metric, or up to `VALUES_AT_ONCE` values. */
export type Counts = Readonly<Partial<Record<MetricName, number | readonly number[]>>>;

/** The most values of one metric that CloudWatch accepts in one line. */
export const VALUES_AT_ONCE = 100;

/**
 * Logs one line that a person can read and CloudWatch counts (embedded metric format). A second line for the metrics
 * would cost as much again. Leaves out the units, which the format does not require: with them the line of a
 * notification would be a quarter longer.
 */
export function logCounted(level: 'info' | 'warn' | 'error', message: string, counts: Counts, fields: object): void {
  log[level](message, { ...embedded(counts), ...fields });
}

/** CloudWatch User Guide, "Specification: Embedded metric format". The logger writes the dimension of the same name. */
function embedded(counts: Counts): object {
  const names = Object.keys(counts);
  if (names.length === 0) return {};
  const Metrics = names.map((Name) => ({ Name }));
  const CloudWatchMetrics = [{ Namespace: METRIC_NAMESPACE, Dimensions: [[METRIC_DIMENSION]], Metrics }];
  return { [EMBEDDED_METRICS]: { Timestamp: Date.now(), CloudWatchMetrics }, ...counts };
}
