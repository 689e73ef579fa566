import * as v from 'valibot';
import { noticeItem, pendingSince, type QuarantinedIntent } from '../alerts/intent.ts';
import { last } from '../records/order.ts';
import type { ProjectionContext } from './context.ts';

const asideNote = v.object({
  primary: v.string(),
  endpoint: v.string(),
  reason: v.string(),
  receivedAt: v.number(),
  requestId: v.string(),
});

/**
 * Writes an intent for what was put aside of a primary on a day (UTC), once: many primaries that speak a new NBWSS would else use up what
 * people may get in an hour.
 */
export async function quarantine(context: ProjectionContext, pk: string): Promise<void> {
  const asides = await Array.fromAsync(context.readPartition(pk), (item) => v.parse(asideNote, item));
  const first = last(asides, (a, b) => b.receivedAt - a.receivedAt);
  if (!first) return;
  const intent = noticeItem<QuarantinedIntent>({ kind: 'Quarantined', ...first }, [first.primary]);
  await context.records.writeOnce({ ...intent, ...pendingSince(context.now()) });
}
