import type { Telling } from '../alerts/alert-of.ts';
import type { AlertSettings } from '../alerts/alert-settings.ts';
import type { Intent, JobFailedIntent, JobRecoveredIntent } from '../alerts/intent.ts';
import { recoveredSeverity, severityOf } from '../alerts/job-severity.ts';
import { isAtLeast, type Severity, worst } from '../alerts/severity.ts';
import { partsOf } from '../alerts/told-parts.ts';
import type { Silence } from '../silences/silence.ts';
import {
  afterDigest,
  afterMessage,
  afterSingle,
  digestDue,
  maySend,
  maySendOther,
  maySendSingle,
  pruned,
} from './budget.ts';
import type { PublisherState } from './state.ts';
import { isDigestible, toldBy, type Unit, unitsOf } from './unit.ts';

/** A message to publish: what it tells, and of which intents. */
export interface Planned {
  telling: Telling;
  members: readonly Intent[];
  severity: Severity | 'summary';
  /** Machines get what no person's subscription would take, and the parts of a digest after the first. */
  audience: 'people' | 'machines';
  /** What the publisher remembers once this message is written down. */
  after: PublisherState;
}

/** A silence that is over, and what it held back. */
export interface EndedSilence {
  silence: Silence;
  held: readonly (JobFailedIntent | JobRecoveredIntent)[];
  /** When it took the last one, epoch ms. */
  lastHeldAt: number;
}

export interface Plan {
  messages: readonly Planned[];
  /** What the publisher remembers when all messages are written down. */
  state: PublisherState;
}

/** How long an index may lag behind what a silence holds, ms: seconds as a rule, minutes in trouble. */
const HELD_SETTLES_MS = 5 * 60_000;

/** How long is collected what only machines get, ms. */
const MACHINES_WAIT_MS = 60_000;

/**
 * Decides what is published now, of all that is pending. Pure: the same intents, state and time (epoch ms) give the same plan. What is
 * not in it waits for a later one. Nothing is told twice, nothing is left out for good, and people never get more messages in an
 * hour than the budget has.
 */
export function plan(
  waiting: readonly Intent[],
  ended: readonly EndedSilence[],
  before: PublisherState,
  now: number,
  settings: AlertSettings,
): Plan {
  const { budget } = settings;
  const messages: Planned[] = [];
  let state = pruned(before, now);

  function tell(unit: Unit, audience: Planned['audience'], after: PublisherState): void {
    const { telling, members, severity } = unit;
    const whole = toldBy([unit]);
    // A family too large for one message is told as a digest, which names all of it in several.
    if (whole.failures.length > 1 && partsOf(whole.failures, []).length > 1) {
      tellParts(whole, { kind: 'FailureDigest' }, audience, after);
      return;
    }
    state = after;
    messages.push({ telling, members, severity, audience, after });
  }

  /** People get the first part; it names what is in the others. */
  function tellParts(
    { failures, recovered }: ReturnType<typeof toldBy>,
    how: { kind: 'FailureDigest' } | { kind: 'SilenceEnded'; silence: Silence },
    audience: Planned['audience'],
    after: PublisherState,
  ): void {
    const parts = partsOf(failures, recovered);
    const severity = severityOfAll(failures, recovered, settings);
    for (const [index, part] of parts.entries()) {
      state = after;
      messages.push({
        telling: { ...how, ...part, whole: { failures, recovered }, part: index + 1, parts: parts.length },
        members: [...part.failures, ...part.recovered],
        severity,
        audience: index === 0 ? audience : 'machines',
        after,
      });
    }
  }

  for (const { silence, held, lastHeldAt } of ended) {
    if (held.length === 0) {
      const { [silence.id]: _, ...others } = state.silencing;
      // What it took a moment ago, the index may not show yet: it is forgotten only when that cannot be any more.
      if (now >= lastHeldAt + HELD_SETTLES_MS) state = { ...state, silencing: others };
      continue;
    }
    const told = {
      failures: held.filter((intent) => intent.kind === 'JobFailed'),
      recovered: held.filter((intent) => intent.kind === 'JobRecovered'),
    };
    const severity = severityOfAll(told.failures, told.recovered, settings);
    const audience = isAtLeast(severity, settings.peopleFrom) ? 'people' : 'machines';
    if (audience === 'people' && !maySend(state, budget)) continue;
    const after = audience === 'people' ? afterMessage(state, now) : state;
    tellParts(told, { kind: 'SilenceEnded', silence }, audience, after);
  }

  const units = unitsOf(waiting, state, now, settings);
  const of = (audience: Unit['audience']) => units.filter((unit) => unit.audience === audience);

  for (const unit of of('direct')) if (maySend(state, budget)) tell(unit, 'people', afterMessage(state, now));

  const left: Unit[] = [];
  for (const unit of of('people').filter(isDigestible)) {
    const single = unit.ready && (!state.storm || unit.severity === 'critical');
    if (single && maySendSingle(state, budget)) {
      tell(unit, 'people', afterSingle(state, now, unit.family));
      continue;
    }
    left.push(unit);
    if (unit.ready) state = { ...state, storm: state.storm ?? { since: now, digests: 0 } };
  }
  if (state.storm && now >= digestDue(state.storm)) {
    const [only, ...more] = left;
    if (!only) {
      state = { ...state, storm: undefined };
    } else if (maySend(state, budget)) {
      // One alone is no storm any more, and says more by itself.
      if (more.length === 0) tell(only, 'people', { ...afterSingle(state, now, only.family), storm: undefined });
      else tellParts(toldBy(left), { kind: 'FailureDigest' }, 'people', afterDigest(state, now));
    }
  }
  // After failures, which no news of anything else may keep waiting.
  for (const unit of of('people')) {
    if (!isDigestible(unit) && maySendOther(state, budget)) tell(unit, 'people', afterMessage(state, now));
  }

  for (const machines of [of('machines'), of('canary')]) {
    const oldest = Math.min(...machines.flatMap(({ members }) => members.map(({ pendingSince = 0 }) => pendingSince)));
    if (now < oldest + MACHINES_WAIT_MS) continue;
    const digestible = machines.filter(isDigestible);
    for (const unit of machines) if (!isDigestible(unit) || digestible.length === 1) tell(unit, 'machines', state);
    if (digestible.length > 1) tellParts(toldBy(digestible), { kind: 'FailureDigest' }, 'machines', state);
  }
  return { messages, state };
}

function severityOfAll(
  failures: readonly JobFailedIntent[],
  recovered: readonly JobRecoveredIntent[],
  settings: AlertSettings,
): Severity {
  const severities = [
    ...failures.map(({ entry }) => severityOf(entry, settings)),
    ...recovered.map((intent) => recoveredSeverity(intent, settings)),
  ];
  return worst(severities) ?? 'information';
}
