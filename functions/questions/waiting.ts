import { type Intent, readIntent } from '../alerts/intent.ts';
import { createOutbox } from '../alerts/outbox.ts';
import { type ItemKey, placeName } from '../keys/tables.ts';
import { orderBy } from '../records/order.ts';
import { RESERVED_PRIMARY } from '../registry/endpoint.ts';
import type { Silence } from '../silences/silence.ts';
import { createSilences } from '../silences/silences.ts';
import type { Item } from '../store/items.ts';
import { messagesUnsent } from './messages.ts';
import type { Tables } from './query.ts';

/** An intent that nobody was told of yet, and what it waits for. */
export interface Waiting {
  place: ItemKey;
  kind: string;
  /** Epoch ms: since when it is pending. */
  since: number;
  /** Absent if this version cannot read the intent. */
  intent?: Intent;
  /** The silence that holds it back; absent for an intent whose turn has not come. */
  silence?: Silence;
}

/**
 * The intents that are in no message yet: those whose turn has not come, then those of each silence; each the oldest
 * first. Read from an index, so the newest may be missing. Leaves out those of the canary, for which nobody waits.
 */
export async function* waitingIntents(tables: Tables, now: number): AsyncGenerator<Waiting> {
  const { client, records, registry } = tables;
  const outbox = createOutbox(client, records);
  const written = new Set((await messagesUnsent(tables, now)).flatMap(({ members }) => members.map(placeName)));
  async function* at(places: AsyncIterable<ItemKey>, silence?: Silence): AsyncGenerator<Waiting> {
    const open = (await Array.fromAsync(places)).filter((place) => !written.has(placeName(place)));
    const items = await outbox.waitingAt(open);
    for (const waiting of items
      .map(read)
      .filter(isForPeople)
      .sort(orderBy(({ since }) => since)))
      yield { ...waiting, ...(silence !== undefined && { silence }) };
  }
  yield* at(outbox.pending());
  for await (const silence of createSilences(client, registry).list()) yield* at(outbox.heldBy(silence.id), silence);
}

function read(item: Item): Waiting {
  const { pk, sk, kind, pendingSince } = item;
  const waiting = { place: { pk: String(pk), sk: String(sk) }, kind: String(kind), since: Number(pendingSince) };
  try {
    return { ...waiting, intent: readIntent(item) };
  } catch {
    return waiting;
  }
}

const isForPeople = ({ intent }: Waiting) => !(intent && 'primary' in intent && intent.primary === RESERVED_PRIMARY);
