import type { Intent } from '../alerts/intent.ts';
import { placeName } from '../keys/tables.ts';
import { RESERVED_PRIMARY } from '../registry/endpoint.ts';
import { covers, isActive, type Silence } from '../silences/silence.ts';
import type { PublisherContext } from './context.ts';
import type { EndedSilence } from './plan.ts';
import type { PublisherState } from './state.ts';
import { readWaiting } from './waiting.ts';

/** What waits, without what silences cover; what those held that are over; and which hold something now. */
interface Sifted {
  waiting: readonly Intent[];
  over: readonly EndedSilence[];
  silencing: PublisherState['silencing'];
}

/** Has silences hold what they cover of what waits, and finds those that are over. */
export async function sift(
  context: PublisherContext,
  before: PublisherState,
  intents: readonly Intent[],
  silences: readonly Silence[],
): Promise<Sifted> {
  const bySilence = Map.groupBy(intents, (intent) => silences.find((one) => isCovered(one, intent))?.id);
  const waiting = bySilence.get(undefined) ?? [];
  const holding = { ...before, silencing: await hold(context, before, bySilence) };
  const { ended, silencing } = await endedSilences(context, holding, silences);
  // What a silence held as somebody ended it may be what has woken this run, too.
  const isWaiting = new Set(waiting.map(placeName));
  const over = ended.map((one) => ({ ...one, held: one.held.filter((intent) => !isWaiting.has(placeName(intent))) }));
  return { waiting, over, silencing };
}

/** Takes out of what is pending what silences cover. Returns which silences hold something now. */
async function hold(
  { outbox, now }: PublisherContext,
  before: PublisherState,
  bySilence: ReadonlyMap<string | undefined, readonly Intent[]>,
): Promise<PublisherState['silencing']> {
  const covering = [...bySilence.keys()].filter((id) => id !== undefined);
  if (covering.length === 0) return before.silencing;
  const silencing = { ...before.silencing, ...Object.fromEntries(covering.map((id) => [id, now()])) };
  // First: what nobody remembers to be held would never be told.
  await outbox.remember({ ...before, silencing });
  for (const id of covering) await outbox.hold(id, bySilence.get(id) ?? []);
  return silencing;
}

function isCovered(silence: Silence, intent: Intent): boolean {
  // Nobody silences the probe that watches nbwatch itself.
  if (!('primary' in intent) || intent.primary === RESERVED_PRIMARY) return false;
  if (intent.kind === 'JobFailed')
    return covers(silence, { primary: intent.primary, ...intent.entry }, intent.receivedAt);
  if (intent.kind !== 'JobRecovered') return false;
  // By the failures that it ended: who was told of the first, before the silence began, is told that it is over.
  const { failingSince } = intent.series;
  return intent.statuses.every((status) =>
    [failingSince, intent.receivedAt].every((at) => covers(silence, { ...intent, status }, at)),
  );
}

/** What silences held that are over. What an active one covers as well goes on being held, by that one. */
async function endedSilences(
  context: PublisherContext,
  before: PublisherState,
  silences: readonly Silence[],
): Promise<{ ended: EndedSilence[]; silencing: PublisherState['silencing'] }> {
  const ended: EndedSilence[] = [];
  const at = context.now();
  const active = silences.filter((one) => isActive(one, at));
  let { silencing } = before;
  for (const [id, lastHeldAt] of Object.entries(before.silencing)) {
    const silence = silences.find((one) => one.id === id) ?? forgotten(id);
    if (isActive(silence, at)) continue;
    const intents = await readWaiting(context, await Array.fromAsync(context.outbox.heldBy(id)));
    const byOther = Map.groupBy(intents, (intent) => active.find((one) => isCovered(one, asIfFrom(intent, at)))?.id);
    silencing = await hold(context, { ...before, silencing }, byOther);
    const held = (byOther.get(undefined) ?? []).filter(
      (intent) => intent.kind === 'JobFailed' || intent.kind === 'JobRecovered',
    );
    ended.push({ silence, held, lastHeldAt });
  }
  return { ended, silencing };
}

/** What a silence kept back as if it had come at a time only: nobody was told of the failures of a recovery either. */
function asIfFrom(intent: Intent, at: number): Intent {
  if (intent.kind !== 'JobRecovered') return { ...intent, receivedAt: at };
  return { ...intent, receivedAt: at, series: { ...intent.series, failingSince: at } };
}

/** Stands for a silence that somebody deleted from the registry by hand: what it held back is told nevertheless. */
function forgotten(id: string): Silence {
  return { id, reason: 'unknown: its record is gone', createdAt: 0, from: 0, until: 0, zone: 'UTC' };
}
