import { Metrics } from '@aws-lambda-powertools/metrics';
import { EMBEDDED_METRICS, log } from './log.ts';

/** The namespace of every metric in CloudWatch. Their one dimension is `service`, the name of the stack. */
export const METRIC_NAMESPACE = 'nbwatch';
export const METRIC_DIMENSION = 'service';

/** Every metric and its unit: what functions count is what alarms may ask for. docs/operations.md says what each means. */
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

const store = new Metrics({ namespace: METRIC_NAMESPACE });

/** What a line counts: a value, or `VALUES_AT_ONCE` of them at most. */
export type Counts = Readonly<Partial<Record<MetricName, number | readonly number[]>>>;

/** The most values of one metric in one line. CloudWatch takes 100; Powertools writes out by itself, in a line of its own, what has so many. */
export const VALUES_AT_ONCE = 99;

/**
 * Logs one line that a person reads and CloudWatch counts (embedded metric format): a second line for the metrics would cost as much again.
 * Without units, which that format does not ask for: with them the line of a notification would be a quarter longer.
 */
export function logCounted(level: 'info' | 'warn' | 'error', message: string, counts: Counts, fields: object): void {
  log[level](message, { ...embedded(counts), ...fields });
}

/** The counts as Powertools embeds them, without the unit of each. The logger writes the dimension itself, under the same name. */
function embedded(counts: Counts): object {
  for (const [name, values] of Object.entries(counts))
    for (const value of [values].flat()) store.addMetric(name, METRICS[name as MetricName], value);
  if (!store.hasStoredMetrics()) return {};
  const { [METRIC_DIMENSION]: _, [EMBEDDED_METRICS]: directive, ...values } = store.serializeMetrics();
  store.clearMetrics();
  const CloudWatchMetrics = directive.CloudWatchMetrics.map(({ Metrics, ...where }) => ({
    ...where,
    Metrics: Metrics.map(({ Name }) => ({ Name })),
  }));
  return { [EMBEDDED_METRICS]: { ...directive, CloudWatchMetrics }, ...values };
}
