import { type Intent, readIntent } from '../alerts/intent.ts';
import type { ItemKey } from '../keys/tables.ts';
import { describe } from '../runtime/log.ts';
import { logCounted } from '../runtime/metrics.ts';
import type { Item } from '../store/items.ts';
import type { PublisherContext } from './context.ts';

/** The intents at these places that still wait. One that cannot be read stays pending, and is counted. */
export async function readWaiting({ outbox }: PublisherContext, places: readonly ItemKey[]): Promise<Intent[]> {
  return (await outbox.waitingAt(places)).flatMap((item) => readable(item) ?? []);
}

function readable(item: Item): Intent | undefined {
  try {
    return readIntent(item);
  } catch (error) {
    const place = { pk: item.pk, sk: item.sk };
    const what = 'Cannot read an intent: it stays pending';
    logCounted('error', what, { PublishFailures: 1 }, { ...place, error: describe(error) });
    return undefined;
  }
}
