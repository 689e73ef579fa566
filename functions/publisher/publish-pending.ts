import { readIntent } from '../alerts/intent.ts';
import { jobFailed } from '../alerts/job-failed.ts';
import { renderMessage, type SnsMessage } from '../alerts/message.ts';
import type { ItemKey } from '../keys/ledger.ts';
import { messageId } from '../keys/records.ts';
import { log } from '../runtime/log.ts';
import type { Item } from '../store/items.ts';
import type { PublisherContext } from './context.ts';

/** `done`: nothing that was asked for is pending. `busy`: another publisher is at it. `out of time`: the rest waits for the next. */
export type Publishing = { outcome: 'done' | 'busy' | 'out of time'; published: number };

/** Time kept back at the end of an invocation, ms: more than one message can take. A lease held longer than its holder lives is safe. */
const RESERVE_MS = 10_000;

/**
 * Publishes every pending intent: the ones that woke the publisher, which the index may not show yet, and those that the index
 * shows. One publisher at a time, under a lease that ends when this invocation must. A failed call throws; what was not
 * marked as published stays pending; so do an intent that cannot be read and a message that SNS will never take, which must not
 * cost the others their turn. `endsAt` is epoch ms.
 */
export async function publishPending(
  context: PublisherContext,
  woken: readonly ItemKey[],
  endsAt: number,
): Promise<Publishing> {
  const { outbox, now } = context;
  const holder = context.newHolder();
  if (!(await outbox.lease(holder, now(), endsAt))) return { outcome: 'busy', published: 0 };
  let published = 0;
  try {
    for await (const place of places(woken, outbox.pending())) {
      if (now() > endsAt - RESERVE_MS) return { outcome: 'out of time', published };
      if (await publishIntent(context, place)) published += 1;
    }
    return { outcome: 'done', published };
  } finally {
    await outbox.release(holder);
  }
}

async function* places(woken: readonly ItemKey[], pending: AsyncIterable<ItemKey>): AsyncGenerator<ItemKey> {
  yield* woken;
  yield* pending;
}

/** Publishes one intent unless that was done already. The message is written down first, so a crash cannot change its id. */
async function publishIntent({ outbox, publish, now }: PublisherContext, place: ItemKey): Promise<boolean> {
  const item = await outbox.ifPending(place);
  if (!item) return false;
  const message = write(place, item);
  if (!message) {
    log.error('An intent that cannot be read stays pending', { ...place });
    return false;
  }
  const { id, kind, rendered } = message;
  await outbox.writeDown(id, kind, [place], now());
  const accepted = await publish(rendered);
  if (accepted === undefined) {
    log.error('A message that SNS does not take stays pending', { id, ...place });
    return false;
  }
  await outbox.markPublished(id, accepted, place, now());
  return true;
}

/** The message for an intent; undefined when the intent cannot be read, which must not cost the others their turn. */
function write(place: ItemKey, item: Item): { id: string; kind: string; rendered: SnsMessage } | undefined {
  try {
    const intent = readIntent(item);
    const id = messageId(intent.receivedAt, [place]);
    const alert = jobFailed(intent);
    return { id, kind: alert.kind, rendered: renderMessage(id, alert) };
  } catch {
    return undefined;
  }
}
