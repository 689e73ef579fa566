import type { Outbox } from '../alerts/outbox.ts';
import { readState } from './state.ts';

/**
 * Whether nothing waits: no intent is pending, no message is written down and unpublished, no silence holds anything,
 * and no storm has to end (one ends when a digest is due and nothing is there for it). Asked without the lease, so
 * another publisher may be at work: then something shows, or that publisher will send it. What the index does not show
 * yet has woken a publisher on its own, and is seen in the next minute.
 */
export async function hasNothingToDo(outbox: Pick<Outbox, 'remembered' | 'pending'>): Promise<boolean> {
  const { memory, unpublished } = await outbox.remembered();
  const { silencing, keptAt, storms } = readState(memory);
  if (storms.failures || storms.warnings) return false;
  if (unpublished.length > 0 || Object.keys(silencing).length > 0 || keptAt !== undefined) return false;
  for await (const _ of outbox.pending()) return false;
  return true;
}
