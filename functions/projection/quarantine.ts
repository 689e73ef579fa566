import * as v from 'valibot';
import { noticeItem, pendingSince, type QuarantinedIntent } from '../alerts/intent.ts';
import { reasonOf } from '../nbwss/issues.ts';
import { last } from '../records/order.ts';
import { log } from '../runtime/log.ts';
import type { Item } from '../store/items.ts';
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
  const items = await Array.fromAsync(context.readPartition(pk));
  const first = last(items.flatMap(readable), (a, b) => b.receivedAt - a.receivedAt);
  if (!first) return;
  const intent = noticeItem<QuarantinedIntent>({ kind: 'Quarantined', ...first }, [first.primary]);
  await context.records.writeOnce({ ...intent, ...pendingSince(context.now()) });
}

/** One that somebody changed by hand must not keep the others from being told. */
function readable(item: Item): v.InferOutput<typeof asideNote>[] {
  const read = v.safeParse(asideNote, item);
  if (read.success) return [read.output];
  log.error('What was put aside cannot be read', {
    pk: item.pk,
    sk: item.sk,
    reason: reasonOf(new v.ValiError(read.issues)),
  });
  return [];
}
