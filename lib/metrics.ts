import { Stack } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { METRIC_DIMENSION, METRIC_NAMESPACE, type MetricName } from '../functions/runtime/metrics.ts';
import type { NbwatchFunction } from './nbwatch-function.ts';

/** A metric that the functions of this stack count. */
export function ownMetric(scope: Construct, metricName: MetricName, options: MetricOptions = {}): Metric {
  const dimensionsMap = { [METRIC_DIMENSION]: Stack.of(scope).stackName };
  return new Metric({ namespace: METRIC_NAMESPACE, metricName, dimensionsMap, ...options });
}

/** A metric that Lambda counts for a function. */
export function lambdaMetric(lambda: NbwatchFunction, metricName: string, options: MetricOptions): Metric {
  const dimensionsMap = { FunctionName: lambda.functionName };
  return new Metric({ namespace: 'AWS/Lambda', metricName, dimensionsMap, ...options });
}

/** The sum of metrics in a period, or the greatest of them. A metric without a value counts as 0. */
export function together(how: 'SUM' | 'MAX', metrics: readonly Metric[], options: MetricOptions): IMetric {
  const usingMetrics = Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric]));
  const filled = Object.keys(usingMetrics).map((id) => `FILL(${id}, 0)`);
  return new MathExpression({ expression: `${how}([${filled.join(', ')}])`, usingMetrics, ...options });
}
