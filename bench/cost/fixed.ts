import type { Assembly } from '../../local/stack/synthesize.ts';
import { isObject } from '../../local/template/template.ts';
import type { Line } from './book.ts';

/** Metrics of the endpoint's certificate, which `watch` checks where there is TLS; on one machine there is none. */
const OF_TLS = ['CertificateDaysLeft'];

/**
 * What a stack costs a month just by existing: what the template says, and the metrics that are written even when
 * nothing happens.
 */
export function standing({ template }: Assembly, written: readonly string[]): Line[] {
  const resources = Object.values(template.Resources);
  const ofType = (type: string) => resources.filter(({ Type }) => Type === type);
  const alarmMetrics = ofType('AWS::CloudWatch::Alarm').reduce((sum, { Properties }) => sum + metricsOf(Properties), 0);
  return [
    { part: 'alarms', unit: 'alarmMetric', amount: alarmMetrics },
    { part: 'metrics', unit: 'metric', amount: new Set([...written, ...OF_TLS]).size },
    { part: 'dashboard', unit: 'dashboard', amount: ofType('AWS::CloudWatch::Dashboard').length },
    { part: 'operations topic', unit: 'key', amount: ofType('AWS::KMS::Key').length },
  ];
}

/** An alarm on an expression is billed for each metric in the expression. */
function metricsOf(alarm: unknown): number {
  const { Metrics } = isObject(alarm) ? alarm : {};
  return Array.isArray(Metrics) ? Metrics.filter((each) => isObject(each) && isObject(each.MetricStat)).length : 1;
}
