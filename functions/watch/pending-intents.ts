import { keptAtOf } from '../publisher/state.ts';
import type { WatchContext } from './context.ts';
import type { Counts } from './duties.ts';

/**
 * Counts the intents that wait to be told, and for how many seconds the oldest of them could have been told and was not. What the
 * publisher has looked at and keeps on purpose, for a digest or for room in the hour, is not late: its age begins anew each time. Only
 * what nobody looks at grows old: the publisher does not run, fails, or SNS takes nothing. Silences take what they hold out of the index.
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
