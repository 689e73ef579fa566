import * as v from 'valibot';
import { noticeItem, pendingSince, type QuarantinedIntent } from '../alerts/intent.ts';
import { isoHour } from '../keys/indexes.ts';
import { last } from '../records/order.ts';
import type { ProjectionContext } from './context.ts';

const asideNote = v.object({
  primary: v.string(),
  endpoint: v.string(),
  reason: v.string(),
  receivedAt: v.number(),
  requestId: v.string(),
});

/** Writes an intent for what was put aside of a primary in an hour, once. */
export async function quarantine(context: ProjectionContext, pk: string): Promise<void> {
  const asides = await Array.fromAsync(context.readPartition(pk), (item) => v.parse(asideNote, item));
  const first = last(asides, (a, b) => b.receivedAt - a.receivedAt);
  if (!first) return;
  const id = [first.primary, isoHour(first.receivedAt)];
  const intent = noticeItem<QuarantinedIntent>({ kind: 'Quarantined', ...first }, id);
  await context.records.writeOnce({ ...intent, ...pendingSince(context.now()) });
}
