import * as v from 'valibot';
import { noticeItem, pendingSince, type QuarantinedIntent } from '../alerts/intent.ts';
import { parseLedgerPartition } from '../keys/ledger.ts';
import { noticeKey } from '../keys/records.ts';
import { reasonOf } from '../nbwss/issues.ts';
import { last } from '../records/order.ts';
import { log } from '../runtime/log.ts';
import type { Item } from '../store/items.ts';
import type { ProjectionContext } from './context.ts';

const KIND = 'Quarantined';

const asideNote = v.object({
  primary: v.string(),
  endpoint: v.string(),
  reason: v.string(),
  receivedAt: v.number(),
  requestId: v.string(),
});

/**
 * Writes one intent per primary and day (UTC) for what was put aside. Otherwise many primaries that speak a new NBWSS
 * would use up the messages that people may get in an hour.
 */
export async function quarantine(context: ProjectionContext, pk: string): Promise<void> {
  const partition = parseLedgerPartition(pk);
  if (partition?.kind !== 'aside') return;
  // Once the intent exists, the partition (up to a hundred messages of 128 KB each) need not be read for each new one.
  const { primary, hour } = partition;
  if (await context.records.read(noticeKey(Date.parse(`${hour}:00Z`), KIND, [primary]))) return;
  const items = await Array.fromAsync(context.readPartition(pk));
  const first = last(items.flatMap(readable), (a, b) => b.receivedAt - a.receivedAt);
  if (!first) return;
  const intent = noticeItem<QuarantinedIntent>({ kind: KIND, ...first }, [first.primary]);
  await context.records.writeOnce({ ...intent, ...pendingSince(context.now()) });
}

/** An item that somebody changed by hand must not keep people from hearing of the others. */
function readable(item: Item): v.InferOutput<typeof asideNote>[] {
  const read = v.safeParse(asideNote, item);
  if (read.success) return [read.output];
  log.error('Cannot read an item that was put aside: no alert is sent for it', {
    pk: item.pk,
    sk: item.sk,
    reason: reasonOf(new v.ValiError(read.issues)),
  });
  return [];
}
