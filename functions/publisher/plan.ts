import type { AlertSettings } from '../alerts/alert-settings.ts';
import type { Intent, JobFailedIntent, JobIntents, JobRecoveredIntent } from '../alerts/intent.ts';
import { worstSeverityOf } from '../alerts/job-severity.ts';
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
import { type Draft, type Planned, startDraft } from './draft.ts';
import { earlyRecoveries, type IsEarly } from './recoveries.ts';
import type { Lane, PublisherState } from './state.ts';
import { byKind, isDigestible, jobIntentsOf, type Unit, unitsOf } from './unit.ts';

/** A silence that is over, and what it held back. */
export interface EndedSilence {
  silence: Silence;
  held: readonly (JobFailedIntent | JobRecoveredIntent)[];
  /** When it last took something, epoch ms. */
  lastHeldAt: number;
}

export interface Plan {
  messages: readonly Planned[];
  /** What the publisher remembers when all messages are written down. */
  state: PublisherState;
}

/** What every decision of one plan depends on. */
interface Round {
  draft: Draft;
  /** Epoch ms. */
  now: number;
  settings: AlertSettings;
  isEarly: IsEarly;
}

/**
 * Decides which of the pending intents are published now. Pure: the same intents, state and time (epoch ms) give the
 * same plan. Whatever the plan leaves out waits for a later one. Nothing is sent twice, nothing is left out for good,
 * and in an hour people never get more messages than the budget has, and a dozen alarms on top.
 */
export function plan(
  waiting: readonly Intent[],
  ended: readonly EndedSilence[],
  before: PublisherState,
  now: number,
  settings: AlertSettings,
): Plan {
  const draft = startDraft(pruned(before, now));
  const round: Round = {
    draft,
    now,
    settings,
    isEarly: earlyRecoveries([...waiting, ...ended.flatMap(allHeld)], draft.isPlanned),
  };
  const { critical, failures, warnings, others, canary, machines } = groupByTurn(
    unitsOf(waiting, draft.state, now, settings),
  );
  // First, and from a share of its own: no failed job is as bad as something critical that is not a job.
  for (const unit of critical)
    if (maySendAlarm(draft.state, unit.audience, now))
      draft.add(unit, afterMessage(draft.state, unit.audience, now, { alarm: true }));

  const held = ended.flatMap((one) => heldOf(one, settings) ?? []);
  forgetEmpty(round, ended);
  const planFailures = () => planLane(round, 'failures', failures);
  const planRest = () => {
    const sides = [() => planLane(round, 'warnings', warnings), () => planOthers(round, held, others)];
    // Both share a turn: whichever has waited longest takes it.
    const othersGoFirst =
      earliest([...held, ...others.map(waitOf(now))], now) < earliest(warnings.map(waitOf(now)), now);
    for (const planSide of othersGoFirst ? sides.toReversed() : sides) planSide();
  };
  // Failures go first, unless they have kept something else waiting for long and its turn has come.
  const rest = [...held, ...[...others, ...warnings].map(waitOf(now))];
  const restGoesFirst = rest.some(
    ({ since, audience }) => since <= now - LATE_MS && hasTurn(draft.state, audience, now),
  );
  for (const planNext of restGoesFirst ? [planRest, planFailures] : [planFailures, planRest]) planNext();

  // Each on its own, whatever else there is: the probe looks for it within two minutes, and nobody else gets it.
  for (const unit of canary) draft.addForProbe(unit);
  planMachines(round, machines);
  return { messages: draft.messages, state: draft.state };
}

const allHeld = ({ held }: EndedSilence): readonly Intent[] => held;

/** What waits, by how it is sent. */
function groupByTurn(units: readonly Unit[]) {
  const of = (turn: Unit['turn']) => units.filter((unit) => unit.turn === turn);
  const [digestible, alone] = [of('people').filter(isDigestible), of('people').filter((unit) => !isDigestible(unit))];
  const inLane = (lane: Lane) => digestible.filter(({ audience }) => audience.lane === lane);
  return {
    /** Not about a job. */
    critical: alone.filter(({ severity }) => severity === 'critical'),
    failures: inLane('failures'),
    warnings: inLane('warnings'),
    /** Neither failures nor recoveries of jobs. */
    others: [...of('direct'), ...alone.filter(({ severity }) => severity !== 'critical')],
    canary: of('canary'),
    machines: of('machines'),
  };
}

/**
 * How long warnings, and messages about anything but failures, must have waited to go before failures at their turn,
 * ms.
 */
const LATE_MS = 3_600_000;

/** Since when something waits (epoch ms), and whom it would reach. */
interface Wait {
  since: number;
  audience: Audience;
}

const waitOf =
  (now: number) =>
  ({ members, audience }: Unit): Wait => ({
    since: Math.min(...members.map(({ pendingSince = now }) => pendingSince)),
    audience,
  });

const earliest = (waits: readonly Wait[], now: number) => Math.min(now, ...waits.map(({ since }) => since));

/** What a silence that is over held back, to be sent together. */
interface Held extends Wait {
  silence: Silence;
  intents: JobIntents;
}

function heldOf({ silence, held, lastHeldAt }: EndedSilence, settings: AlertSettings): Held | undefined {
  if (held.length === 0) return undefined;
  const intents = byKind(held);
  return { silence, intents, since: lastHeldAt, audience: audienceOf(worstSeverityOf(intents, settings), settings) };
}

/** How long an index may lag behind what a silence holds, ms: seconds as a rule, minutes in trouble. */
const HELD_SETTLES_MS = 5 * 60_000;

/**
 * Forgets silences that are over and hold nothing. If one took something a moment ago, the index may not show it yet.
 */
function forgetEmpty({ draft, now }: Round, ended: readonly EndedSilence[]): void {
  for (const { silence, held, lastHeldAt } of ended) {
    if (held.length > 0 || now < lastHeldAt + HELD_SETTLES_MS) continue;
    const { [silence.id]: _, ...silencing } = draft.state.silencing;
    draft.state = { ...draft.state, silencing };
  }
}

/** Plans the failures and recoveries of a lane: one by one, or in a digest if there are too many for that. */
function planLane({ draft, now, settings: { budget }, isEarly }: Round, lane: Lane, units: readonly Unit[]): void {
  const left: Unit[] = [];
  for (const unit of units) {
    const isReady = unit.ready && !isEarly(unit);
    if (isReady && maySendSingle(draft.state, unit.audience, unit.severity, now, budget)) {
      draft.add(unit, afterSingle(draft.state, unit.audience, now, unit.family));
      continue;
    }
    left.push(unit);
    if (isReady) draft.state = withStorm(draft.state, lane, draft.state.storms[lane] ?? { since: now, digests: 0 });
  }
  const storm = draft.state.storms[lane];
  if (!storm || now < digestDue(storm)) return;
  const together = new Set(left.flatMap(({ members }): readonly Intent[] => members));
  const digest = left.filter((unit) => !isEarly(unit, together));
  const [worst, ...others] = digest;
  const over = withStorm(draft.state, lane, undefined);
  if (!worst) {
    draft.state = over;
    return;
  }
  const { audience, severity, family } = worst;
  if (!maySend(draft.state, audience, now, budget)) return;
  if (others.length > 0)
    draft.addDigest(jobIntentsOf(digest), { kind: 'FailureDigest' }, audience, afterDigest(draft.state, audience, now));
  // A lone unit says more in its own message. It ends the storm if it would be sent at once without the storm.
  else if (maySendSingle(over, audience, severity, now, budget))
    draft.add(worst, afterSingle(over, audience, now, family));
  else draft.add(worst, afterDigest(draft.state, audience, now, family));
}

/** Plans what silences held and everything that is not a failure, as far as failures leave room. */
function planOthers({ draft, now, settings: { budget } }: Round, held: readonly Held[], others: readonly Unit[]): void {
  const maySendOne = (audience: Audience) =>
    maySendOther(draft.state, audience, now, budget) && maySend(draft.state, audience, now, budget);
  const after = (audience: Audience) => afterMessage(draft.state, audience, now, { other: true });
  for (const { silence, intents, audience } of held)
    if (maySendOne(audience)) draft.addDigest(intents, { kind: 'SilenceEnded', silence }, audience, after(audience));
  for (const unit of others) if (maySendOne(unit.audience)) draft.add(unit, after(unit.audience));
}

/** How long messages for programs alone are collected, ms. */
const MACHINES_WAIT_MS = 60_000;

/** Plans what no person gets, once some of it was collected for long enough. */
function planMachines({ draft, now, isEarly }: Round, units: readonly Unit[]): void {
  const isCollected = ({ pendingSince = 0 }: Intent) => now >= pendingSince + MACHINES_WAIT_MS;
  const together = new Set(units.flatMap(({ members }): readonly Intent[] => members));
  const machines = units.filter((unit) => !isEarly(unit, together));
  if (!machines.some(({ members }) => members.some(isCollected))) return;
  const digestible = machines.filter(isDigestible);
  for (const unit of machines) if (!isDigestible(unit) || digestible.length === 1) draft.add(unit, draft.state);
  if (digestible.length > 1)
    draft.addDigest(jobIntentsOf(digestible), { kind: 'FailureDigest' }, { to: [] }, draft.state);
}
