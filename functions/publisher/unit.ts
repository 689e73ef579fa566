import type { Telling } from '../alerts/alert-of.ts';
import type { AlertSettings } from '../alerts/alert-settings.ts';
import type { Intent, JobFailedIntent, JobRecoveredIntent } from '../alerts/intent.ts';
import { recoveredSeverity } from '../alerts/job-severity.ts';
import { isAtLeast, type Severity } from '../alerts/severity.ts';
import { orderBy } from '../records/order.ts';
import { RESERVED_PRIMARY } from '../registry/endpoint.ts';
import { familiesOf } from './family.ts';
import type { PublisherState } from './state.ts';

/** One thing to tell, if it is told by itself. */
export interface Unit {
  telling: Telling;
  members: readonly [Intent, ...Intent[]];
  severity: Severity | 'summary';
  /** Nothing is gained by waiting longer. */
  ready: boolean;
  /**
   * Whom it is for: `direct` is what a person asked for, told whatever else there is. What is of the canary shares no message with
   * anything else, or filters could not tell them apart.
   */
  audience: 'direct' | 'people' | 'machines' | 'canary';
  /** A family's name. */
  family?: string;
}

/** How long the children of a job wait for it to end, so that all are told together; and once people were told of some of them. */
const CHILDREN_WAIT_MS = 60_000;
const MORE_CHILDREN_WAIT_MS = 15 * 60_000;

/** Groups what is pending into what would be one message each. */
export function unitsOf(
  waiting: readonly Intent[],
  { families: told }: PublisherState,
  now: number,
  settings: AlertSettings,
): Unit[] {
  const audience = (severity: Severity, primary: string): Unit['audience'] => {
    const { peopleFrom } = settings;
    if (primary === RESERVED_PRIMARY) return 'canary';
    return isAtLeast(severity, peopleFrom) ? 'people' : 'machines';
  };
  const failures = waiting.filter((intent): intent is JobFailedIntent => intent.kind === 'JobFailed');
  const families = familiesOf(failures, settings).map(({ name, failures, severity, whole, since }): Unit => {
    const wait = told[name] === undefined ? CHILDREN_WAIT_MS : MORE_CHILDREN_WAIT_MS;
    return {
      telling: { kind: 'JobFailed', failures },
      members: failures,
      severity,
      ready: whole || now >= since + wait,
      audience: audience(severity, failures[0].primary),
      family: name,
    };
  });
  const others = waiting.flatMap((intent) => (intent.kind === 'JobFailed' ? [] : [unitOf(intent, audience, settings)]));
  return [...families, ...others].sort(urgentFirst);
}

function unitOf(
  intent: Exclude<Intent, JobFailedIntent>,
  audience: (severity: Severity, primary: string) => Unit['audience'],
  settings: AlertSettings,
): Unit {
  const alone = { members: [intent] as const, ready: true };
  switch (intent.kind) {
    case 'JobRecovered': {
      const severity = recoveredSeverity(intent, settings);
      const telling = { kind: intent.kind, recovered: intent };
      return { ...alone, telling, severity, audience: audience(severity, intent.primary) };
    }
    case 'Quarantined': {
      const telling = { kind: intent.kind, intent };
      return { ...alone, telling, severity: 'error', audience: audience('error', intent.primary) };
    }
    case 'DailySummary':
      return { ...alone, telling: { kind: intent.kind, intent }, severity: 'summary', audience: 'direct' };
    case 'Test':
      return { ...alone, telling: { kind: intent.kind, intent }, severity: 'critical', audience: 'direct' };
  }
}

const WORST_FIRST: readonly Unit['severity'][] = ['critical', 'error', 'warning', 'information', 'summary'];

/** The worst first; recoveries after failures as bad; then by receipt. */
const urgentFirst = orderBy<Unit>(
  ({ severity }) => WORST_FIRST.indexOf(severity),
  ({ telling }) => (telling.kind === 'JobRecovered' ? 1 : 0),
  ({ members }) => members[0].receivedAt,
  ({ members }) => members[0].pk,
  ({ members }) => members[0].sk,
);

/** The failures and recoveries of units, for a digest. */
export function toldBy(units: readonly Unit[]): { failures: JobFailedIntent[]; recovered: JobRecoveredIntent[] } {
  const intents = units.flatMap(({ members }): readonly Intent[] => members);
  return {
    failures: intents.filter((intent) => intent.kind === 'JobFailed'),
    recovered: intents.filter((intent) => intent.kind === 'JobRecovered'),
  };
}

/** Whether a unit can be told in a digest with others. */
export function isDigestible({ telling: { kind } }: Unit): boolean {
  return kind === 'JobFailed' || kind === 'JobRecovered';
}
