import { jobDedupKey } from '../alerts/dedup-key.ts';
import type { Intent, JobFailedIntent, JobRecoveredIntent } from '../alerts/intent.ts';
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
  const firstHeld = await firstFailuresHeld(context, before, intents, silences);
  const bySilence = Map.groupBy(
    intents,
    (intent) => firstHeld(intent) ?? silences.find((one) => isCovered(one, intent))?.id,
  );
  const waiting = bySilence.get(undefined) ?? [];
  const holding = { ...before, silencing: await hold(context, before, bySilence) };
  const { ended, silencing } = await endedSilences(context, holding, silences);
  // What a silence held as somebody ended it may be what has woken this run, too.
  const isWaiting = new Set(waiting.map(placeName));
  const over = ended.map((one) => ({ ...one, held: one.held.filter((intent) => !isWaiting.has(placeName(intent))) }));
  return { waiting, over, silencing };
}

/** Gives the silence that holds the first failure of which something is the recovery: who was not told of that one is not told that it is over. */
type FirstHeld = (intent: Intent) => string | undefined;

async function firstFailuresHeld(
  context: PublisherContext,
  { silencing }: PublisherState,
  intents: readonly Intent[],
  silences: readonly Silence[],
): Promise<FirstHeld> {
  if (!intents.some(({ kind }) => kind === 'JobRecovered')) return () => undefined;
  const at = context.now();
  const active = silences.filter((silence) => isActive(silence, at));
  const held = intents.map((intent) => [intent, active.find((one) => isCovered(one, intent))?.id] as const);
  for (const { id } of active)
    if (silencing[id] !== undefined) for (const intent of await heldBy(context, id)) held.push([intent, id]);
  return recoveriesGoWith(held);
}

/** Recoveries go where the first failure of their incident does. */
function recoveriesGoWith(failures: readonly (readonly [Intent, string | undefined])[]): FirstHeld {
  const goes = new Map(
    failures.flatMap(([intent, id]) => (isFirst(intent) ? [[incidentOf(intent), id] as const] : [])),
  );
  return (intent) => (intent.kind === 'JobRecovered' ? goes.get(incidentOf(intent)) : undefined);
}

const isFirst = (intent: Intent): intent is JobFailedIntent =>
  intent.kind === 'JobFailed' && intent.series?.failingSince === intent.receivedAt;

const incidentOf = (intent: JobFailedIntent | JobRecoveredIntent): string =>
  jobDedupKey(intent.primary, intent.kind === 'JobFailed' ? intent.entry : intent, intent.series);

const heldBy = async (context: PublisherContext, id: string): Promise<Intent[]> =>
  readWaiting(context, await Array.fromAsync(context.outbox.heldBy(id)));

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

/** Whether a silence covers a failure. Nobody silences the probe that watches nbwatch itself. */
const isCovered = (silence: Silence, intent: Intent): boolean =>
  intent.kind === 'JobFailed' &&
  intent.primary !== RESERVED_PRIMARY &&
  covers(silence, { primary: intent.primary, ...intent.entry }, intent.receivedAt);

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
    const intents = await heldBy(context, id);
    // As if it had come now.
    const other = (intent: Intent) => active.find((one) => isCovered(one, { ...intent, receivedAt: at }))?.id;
    const firstGoes = recoveriesGoWith(intents.map((intent) => [intent, other(intent)]));
    const byOther = Map.groupBy(intents, (intent) => firstGoes(intent) ?? other(intent));
    silencing = await hold(context, { ...before, silencing }, byOther);
    const held = (byOther.get(undefined) ?? []).filter(
      (intent) => intent.kind === 'JobFailed' || intent.kind === 'JobRecovered',
    );
    ended.push({ silence, held, lastHeldAt });
  }
  return { ended, silencing };
}

/** Stands for a silence that somebody deleted from the registry by hand: what it held back is told nevertheless. */
function forgotten(id: string): Silence {
  return { id, reason: 'unknown: its record is gone', createdAt: 0, from: 0, until: 0, zone: 'UTC' };
}
