import type { Telling } from '../alerts/alert-of.ts';
import type { AlertSettings } from '../alerts/alert-settings.ts';
import { jobDedupKey } from '../alerts/dedup-key.ts';
import type { Intent, JobFailedIntent, JobRecoveredIntent } from '../alerts/intent.ts';
import { severityOfAll } from '../alerts/job-severity.ts';
import type { TopicName } from '../alerts/outbox.ts';
import { partsOf } from '../alerts/told-parts.ts';
import type { Silence } from '../silences/silence.ts';
import {
  type Audience,
  afterDigest,
  afterMessage,
  afterSingle,
  audienceOf,
  digestDue,
  hasTurn,
  maySend,
  maySendAlarm,
  maySendOther,
  maySendSingle,
  pruned,
  withStorm,
} from './budget.ts';
import type { Lane, PeoplesTopic, PublisherState } from './state.ts';
import { isDigestible, toldBy, type Unit, unitsOf } from './unit.ts';

/** A message to publish: what it tells, and of which intents. */
export interface Planned {
  telling: Telling;
  members: readonly Intent[];
  /** Where it is published. */
  topics: readonly TopicName[];
  /** The topics on which people get it. None for what no person's subscription would take, and for the parts of a digest after the first. */
  people: readonly PeoplesTopic[];
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

const NOTHING: ReadonlySet<Intent> = new Set();

/** After how long what is no failure, or a warning, comes before failures when its turn comes, ms. */
const LATE_MS = 3_600_000;

/**
 * Decides what is published now, of all that is pending. Pure: the same intents, state and time (epoch ms) give the same plan. What is
 * not in it waits for a later one. Nothing is told twice, nothing is left out for good, and people never get more messages in an
 * hour than the budget has, and a dozen of alarms.
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
  const told = new Set<Intent>();
  let state = pruned(before, now);

  function publish(message: Planned): void {
    state = message.after;
    messages.push(message);
    for (const member of message.members) told.add(member);
  }

  function tell(unit: Unit, after: PublisherState): void {
    const { telling, members, audience } = unit;
    const whole = toldBy([unit]);
    // A family too large for one message is told as a digest, which names all of it in several.
    if (whole.failures.length > 1 && partsOf(whole.failures, []).length > 1) {
      tellParts(whole, { kind: 'FailureDigest' }, audience, after);
      return;
    }
    publish({ telling, members, ...published(audience.to), after });
  }

  /** People get the first part; it names what is in the others. */
  function tellParts(
    { failures, recovered }: ReturnType<typeof toldBy>,
    how: { kind: 'FailureDigest' } | { kind: 'SilenceEnded'; silence: Silence },
    audience: Pick<Audience, 'to'>,
    after: PublisherState,
  ): void {
    const parts = partsOf(failures, recovered);
    for (const [index, part] of parts.entries()) {
      publish({
        telling: { ...how, ...part, whole: { failures, recovered }, part: index + 1, parts: parts.length },
        members: [...part.failures, ...part.recovered],
        ...published(index === 0 ? audience.to : []),
        after,
      });
    }
  }

  const units = unitsOf(waiting, state, now, settings);
  const of = (turn: Unit['turn']) => units.filter((unit) => unit.turn === turn);

  const failuresOfRecovery = failuresByRecovery(waiting);
  /**
   * Whether a unit is a recovery of which people would hear before its failures, unless these are told with it: what closes an incident
   * must not come before what opens it.
   */
  function isEarly({ telling }: Unit, together: ReadonlySet<Intent> = NOTHING): boolean {
    if (telling.kind !== 'JobRecovered') return false;
    return failuresOfRecovery(telling.recovered).some((failure) => !told.has(failure) && !together.has(failure));
  }

  /** Tells failures and recoveries of a lane one by one, or those that are too many for that together. */
  function tellLane(lane: Lane): void {
    const left: Unit[] = [];
    for (const unit of of('people').filter((one) => isDigestible(one) && one.audience.lane === lane)) {
      const isReady = unit.ready && !isEarly(unit);
      if (isReady && maySendSingle(state, unit.audience, unit.severity, now, budget)) {
        tell(unit, afterSingle(state, unit.audience, now, unit.family));
        continue;
      }
      left.push(unit);
      if (isReady) state = withStorm(state, lane, state.storms[lane] ?? { since: now, digests: 0 });
    }
    const storm = state.storms[lane];
    if (!storm || now < digestDue(storm)) return;
    const together = new Set(left.flatMap(({ members }): readonly Intent[] => members));
    const digest = left.filter((unit) => !isEarly(unit, together));
    const [worst, ...others] = digest;
    const over = withStorm(state, lane, undefined);
    if (!worst) state = over;
    else if (!maySend(state, worst.audience, now, budget)) return;
    else if (others.length > 0)
      tellParts(toldBy(digest), { kind: 'FailureDigest' }, worst.audience, afterDigest(state, worst.audience, now));
    // One alone says more by itself. It ends the storm when it would be told at once without.
    else if (maySendSingle(over, worst.audience, worst.severity, now, budget))
      tell(worst, afterSingle(over, worst.audience, now, worst.family));
    else tell(worst, afterDigest(state, worst.audience, now, worst.family));
  }
  // First, and from a share of its own: a failed job is not as bad as what is critical and no job.
  const critical = of('people').filter((unit) => !isDigestible(unit) && unit.severity === 'critical');
  for (const unit of critical)
    if (maySendAlarm(state, unit.audience, now)) tell(unit, afterMessage(state, unit.audience, now, { alarm: true }));

  const others = [...of('direct'), ...of('people').filter((unit) => !isDigestible(unit) && !critical.includes(unit))];

  const audienceOfHeld = (held: EndedSilence['held']) => audienceOf(severityOfAll(byKind(held), settings), settings);

  /** Tells what silences held and all that is no failure, as far as there is room beside failures. */
  function tellOthers(): void {
    const maySendOne = (audience: Audience) =>
      maySendOther(state, audience, now, budget) && maySend(state, audience, now, budget);
    const after = (audience: Audience) => afterMessage(state, audience, now, { other: true });
    for (const { silence, held, lastHeldAt } of ended) {
      if (held.length === 0) {
        const { [silence.id]: _, ...silencing } = state.silencing;
        // What it took a moment ago, the index may not show yet: it is forgotten only when that cannot be any more.
        if (now >= lastHeldAt + HELD_SETTLES_MS) state = { ...state, silencing };
        continue;
      }
      const { failures, recovered } = byKind(held);
      const audience = audienceOfHeld(held);
      if (maySendOne(audience))
        tellParts({ failures, recovered }, { kind: 'SilenceEnded', silence }, audience, after(audience));
    }
    for (const unit of others) if (maySendOne(unit.audience)) tell(unit, after(unit.audience));
  }

  const warnings = of('people').filter((unit) => isDigestible(unit) && unit.audience.lane === 'warnings');
  const waitOf =
    (isWarning: boolean) =>
    ({ members, audience }: Unit) => {
      const since = Math.min(...members.map(({ pendingSince = now }) => pendingSince));
      return { audience, since, isWarning };
    };
  const heldBack = ended.flatMap(({ held, lastHeldAt }) =>
    held.length === 0 ? [] : { audience: audienceOfHeld(held), since: lastHeldAt, isWarning: false },
  );
  const waits = [...warnings.map(waitOf(true)), ...others.map(waitOf(false)), ...heldBack];
  const firstOf = (warning: boolean) =>
    waits.reduce((first, { since, isWarning }) => (isWarning === warning ? Math.min(first, since) : first), now);

  const tellFailures = () => tellLane('failures');
  // They share a turn: whichever has waited longest takes it.
  const tellRest = () => {
    const sides = [() => tellLane('warnings'), tellOthers];
    for (const tellSide of firstOf(false) < firstOf(true) ? sides.toReversed() : sides) tellSide();
  };
  // No news of anything else keeps failures waiting, unless they have kept it waiting and it has its turn.
  const isTheirTurn = waits.some(({ audience, since }) => since <= now - LATE_MS && hasTurn(state, audience, now));
  for (const tellTurn of isTheirTurn ? [tellRest, tellFailures] : [tellFailures, tellRest]) tellTurn();

  // Each by itself, whatever else there is: it is looked for within two minutes, and nobody else gets it.
  for (const { telling, members } of of('canary'))
    publish({ telling, members, topics: ['probe'], people: [], after: state });

  const machines = of('machines');
  const isCollected = ({ pendingSince = 0 }: Intent) => now >= pendingSince + MACHINES_WAIT_MS;
  if (machines.some(({ members }) => members.some(isCollected))) {
    const digestible = machines.filter(isDigestible);
    for (const unit of machines) if (!isDigestible(unit) || digestible.length === 1) tell(unit, state);
    if (digestible.length > 1) tellParts(toldBy(digestible), { kind: 'FailureDigest' }, { to: [] }, state);
  }
  return { messages, state };
}

/** Gives the failures that were received before a recovery and share its incident, of those that wait. */
function failuresByRecovery(waiting: readonly Intent[]): (recovered: JobRecoveredIntent) => readonly JobFailedIntent[] {
  const isRecovered = waiting.some(({ kind }) => kind === 'JobRecovered');
  const failures = isRecovered ? waiting.filter((intent) => intent.kind === 'JobFailed') : [];
  const byKey = Map.groupBy(failures, ({ primary, entry, series }) => jobDedupKey(primary, entry, series));
  return (recovered) => {
    const ofIncident = byKey.get(jobDedupKey(recovered.primary, recovered, recovered.series)) ?? [];
    return ofIncident.filter(({ receivedAt }) => receivedAt <= recovered.receivedAt);
  };
}

const byKind = (held: EndedSilence['held']) => ({
  failures: held.filter((intent) => intent.kind === 'JobFailed'),
  recovered: held.filter((intent) => intent.kind === 'JobRecovered'),
});

/** Where a message is published that people get on these topics: the alerts topic gets everything, its subscriptions take what they are for. */
function published(people: readonly PeoplesTopic[]): Pick<Planned, 'topics' | 'people'> {
  return { people, topics: people.includes('chat') ? ['alerts', 'chat'] : ['alerts'] };
}
