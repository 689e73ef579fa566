import type { AlertSettings } from '../alerts/alert-settings.ts';
import { isAtLeast, type Severity } from '../alerts/severity.ts';
import type { Lane, PeoplesTopic, PublisherState, Storm } from './state.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** When the digests of a storm are due, in minutes after it began; then every 15 minutes. */
const DIGEST_MINUTES = [1, 5, 15];
const THEN_EACH = 15;

/** How long the publisher remembers that people were alerted to a family of jobs. */
const FAMILY_MS = 6 * HOUR_MS;
const FAMILIES_KEPT = 200;

type Budget = AlertSettings['budget'];

/**
 * How often warnings, and messages about anything but failures, get a turn whatever failures may need. With a small
 * budget or a long storm, the room for digests would otherwise hold them back forever.
 */
const TURN_MS = 2 * HOUR_MS;

/** How many messages of an hour everything else leaves to failures that may come, beside their digests. */
const LEFT_TO_FAILURES = 2;

/**
 * How many messages of an hour may report something critical that is not a job, on top of all others. People hear of
 * images that vanish at once, whatever was mailed before. If more primary servers than this report it in an hour,
 * people know that it is everywhere.
 */
const ALARMS_PER_HOUR = 12;

/** Whom a message would reach: the topics on which people get it, and its lane. */
export interface Audience {
  to: readonly PeoplesTopic[];
  lane: Lane;
}

/** Who gets something of this severity: the topics that take it. What comes each day goes to everybody. */
export function audienceOf(severity: Severity | 'summary', { mailFrom, chatFrom }: AlertSettings): Audience {
  if (severity === 'summary') return { to: ['alerts', 'chat'], lane: 'failures' };
  const to: PeoplesTopic[] = [];
  if (isAtLeast(severity, mailFrom)) to.push('alerts');
  if (isAtLeast(severity, chatFrom)) to.push('chat');
  return { to, lane: isAtLeast(severity, 'error') ? 'failures' : 'warnings' };
}

/** The state without entries that no longer matter at this time. */
export function pruned(state: PublisherState, now: number): PublisherState {
  const families = Object.entries(state.families)
    .filter(([, { at }]) => at > now - FAMILY_MS)
    .sort(([, a], [, b]) => a.at - b.at)
    .slice(-FAMILIES_KEPT);
  return {
    ...state,
    sent: state.sent.filter(({ at }) => at > now - TURN_MS),
    families: Object.fromEntries(families),
  };
}

/**
 * What people were sent in the hour up to `end`: alarms alone, or all but alarms. Counted on the alerts topic if the
 * message goes there, else on the chat's. The chat gets what is mailed anyway, so its own messages must keep nothing
 * from being mailed.
 */
function sentInHour(state: PublisherState, audience: Pick<Audience, 'to'>, end: number, alarms = false) {
  return sentSince(state, audience, end - HOUR_MS).filter(({ at, alarm }) => at <= end && alarm === alarms);
}

function sentSince({ sent }: PublisherState, { to }: Pick<Audience, 'to'>, since: number) {
  const deciding = to.includes('alerts') ? 'alerts' : 'chat';
  return sent.filter((message) => message.at > since && message.to.includes(deciding));
}

/** How many messages of an hour may be warnings. */
const warningsOf = ({ perHour }: Budget) => Math.max(1, Math.floor(perHour / 3));

/** Whether people may get one more message in this hour. A message that reaches no person may always go out. */
export function maySend(state: PublisherState, audience: Audience, now: number, budget: Budget): boolean {
  if (audience.to.length === 0) return true;
  const sent = sentInHour(state, audience, now);
  if (sent.length >= budget.perHour) return false;
  if (audience.lane === 'failures') return true;
  return (
    sent.filter(({ lane }) => lane === 'warnings').length < warningsOf(budget) &&
    maySendOther(state, audience, now, budget)
  );
}

/** Whether a warning, or a message about anything but failures, may go out. */
export function maySendOther(state: PublisherState, audience: Audience, now: number, budget: Budget): boolean {
  const toFailures = state.storms.failures ? 0 : LEFT_TO_FAILURES;
  return leavesRoom(state, audience, now, budget, toFailures) || hasTurn(state, audience, now);
}

/** Whether only failures were sent for so long that something else may go out, whatever failures need. */
export function hasTurn(state: PublisherState, audience: Audience, now: number): boolean {
  const sent = sentSince(state, audience, now - TURN_MS);
  return !sent.some(({ other, alarm, lane }) => !alarm && (other || lane === 'warnings'));
}

/**
 * Whether there is room for one more message beside the digests that failures may need in the next hour: those of the
 * storm that goes on, or of one that begins now. A storm must never fall silent. If nothing was sent in the last hour,
 * there is always room.
 */
function leavesRoom(state: PublisherState, audience: Audience, now: number, { perHour }: Budget, spare = 0): boolean {
  if (audience.to.length === 0 || sentInHour(state, audience, now).length === 0) return true;
  const storm = state.storms.failures ?? { since: now, digests: 0 };
  for (let ahead = 0; ; ahead++) {
    const due = Math.max(now, digestDue({ ...storm, digests: storm.digests + ahead }));
    if (due >= now + HOUR_MS) return true;
    // In the hour up to then: what was sent, this message, the spare ones and the digests.
    if (sentInHour(state, audience, due).length + 1 + spare + ahead + 1 > perHour) return false;
  }
}

/** Whether something critical that is not a job may go out: while its own share lasts, whatever else was sent. */
export function maySendAlarm(state: PublisherState, audience: Audience, now: number): boolean {
  return sentInHour(state, audience, now, true).length < ALARMS_PER_HOUR;
}

/**
 * Whether a failure or recovery may have a message of its own. In quiet times a few an hour may; a critical one may
 * whenever there is room, also in a storm.
 */
export function maySendSingle(
  state: PublisherState,
  audience: Audience,
  severity: Severity | 'summary',
  now: number,
  budget: Budget,
): boolean {
  if (!maySend(state, audience, now, budget)) return false;
  if (!leavesRoom(state, audience, now, budget)) return false;
  const storm = state.storms[audience.lane];
  // A digest that is due gets the last message of the hour: it reports the worst, too.
  const left = budget.perHour - sentInHour(state, audience, now).length;
  if (storm && now >= digestDue(storm) && left <= 1) return false;
  if (severity === 'critical') return true;
  if (storm) return false;
  // Warnings have few messages, and must leave room for their first digests.
  const few = Math.max(1, warningsOf(budget) - DIGEST_MINUTES.length);
  const most = audience.lane === 'failures' ? budget.singles : Math.min(budget.singles, few);
  const singles = sentInHour(state, audience, now).filter(({ lane, single }) => single && lane === audience.lane);
  return singles.length < most;
}

/** The state after people were sent a message. A message that reaches nobody uses up nothing. */
export function afterMessage(
  state: PublisherState,
  { to, lane }: Audience,
  now: number,
  { single = false, alarm = false, other = false } = {},
): PublisherState {
  if (to.length === 0) return state;
  return { ...state, sent: [...state.sent, { at: now, to: [...to], lane, single, alarm, other }] };
}

/** The state after something had a message of its own. */
export function afterSingle(state: PublisherState, audience: Audience, now: number, family?: Family): PublisherState {
  return withFamily(afterMessage(state, audience, now, { single: true }), now, family);
}

/** The state after a digest was due and sent. `family`: where one unit was all that it had, the family of that unit. */
export function afterDigest(state: PublisherState, audience: Audience, now: number, family?: Family): PublisherState {
  const { since, digests } = state.storms[audience.lane] ?? { since: now, digests: 0 };
  const told = withFamily(afterMessage(state, audience, now), now, family);
  // Digests that there was no room for are not made up for.
  let next = digests + 1;
  while (digestDue({ since, digests: next }) <= now) next += 1;
  return withStorm(told, audience.lane, { since, digests: next });
}

type Family = { name: string; whole: boolean };

function withFamily(state: PublisherState, now: number, family?: Family): PublisherState {
  if (!family) return state;
  // A parent that has ended does not go on, whichever of its children are reported later.
  const ended = family.whole || state.families[family.name]?.ended === true;
  return { ...state, families: { ...state.families, [family.name]: { at: now, ended } } };
}

/** The state with this storm in a lane, or with none. */
export function withStorm(state: PublisherState, lane: Lane, storm: Storm | undefined): PublisherState {
  return { ...state, storms: { ...state.storms, [lane]: storm } };
}

/** When the next digest of a storm is due, epoch ms. */
export function digestDue({ since, digests }: Storm): number {
  const last = DIGEST_MINUTES.length - 1;
  const minutes = DIGEST_MINUTES[digests] ?? (DIGEST_MINUTES[last] ?? 0) + (digests - last) * THEN_EACH;
  return since + minutes * MINUTE_MS;
}
