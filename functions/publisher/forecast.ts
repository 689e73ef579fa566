import type { AlertSettings } from '../alerts/alert-settings.ts';
import type { Intent } from '../alerts/intent.ts';
import { plan } from './plan.ts';
import type { PublisherState } from './state.ts';

/** How often the publisher looks, ms. */
const MINUTE_MS = 60_000;

/** How far ahead the forecast looks, ms: longer than anything waits for its turn if nothing else comes. */
const AHEAD_MS = 3 * 3_600_000;

/**
 * When each intent is sent at the latest if nothing else comes, epoch ms, by the plans that the publisher will make in
 * the next hours. Intents that are in none of them are left out. Nobody knows in which second of a minute the publisher
 * looks, so each plan may be made up to a minute later.
 */
export function forecast(
  waiting: readonly Intent[],
  before: PublisherState,
  now: number,
  settings: AlertSettings,
): ReadonlyMap<Intent, number> {
  const sendAt = new Map<Intent, number>();
  let left = waiting;
  let state = before;
  for (let at = now; left.length > 0 && at <= now + AHEAD_MS; at += MINUTE_MS) {
    const planned = plan(left, [], state, at, settings);
    for (const member of planned.messages.flatMap(({ members }) => members)) sendAt.set(member, at + MINUTE_MS);
    left = left.filter((intent) => !sendAt.has(intent));
    state = planned.state;
  }
  return sendAt;
}
