import { type Counts, METRICS, type MetricName } from '../runtime/metrics.ts';

/**
 * What is counted when a message of a kind was published. Nothing for a kind of a later version, which no alarm and no
 * dashboard knows.
 */
export function messageMetric(kind: string): Counts {
  const name = `${kind}Messages`;
  return Object.hasOwn(METRICS, name) ? { [name as MetricName]: 1 } : {};
}
