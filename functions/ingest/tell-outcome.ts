import { RESERVED_PRIMARY } from '../registry/endpoint.ts';
import { log } from '../runtime/log.ts';
import { type Counts, logCounted, type MetricName } from '../runtime/metrics.ts';
import type { Outcome } from './outcome.ts';

/**
 * The metric of each outcome: its name without spaces. What is stored has none of its own: how often an `AcknowledgementTime` was
 * measured says how many notifications were acknowledged, and one metric more would make each of their lines a tenth longer.
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

/** What a person should look into, sooner or later. A stranger's attempts are the internet's weather. */
const REMARKABLE: ReadonlySet<Outcome['kind']> = new Set([
  'stored in part',
  'put aside',
  'put aside, unanswered',
  'silent',
]);

/**
 * Counts the outcome of a message and says it in one line of the log, without anything that the message said. What comes from the
 * canary is not counted: it would look as if something came where nothing comes. `ms` since its arrival.
 */
export function tellOutcome(
  outcome: Outcome,
  arrival: { requestId: string; connectionId: string; ms: number; sourceIp?: string },
): void {
  const { kind, ...said } = outcome;
  const level = REMARKABLE.has(kind) ? 'warn' : 'info';
  const all = { ...said, ...arrival };
  if ('primary' in outcome && outcome.primary === RESERVED_PRIMARY) {
    log[level](kind, all);
    return;
  }
  const isOrdinary = kind === 'stored' && outcome.answered;
  // What is counted need not be said again, and the fact has the connection: these lines are all that most notifications cost.
  const { primary, requestId } = { primary: undefined, ...all };
  logCounted(level, kind, countsOf(outcome, arrival.ms), isOrdinary ? { primary, requestId } : all);
}

function countsOf(outcome: Outcome, ms: number): Counts {
  const counts: Partial<Record<MetricName, number>> = {};
  const counter = COUNTERS[outcome.kind];
  if (counter !== undefined) counts[counter] = 1;
  if ('answered' in outcome)
    counts[outcome.answered ? 'AcknowledgementTime' : 'Unacknowledged'] = outcome.answered ? ms : 1;
  if ('counts' in outcome) {
    const { new: facts, duplicate, variant } = outcome.counts;
    // Only what there is: a line that names every metric would be twice as long.
    if (facts > 0) counts.Facts = facts;
    if (duplicate > 0) counts.Duplicates = duplicate;
    if (variant > 0) counts.Variants = variant;
  }
  if ('aside' in outcome && outcome.aside.counted > 0) counts.PutAsideNotKept = outcome.aside.counted;
  return counts;
}
