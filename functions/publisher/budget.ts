import type { AlertSettings } from '../alerts/alert-settings.ts';
import type { PublisherState } from './state.ts';

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

/** The state without what no longer matters at this time. */
export function pruned(state: PublisherState, now: number): PublisherState {
  const lately = (at: number) => at > now - HOUR_MS;
  const families = Object.entries(state.families)
    .filter(([, at]) => at > now - FAMILY_MS)
    .slice(-FAMILIES_KEPT);
  return {
    ...state,
    sent: state.sent.filter(lately),
    singles: state.singles.filter(lately),
    families: Object.fromEntries(families),
  };
}

/** Whether people may get one more message in this hour. */
export function maySend({ sent }: PublisherState, { perHour }: AlertSettings['budget']): boolean {
  return sent.length < perHour;
}

/** Whether one thing may be told by itself: in quiet times so many an hour, in a storm the worst only. */
export function maySendSingle(state: PublisherState, budget: AlertSettings['budget']): boolean {
  if (state.storm) return state.sent.length < budget.perHour - KEPT_FOR_DIGESTS;
  return maySend(state, budget) && state.singles.length < budget.singles;
}

/** Whether something that is no failure may be told: never from what is kept for digests, but for one an hour. */
export function maySendOther({ sent }: PublisherState, { perHour }: AlertSettings['budget']): boolean {
  return sent.length < Math.max(1, perHour - KEPT_FOR_DIGESTS);
}

export function afterMessage(state: PublisherState, now: number): PublisherState {
  return { ...state, sent: [...state.sent, now] };
}

export function afterSingle(state: PublisherState, now: number, family?: string): PublisherState {
  const families = family === undefined ? state.families : { ...state.families, [family]: now };
  return { ...afterMessage(state, now), singles: [...state.singles, now], families };
}

export function afterDigest(state: PublisherState, now: number): PublisherState {
  const { since, digests } = state.storm ?? { since: now, digests: 0 };
  return { ...afterMessage(state, now), storm: { since, digests: digests + 1 } };
}

/** When the next digest of a storm is due, epoch ms. */
export function digestDue({ since, digests }: NonNullable<PublisherState['storm']>): number {
  const last = DIGEST_MINUTES.length - 1;
  const minutes = DIGEST_MINUTES[digests] ?? (DIGEST_MINUTES[last] ?? 0) + (digests - last) * THEN_EACH;
  return since + minutes * MINUTE_MS;
}
