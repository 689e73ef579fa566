import { RESERVED_PRIMARY } from '../registry/endpoint.ts';
import { log } from '../runtime/log.ts';
import { type Counts, logCounted, type MetricName } from '../runtime/metrics.ts';
import type { Outcome } from './outcome.ts';

/**
 * The metric of each outcome is its name without spaces. `stored` has none of its own: the number of
 * `AcknowledgementTime` values is the number of acknowledged notifications, and one more metric would make each of
 * their lines a tenth longer.
 */
export const COUNTERS: Readonly<Record<Outcome['kind'], MetricName | undefined>> = {
  accepted: 'Accepted',
  refused: 'Refused',
  stored: undefined,
  'stored in part': 'StoredInPart',
  'put aside': 'PutAside',
  'put aside, unanswered': 'PutAsideUnanswered',
  silent: 'Silent',
};

/** Outcomes that a person should look into at some point. Attempts by strangers are normal on the internet. */
const REMARKABLE: ReadonlySet<Outcome['kind']> = new Set([
  'stored in part',
  'put aside',
  'put aside, unanswered',
  'silent',
]);

/**
 * Counts the outcome of a message and logs it in one line, without any content of the message. Messages of the canary
 * are not counted: a stack that receives nothing else would look as if it received something. `ms`: since the message
 * arrived.
 */
export function logOutcome(
  outcome: Outcome,
  arrival: { requestId: string; connectionId: string; ms: number; sourceIp?: string },
): void {
  const { kind, ...details } = outcome;
  const level = REMARKABLE.has(kind) ? 'warn' : 'info';
  const fields = { ...details, ...arrival };
  if ('primary' in outcome && outcome.primary === RESERVED_PRIMARY) {
    log[level](kind, fields);
    return;
  }
  const isOrdinary = kind === 'stored' && outcome.answered;
  // The counts are in the line already, and the fact has the connection. Most notifications log only this line: it
  // stays short.
  const { primary, requestId } = { primary: undefined, ...fields };
  logCounted(level, kind, countsOf(outcome, arrival.ms), isOrdinary ? { primary, requestId } : fields);
}

function countsOf(outcome: Outcome, ms: number): Counts {
  const counts: Partial<Record<MetricName, number>> = {};
  const counter = COUNTERS[outcome.kind];
  if (counter !== undefined) counts[counter] = 1;
  if ('answered' in outcome)
    counts[outcome.answered ? 'AcknowledgementTime' : 'Unacknowledged'] = outcome.answered ? ms : 1;
  if ('counts' in outcome) {
    const { new: facts, duplicate, variant } = outcome.counts;
    // Only counts above 0: a line that names every metric would be twice as long.
    if (facts > 0) counts.Facts = facts;
    if (duplicate > 0) counts.Duplicates = duplicate;
    if (variant > 0) counts.Variants = variant;
  }
  if ('aside' in outcome && outcome.aside.counted > 0) counts.PutAsideNotKept = outcome.aside.counted;
  return counts;
}
