import { alertOf } from '../alerts/alert-of.ts';
import { type Intent, readIntent } from '../alerts/intent.ts';
import { renderMessage, renderText } from '../alerts/message.ts';
import { isForProbe, type StoredMessage, type TopicName } from '../alerts/outbox.ts';
import type { ItemKey } from '../keys/ledger.ts';
import { messageId } from '../keys/records.ts';
import { RESERVED_PRIMARY } from '../registry/endpoint.ts';
import { describe, log, requestIdsOf } from '../runtime/log.ts';
import { logCounted } from '../runtime/metrics.ts';
import { resultOf } from '../runtime/settle.ts';
import { covers, isActive, type Silence } from '../silences/silence.ts';
import type { Item } from '../store/items.ts';
import type { PublisherContext } from './context.ts';
import { hasNothingToDo } from './idle.ts';
import { messageMetric } from './message-metric.ts';
import { type EndedSilence, type Planned, plan } from './plan.ts';
import { keeping, type PublisherState, readState } from './state.ts';

/** `done`: what was due is published. `busy`: another publisher is at it. `out of time`: the rest waits for the next. */
export type Publishing = { outcome: 'done' | 'busy' | 'out of time'; published: number };

/** Time kept back at the end of an invocation, ms: more than one message can take. A lease held longer than its holder lives is safe. */
const RESERVE_MS = 10_000;

/**
 * Publishes what is due of all that is pending: the intents that woke the publisher, which the index may not show yet, and those that
 * it shows. One publisher at a time, under a lease that ends when this invocation must. A failed call throws; what was not
 * marked as published goes out the next time, under the same id. An intent that cannot be read and a message that SNS will never
 * take stay pending, and do not cost the others their turn. `endsAt` is epoch ms.
 */
export async function publishPending(
  context: PublisherContext,
  woken: readonly ItemKey[],
  endsAt: number,
): Promise<Publishing> {
  const { outbox, now } = context;
  // The clock wakes it each minute, mostly for nothing: to look costs reads, where the lease costs writes.
  if (woken.length === 0 && (await hasNothingToDo(outbox))) return { outcome: 'done', published: 0 };
  const holder = context.newHolder();
  if (!(await outbox.lease(holder, now(), endsAt))) return { outcome: 'busy', published: 0 };
  try {
    return await publishUnderLease(context, woken, endsAt - RESERVE_MS);
  } finally {
    await outbox.release(holder);
  }
}

async function publishUnderLease(
  context: PublisherContext,
  woken: readonly ItemKey[],
  until: number,
): Promise<Publishing> {
  const { outbox, settings, now } = context;
  // At once: what the index shows of those that are told below is looked up again before it is planned.
  const [readMemory, readPending, readSilences] = await Promise.allSettled([
    outbox.remembered(),
    Array.fromAsync(outbox.pending()),
    Array.fromAsync(context.silences.list()),
  ]);
  const { memory, unpublished } = resultOf(readMemory);
  const runOut = () => now() > until;
  let published = 0;
  /** When those were written down that went out only long after. */
  const late: number[] = [];
  /** Told already, but for the chat. */
  const forChat: Outgoing[] = [];
  const forProbe: Outgoing[] = [];
  /** In messages that SNS has not taken: they are told already, as far as that goes. */
  const stuck = new Set<string>();
  const publishOne = async (outgoing: Outgoing) => {
    const { message } = outgoing;
    if (message.settled) {
      forChat.push(outgoing);
    } else if (isForProbe(message.topics)) {
      forProbe.push(outgoing);
      for (const member of message.members) stuck.add(nameOf(member));
    } else if (await publishToAlerts(context, outgoing)) {
      published += 1;
      if (message.topics.includes('chat')) forChat.push({ ...outgoing, message: { ...message, settled: true } });
      if (now() > message.writtenAt + LATE_MS) late.push(message.writtenAt);
    } else {
      for (const member of message.members) stuck.add(nameOf(member));
    }
  };

  for (const id of unpublished) {
    if (runOut()) return { outcome: 'out of time', published };
    const message = await outbox.message(id);
    if (!message) {
      log.error('A message that was to be published is gone or cannot be read; what it told is planned anew', { id });
      await outbox.forget(id);
    } else if (message.droppedAt !== undefined) {
      // Whoever dropped it died before it was done with.
      await outbox.drop({ ...message, id }, message.dropReason ?? '', message.droppedAt);
    } else await publishOne({ id, message });
  }
  const remembered = readState(memory);
  const before = sentLate(remembered, late, now());
  // Only now: what is written down goes out also while one of these cannot be read.
  const [pending, silences] = [resultOf(readPending), resultOf(readSilences)];
  const places = [...woken, ...pending].filter((one) => !stuck.has(nameOf(one)));
  const intents = await readWaiting(context, places);
  const bySilence = Map.groupBy(intents, (intent) => silences.find((one) => isCovered(one, intent))?.id);
  const waiting = bySilence.get(undefined) ?? [];
  const holding = { ...before, silencing: await hold(context, before, bySilence) };
  const { ended: over, silencing } = await endedSilences(context, holding, silences);
  // What a silence held as somebody ended it may be what has woken this run, too.
  const isWaiting = new Set(waiting.map(nameOf));
  const ended = over.map((one) => ({ ...one, held: one.held.filter((intent) => !isWaiting.has(nameOf(intent))) }));
  // The one time at which all of it is planned, and written down.
  const at = now();
  const { messages, state: planned } = plan(waiting, ended, { ...before, silencing }, at, settings);
  const told = new Set(messages.flatMap(({ members }) => members.map(nameOf)));
  const state = keeping(
    planned,
    waiting.some((intent) => !told.has(nameOf(intent))),
    now(),
  );
  const outgoing: Outgoing[] = [];
  // All are written down before the first is published: the parts of one digest must not be planned anew when time runs out.
  for (const planned of messages) {
    if (runOut() && !isLaterPart(planned)) return { outcome: 'out of time', published };
    // With the last one goes what is remembered once all are written down.
    const after = planned === messages.at(-1) ? state : planned.after;
    outgoing.push(await writeDown(context, { ...planned, after }, at));
  }
  if (messages.length === 0 && JSON.stringify(state) !== JSON.stringify(remembered)) await outbox.remember(state);
  for (const one of outgoing) {
    if (runOut()) return { outcome: 'out of time', published };
    await publishOne(one);
  }
  for (const one of forChat) if (runOut() || !(await publishBeside(context, 'chat', one))) break;
  for (const one of forProbe) if (runOut() || !(await publishBeside(context, 'probe', one))) break;
  return { outcome: 'done', published };
}

/** From when on a message counts as sent when it went out, ms, and not when it was planned: SNS may have refused it for hours. */
const LATE_MS = 5 * 60_000;

/** The state as if what went out late had been planned now: people got it in this hour. */
function sentLate(state: PublisherState, late: readonly number[], now: number): PublisherState {
  const since = Math.min(...late);
  return { ...state, sent: state.sent.map((message) => (message.at >= since ? { ...message, at: now } : message)) };
}

const isLaterPart = ({ telling }: Planned) => 'part' in telling && telling.part > 1;

async function readWaiting({ outbox }: PublisherContext, places: readonly ItemKey[]): Promise<Intent[]> {
  return (await outbox.waitingAt(places)).flatMap((item) => readable(item) ?? []);
}

function readable(item: Item): Intent | undefined {
  try {
    return readIntent(item);
  } catch (error) {
    const place = { pk: item.pk, sk: item.sk };
    const what = 'An intent that cannot be read stays pending';
    logCounted('error', what, { PublishFailures: 1 }, { ...place, error: describe(error) });
    return undefined;
  }
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

/** A message that was written down, and its id. */
interface Outgoing {
  id: string;
  message: StoredMessage;
}

async function writeDown({ outbox, settings }: PublisherContext, planned: Planned, at: number): Promise<Outgoing> {
  const { telling, members, topics, after } = planned;
  const id = messageId(Math.min(...members.map(({ receivedAt }) => receivedAt)), members);
  const alert = alertOf(telling, settings);
  const rendered = renderMessage(id, alert, topics);
  const text = renderText(alert);
  const requestIds = requestIdsOf(members);
  const message = { id, kind: alert.kind, severity: alert.severity, text, rendered, topics, members, requestIds };
  return { id, message: await outbox.writeDown(message, after, at) };
}

/** Publishes a message as it was written down, unless that was done, and settles its intents. False when SNS will never take it as it is. */
async function publishToAlerts(context: PublisherContext, { id, message }: Outgoing): Promise<boolean> {
  const isLast = !message.topics.includes('chat');
  const publishedAt = isLast ? publishedAtOf(message, 'alerts', context.now()) : undefined;
  if (!(await publishTo(context, 'alerts', id, message, publishedAt))) return false;
  await context.outbox.settle(id, message.members);
  if (isLast) await context.outbox.markPublished({ ...message, id, publishedAt }, context.now());
  else await context.outbox.markSettled(id);
  return true;
}

/** When its last topic accepts a message: now, unless it did before; undefined where nobody noted when. */
function publishedAtOf({ snsMessageIds, publishedAt }: StoredMessage, last: TopicName, now: number) {
  return Object.hasOwn(snsMessageIds, last) ? publishedAt : now;
}

/** How long a message is tried on the topics beside alerts, ms. Their failures are their own and keep back nothing else. */
const TRIED_MS = { chat: 24 * 3_600_000, probe: 5 * 60_000 };

/**
 * Publishes the chat's copy of a message that alerts accepted, or one that is for the probe alone. False when that failed now; it is tried
 * again for a time. One that SNS will never take is done with: the others must not wait for it.
 */
async function publishBeside(
  context: PublisherContext,
  topic: keyof typeof TRIED_MS,
  { id, message }: Outgoing,
): Promise<boolean> {
  const { outbox, now } = context;
  let publishedAt = publishedAtOf(message, topic, now());
  try {
    if (!(await publishTo(context, topic, id, message, publishedAt))) publishedAt = undefined;
  } catch {
    publishedAt = undefined;
    // It was logged and counted where it failed.
    if (now() < message.writtenAt + TRIED_MS[topic]) return false;
  }
  if (!message.settled) await outbox.settle(id, message.members);
  await outbox.markPublished({ ...message, id, publishedAt }, now());
  return true;
}

/**
 * `publishedAt`: noted with the acceptance, where this topic is the last. False when the topic will never take the message as it is. Any
 * other failure is thrown.
 */
async function publishTo(
  { outbox, publish }: PublisherContext,
  topic: TopicName,
  id: string,
  { kind, members, requestIds, rendered, snsMessageIds }: StoredMessage,
  publishedAt: number | undefined,
): Promise<boolean> {
  if (Object.hasOwn(snsMessageIds, topic)) return true;
  const failed = (error: unknown) => {
    const what = 'A message is not published';
    const fields = { id, topic, error: describe(error) };
    // That the probe misses a message keeps nothing from people, and the probe counts it itself.
    if (topic === 'probe') log.error(what, fields);
    else logCounted('error', what, { PublishFailures: 1 }, fields);
  };
  try {
    const snsMessageId = await publish(topic, JSON.parse(rendered));
    if (snsMessageId === undefined) {
      failed('SNS will not take it as it is; it stays pending');
      return false;
    }
    await outbox.accepted(id, topic, snsMessageId, publishedAt);
    // The chat's is a copy; that of the probe reaches nobody.
    const counts = topic === 'alerts' ? messageMetric(kind) : {};
    logCounted('info', 'published', counts, { id, topic, kind, intents: members.length, requestIds });
    return true;
  } catch (error) {
    failed(error);
    throw error;
  }
}

const nameOf = ({ pk, sk }: ItemKey) => JSON.stringify([pk, sk]);
