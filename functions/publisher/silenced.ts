import type { Intent, JobFailedIntent, JobRecoveredIntent } from '../alerts/intent.ts';
import { type ItemKey, placeName } from '../keys/tables.ts';
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
  const covering = new Map(intents.map((one) => [placeName(one), silences.find((by) => isCovered(by, one))?.id]));
  const endedBy = await failuresEnded(context, intents, covering);
  const activeIds = idsOfActive(silences, context.now());
  const goesTo = (intent: Intent) => heldWith(endedBy(intent), activeIds) ?? covering.get(placeName(intent));
  const bySilence = Map.groupBy(intents, goesTo);
  const holding = { ...before, silencing: await hold(context, before, bySilence) };
  const { ended, silencing } = await endedSilences(context, holding, silences);
  const left = bySilence.get(undefined) ?? [];
  const found = new Set([...left, ...ended.flatMap(({ held }): readonly Intent[] => held)].map(placeName));
  // A failure that is held, or that no index shows yet, is told by a later run, and so is what ends it.
  const waiting = left.filter((intent) => endedBy(intent).every(({ name }) => found.has(name)));
  // What a silence held as somebody ended it may be what has woken this run, too.
  const isWaiting = new Set(waiting.map(placeName));
  const over = ended.map((one) => ({ ...one, held: one.held.filter((intent) => !isWaiting.has(placeName(intent))) }));
  return { waiting, over, silencing };
}

/** A failure that a recovery ended and that nobody was told of, and the silence that holds it, or is about to. */
interface Untold {
  name: string;
  silence: string | undefined;
}

/** Gives the failures that a recovery ended, as they are in the table now; none where people were told of one of them. */
async function failuresEnded(
  context: PublisherContext,
  intents: readonly Intent[],
  covering: ReadonlyMap<string, string | undefined> = new Map(),
): Promise<(intent: Intent) => readonly Untold[]> {
  const places = intents.flatMap((intent): ItemKey[] => (intent.kind === 'JobRecovered' ? intent.endedFailures : []));
  const items = places.length > 0 ? await context.outbox.waitingAt(places) : [];
  const silenceOf = ({ silence }: (typeof items)[number]) => (typeof silence === 'string' ? silence : undefined);
  const waiting = new Map(items.map((item) => [placeName(item), silenceOf(item)]));
  const untold = ({ endedFailures }: JobRecoveredIntent): Untold[] => {
    const names = endedFailures.map(placeName);
    if (!names.every((name) => waiting.has(name))) return [];
    return names.map((name) => ({ name, silence: waiting.get(name) ?? covering.get(name) }));
  };
  return (intent) => (intent.kind === 'JobRecovered' ? untold(intent) : []);
}

/** The silence that a recovery goes with: who is told of none of its failures yet is not told that they are over. */
function heldWith(failures: readonly Untold[], activeIds: ReadonlySet<string>): string | undefined {
  const [first] = failures;
  const isHeld = failures.every(({ silence }) => silence !== undefined && activeIds.has(silence));
  return isHeld ? first?.silence : undefined;
}

const idsOfActive = (silences: readonly Silence[], at: number): ReadonlySet<string> =>
  new Set(silences.filter((one) => isActive(one, at)).map(({ id }) => id));

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
    const intents = await readWaiting(context, await Array.fromAsync(context.outbox.heldBy(id)));
    // As if it had come now.
    const other = (intent: Intent) => active.find((one) => isCovered(one, { ...intent, receivedAt: at }))?.id;
    const goes = new Map(intents.map((intent) => [placeName(intent), other(intent) ?? id]));
    const endedBy = await failuresEnded(context, intents);
    const failuresGo = (intent: Intent) =>
      endedBy(intent).map(({ name, silence: by }) => ({ name, silence: goes.get(name) ?? by }));
    const activeIds = new Set(active.map((one) => one.id));
    const byOther = Map.groupBy(intents, (intent) => heldWith(failuresGo(intent), activeIds) ?? other(intent));
    silencing = await hold(context, { ...before, silencing }, byOther);
    const left = byOther.get(undefined) ?? [];
    // A recovery follows failures that are told by themselves, and those that the index does not show yet.
    const held = left.filter(isOfJob).filter((intent) => failuresGo(intent).every(({ name }) => goes.has(name)));
    // As long as one is left the silence is not forgotten.
    ended.push({ silence, held, lastHeldAt: held.length === 0 && left.length > 0 ? at : lastHeldAt });
  }
  return { ended, silencing };
}

const isOfJob = (intent: Intent): intent is JobFailedIntent | JobRecoveredIntent =>
  intent.kind === 'JobFailed' || intent.kind === 'JobRecovered';

/** Stands for a silence that somebody deleted from the registry by hand: what it held back is told nevertheless. */
function forgotten(id: string): Silence {
  return { id, reason: 'unknown: its record is gone', createdAt: 0, from: 0, until: 0, zone: 'UTC' };
}
