import { keptAtOf } from '../publisher/state.ts';
import type { WatchContext } from './context.ts';
import type { Counts } from './duties.ts';

/**
 * Counts the intents that wait to be sent, and for how many seconds the oldest could have been sent and was not. An
 * intent that the publisher has looked at and holds on purpose, for a digest or for room in the hour, is not late: its
 * age starts again each time. So an intent grows old only if the publisher does not run or fails, or SNS takes nothing.
 * What silences hold is not in the index.
 */
export async function countPending({ outbox, now }: Pick<WatchContext, 'outbox' | 'now'>): Promise<Counts> {
  let pending = 0;
  let oldest = Number.POSITIVE_INFINITY;
  for await (const since of outbox.pendingSince()) {
    pending += 1;
    oldest = Math.min(oldest, since);
  }
  if (pending === 0) return { PendingIntents: 0, OldestIntent: 0 };
  const { memory } = await outbox.remembered();
  const age = now() - Math.max(oldest, keptAtOf(memory) ?? 0);
  return { PendingIntents: pending, OldestIntent: Math.max(0, Math.round(age / 1000)) };
}
