import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { log } from './log.ts';

/** The namespace of every metric in CloudWatch. Their one dimension is `service`, the name of the stack. */
export const METRIC_NAMESPACE = 'nbwatch';
export const METRIC_DIMENSION = 'service';

/** Every metric and its unit: what functions count is what alarms may ask for. docs/operations.md says what each means. */
export const METRICS = {
  Accepted: MetricUnit.Count,
  Refused: MetricUnit.Count,
  Stored: MetricUnit.Count,
  StoredInPart: MetricUnit.Count,
  PutAside: MetricUnit.Count,
  PutAsideUnanswered: MetricUnit.Count,
  PutAsideNotKept: MetricUnit.Count,
  Silent: MetricUnit.Count,
  AcknowledgementTime: MetricUnit.Milliseconds,
  Facts: MetricUnit.Count,
  Duplicates: MetricUnit.Count,
  Variants: MetricUnit.Count,
  Unprojected: MetricUnit.Count,
  SeveralConnections: MetricUnit.Count,
  PublishFailures: MetricUnit.Count,
  SubscriptionsMissing: MetricUnit.Count,
  CertificateDaysLeft: MetricUnit.Count,
  CertificateChanged: MetricUnit.Count,
  WatchFailed: MetricUnit.Count,
  CanaryMissed: MetricUnit.Count,
  CanaryTime: MetricUnit.Milliseconds,
} as const;
export type MetricName = keyof typeof METRICS;

const store = new Metrics({ namespace: METRIC_NAMESPACE });

/** Logs one line that a person reads and CloudWatch counts (embedded metric format): a second line for the metrics would cost as much again. */
export function logCounted(
  level: 'info' | 'warn' | 'error',
  message: string,
  counts: Readonly<Partial<Record<MetricName, number>>>,
  fields: object,
): void {
  for (const [name, value] of Object.entries(counts)) store.addMetric(name, METRICS[name as MetricName], value);
  // The logger writes the dimension itself, under the same name.
  const { [METRIC_DIMENSION]: _, ...embedded } = store.serializeMetrics();
  store.clearMetrics();
  log[level](message, { ...embedded, ...fields });
}
