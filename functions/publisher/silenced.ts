import type { Intent, JobFailedIntent, JobRecoveredIntent } from '../alerts/intent.ts';
import { type ItemKey, placeName } from '../keys/tables.ts';
import { RESERVED_PRIMARY } from '../registry/endpoint.ts';
import { covers, isActive, type Silence } from '../silences/silence.ts';
import type { PublisherContext } from './context.ts';
import type { EndedSilence } from './plan.ts';
import type { PublisherState } from './state.ts';
import { readWaiting } from './waiting.ts';

/** What waits and no silence covers, what silences that are over held, and which silences hold something now. */
interface Silenced {
  waiting: readonly Intent[];
  ended: readonly EndedSilence[];
  silencing: PublisherState['silencing'];
}

/** Lets silences hold what they cover of what waits, and finds silences that are over. */
export async function applySilences(
  context: PublisherContext,
  before: PublisherState,
  intents: readonly Intent[],
  silences: readonly Silence[],
): Promise<Silenced> {
  const covering = new Map(
    intents.map((intent) => [placeName(intent), silences.find((silence) => isCovered(silence, intent))?.id]),
  );
  const endedBy = await failuresEnded(context, intents, covering);
  const activeIds = idsOfActive(silences, context.now());
  const silenceFor = (intent: Intent) =>
    silenceOfRecovery(endedBy(intent), activeIds) ?? covering.get(placeName(intent));
  const bySilence = Map.groupBy(intents, silenceFor);
  const holding = { ...before, silencing: await hold(context, before, bySilence) };
  const { ended, silencing } = await endedSilences(context, holding, silences);
  const left = bySilence.get(undefined) ?? [];
  const found = new Set([...left, ...ended.flatMap(({ held }): readonly Intent[] => held)].map(placeName));
  // A failure that is held, or that no index shows yet, is left to a later run; so is the recovery that ended it.
  const waiting = left.filter((intent) => endedBy(intent).every(({ name }) => found.has(name)));
  // When somebody ended a silence, an intent that it held may also be what woke this run: it is planned once.
  const isWaiting = new Set(waiting.map(placeName));
  const distinct = ended.map(({ held, ...silence }) => ({
    ...silence,
    held: held.filter((intent) => !isWaiting.has(placeName(intent))),
  }));
  return { waiting, ended: distinct, silencing };
}

/** A failure that a recovery ended and nobody was alerted to, and the silence that holds it or is about to. */
interface Untold {
  name: string;
  silence: string | undefined;
}

/** Finds the failures that a recovery ended, as the table has them now; none if people were alerted to one of them. */
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

/**
 * The silence that a recovery goes to: whoever was alerted to none of its failures need not hear yet that they are
 * over.
 */
function silenceOfRecovery(failures: readonly Untold[], activeIds: ReadonlySet<string>): string | undefined {
  const [first] = failures;
  const isHeld = failures.every(({ silence }) => silence !== undefined && activeIds.has(silence));
  return isHeld ? first?.silence : undefined;
}

const idsOfActive = (silences: readonly Silence[], at: number): ReadonlySet<string> =>
  new Set(silences.filter((silence) => isActive(silence, at)).map(({ id }) => id));

/** Takes what silences cover out of what is pending. Returns which silences hold something now. */
async function hold(
  { outbox, now }: PublisherContext,
  before: PublisherState,
  bySilence: ReadonlyMap<string | undefined, readonly Intent[]>,
): Promise<PublisherState['silencing']> {
  const covering = [...bySilence.keys()].filter((id) => id !== undefined);
  if (covering.length === 0) return before.silencing;
  const silencing = { ...before.silencing, ...Object.fromEntries(covering.map((id) => [id, now()])) };
  // Remembered first: what is held without anybody remembering it would never be sent.
  await outbox.remember({ ...before, silencing });
  for (const id of covering) await outbox.hold(id, bySilence.get(id) ?? []);
  return silencing;
}

/** Whether a silence covers a failure. Nobody can silence the probe that watches nbwatch itself. */
const isCovered = (silence: Silence, intent: Intent): boolean =>
  intent.kind === 'JobFailed' &&
  intent.primary !== RESERVED_PRIMARY &&
  covers(silence, { primary: intent.primary, ...intent.entry }, intent.receivedAt);

/** What silences that are over held. What an active silence covers as well stays held, by that one. */
async function endedSilences(
  context: PublisherContext,
  before: PublisherState,
  silences: readonly Silence[],
): Promise<{ ended: EndedSilence[]; silencing: PublisherState['silencing'] }> {
  const ended: EndedSilence[] = [];
  const at = context.now();
  const active = silences.filter((silence) => isActive(silence, at));
  let { silencing } = before;
  for (const [id, lastHeldAt] of Object.entries(before.silencing)) {
    const silence = silences.find((each) => each.id === id) ?? deletedSilence(id);
    if (isActive(silence, at)) continue;
    const intents = await readWaiting(context, await Array.fromAsync(context.outbox.heldBy(id)));
    // Judged as if it had come now.
    const otherSilence = (intent: Intent) =>
      active.find((silence) => isCovered(silence, { ...intent, receivedAt: at }))?.id;
    const silenceByPlace = new Map(intents.map((intent) => [placeName(intent), otherSilence(intent) ?? id]));
    const endedBy = await failuresEnded(context, intents);
    const failuresOf = (intent: Intent) =>
      endedBy(intent).map(({ name, silence: by }) => ({ name, silence: silenceByPlace.get(name) ?? by }));
    const activeIds = new Set(active.map(({ id }) => id));
    const byOther = Map.groupBy(
      intents,
      (intent) => silenceOfRecovery(failuresOf(intent), activeIds) ?? otherSilence(intent),
    );
    silencing = await hold(context, { ...before, silencing }, byOther);
    const left = byOther.get(undefined) ?? [];
    // A recovery waits for failures that this silence did not hold, and for those that the index does not show yet.
    const held = left
      .filter(isOfJob)
      .filter((intent) => failuresOf(intent).every(({ name }) => silenceByPlace.has(name)));
    // As long as something is left, the silence must not be forgotten.
    ended.push({ silence, held, lastHeldAt: held.length === 0 && left.length > 0 ? at : lastHeldAt });
  }
  return { ended, silencing };
}

const isOfJob = (intent: Intent): intent is JobFailedIntent | JobRecoveredIntent =>
  intent.kind === 'JobFailed' || intent.kind === 'JobRecovered';

/** Stands for a silence that somebody deleted from the registry by hand: what it held back is sent nevertheless. */
function deletedSilence(id: string): Silence {
  return { id, reason: 'unknown: its record is gone', createdAt: 0, from: 0, until: 0, zone: 'UTC' };
}
