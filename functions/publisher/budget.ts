import type { AlertSettings } from '../alerts/alert-settings.ts';
import type { TopicName } from '../alerts/outbox.ts';
import { isAtLeast, type Severity } from '../alerts/severity.ts';
import type { Lane, PublisherState, Storm } from './state.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** When the digests of a storm are due, in minutes after it began; then each 15 minutes. */
const DIGEST_MINUTES = [1, 5, 15];
const THEN_EACH = 15;

/** How long the publisher remembers that people were told of a family of jobs. */
const FAMILY_MS = 6 * HOUR_MS;
const FAMILIES_KEPT = 200;

/** Of the messages of an hour, those that only digests may take while there is a storm: a storm must never be silent. */
const KEPT_FOR_DIGESTS = 4;

type Budget = AlertSettings['budget'];

/** Whom a message would reach: the topics on which people get it, and the lane that it is in. */
export interface Audience {
  to: readonly TopicName[];
  lane: Lane;
}

/** Who hears of something: on each topic, whoever takes what is that bad. The daily summary goes to everybody. */
export function audienceOf(severity: Severity | 'summary', { mailFrom, chatFrom }: AlertSettings): Audience {
  if (severity === 'summary') return { to: ['alerts', 'chat'], lane: 'failures' };
  const to: TopicName[] = [];
  if (isAtLeast(severity, mailFrom)) to.push('alerts');
  if (isAtLeast(severity, chatFrom)) to.push('chat');
  return { to, lane: isAtLeast(severity, 'error') ? 'failures' : 'warnings' };
}

/** The state without what no longer matters at this time. */
export function pruned(state: PublisherState, now: number): PublisherState {
  const families = Object.entries(state.families)
    .filter(([, { at }]) => at > now - FAMILY_MS)
    .slice(-FAMILIES_KEPT);
  return {
    ...state,
    sent: state.sent.filter(({ at }) => at > now - HOUR_MS),
    families: Object.fromEntries(families),
  };
}

/** Of the messages of an hour on a topic, how many a lane may take. */
function shareOf(lane: Lane, { perHour }: Budget): number {
  return lane === 'failures' ? perHour : Math.max(1, Math.floor(perHour / 3));
}

/** Whether each topic has so many messages left in this hour for its people, within the share of the lane. */
function hasLeft({ sent }: PublisherState, { to, lane }: Audience, budget: Budget, left: number): boolean {
  return to.every((topic) => {
    const got = sent.filter((message) => message.to.includes(topic));
    const ofLane = got.filter((message) => message.lane === lane);
    return got.length + left <= budget.perHour && ofLane.length + left <= shareOf(lane, budget);
  });
}

/** Whether people may get one more message in this hour. */
export function maySend(state: PublisherState, audience: Audience, budget: Budget): boolean {
  return hasLeft(state, audience, budget, 1);
}

/** Whether one thing may be told by itself: in quiet times so many an hour, in a storm the worst only. */
export function maySendSingle(state: PublisherState, audience: Audience, budget: Budget): boolean {
  if (state.storms[audience.lane]) return hasLeft(state, audience, budget, 1 + KEPT_FOR_DIGESTS);
  // Warnings have few messages, and leave room for the first digests.
  const few = Math.max(1, shareOf(audience.lane, budget) - DIGEST_MINUTES.length);
  const most = audience.lane === 'failures' ? budget.singles : Math.min(budget.singles, few);
  const singles = state.sent.filter(({ lane, single }) => single && lane === audience.lane);
  return (
    maySend(state, audience, budget) &&
    audience.to.every((topic) => singles.filter(({ to }) => to.includes(topic)).length < most)
  );
}

/** Whether something that is no failure may be told: never from what is kept for digests, but for one an hour. */
export function maySendOther(state: PublisherState, audience: Audience, budget: Budget): boolean {
  return hasLeft(state, audience, budget, 1 + Math.min(KEPT_FOR_DIGESTS, budget.perHour - 1));
}

/** What is remembered once people got a message. One that reaches nobody spends nothing. */
export function afterMessage(state: PublisherState, { to, lane }: Audience, now: number, single = false) {
  if (to.length === 0) return state;
  return { ...state, sent: [...state.sent, { at: now, to: [...to], lane, single }] };
}

/** What is remembered once something was told by itself. */
export function afterSingle(
  state: PublisherState,
  audience: Audience,
  now: number,
  family?: { name: string; whole: boolean },
): PublisherState {
  const told = family && { ...state.families, [family.name]: { at: now, ended: family.whole } };
  return { ...afterMessage(state, audience, now, true), families: told ?? state.families };
}

export function afterDigest(state: PublisherState, audience: Audience, now: number): PublisherState {
  const { since, digests } = state.storms[audience.lane] ?? { since: now, digests: 0 };
  return withStorm(afterMessage(state, audience, now), audience.lane, { since, digests: digests + 1 });
}

/** The state with a storm in a lane, or with none. */
export function withStorm(state: PublisherState, lane: Lane, storm: Storm | undefined): PublisherState {
  return { ...state, storms: { ...state.storms, [lane]: storm } };
}

/** When the next digest of a storm is due, epoch ms. */
export function digestDue({ since, digests }: Storm): number {
  const last = DIGEST_MINUTES.length - 1;
  const minutes = DIGEST_MINUTES[digests] ?? (DIGEST_MINUTES[last] ?? 0) + (digests - last) * THEN_EACH;
  return since + minutes * MINUTE_MS;
}
