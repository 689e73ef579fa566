import * as v from 'valibot';
import { alertOf } from '../alerts/alert-of.ts';
import { type Intent, readIntent } from '../alerts/intent.ts';
import { renderMessage, renderText } from '../alerts/message.ts';
import type { TopicName } from '../alerts/outbox.ts';
import { isAtLeast } from '../alerts/severity.ts';
import type { ItemKey } from '../keys/ledger.ts';
import { messageId } from '../keys/records.ts';
import { RESERVED_PRIMARY } from '../registry/endpoint.ts';
import { describe, log } from '../runtime/log.ts';
import { logCounted } from '../runtime/metrics.ts';
import { covers, isActive, type Silence } from '../silences/silence.ts';
import type { Item } from '../store/items.ts';
import type { PublisherContext } from './context.ts';
import { type EndedSilence, type Planned, plan } from './plan.ts';
import { NEW_STATE, type PublisherState, publisherState } from './state.ts';

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
  const { memory, unpublished } = await outbox.remembered();
  const before = v.is(publisherState, memory) ? memory : NEW_STATE;
  let published = 0;
  /** In messages that SNS does not take: they are told already, as far as that goes. */
  const stuck = new Set<string>();
  for (const id of unpublished) {
    if (now() > until) return { outcome: 'out of time', published };
    if (await publishWritten(context, id)) published += 1;
    else for (const member of (await outbox.message(id))?.members ?? []) stuck.add(nameOf(member));
  }

  const places = [...woken, ...(await Array.fromAsync(outbox.pending()))].filter((one) => !stuck.has(nameOf(one)));
  const silences = await Array.fromAsync(context.silences.list());
  const intents = await readWaiting(context, places);
  const bySilence = Map.groupBy(intents, (intent) => silences.find((one) => isCovered(one, intent))?.id);
  const waiting = bySilence.get(undefined) ?? [];
  const silencing = await hold(context, before, bySilence);
  const ended = await endedSilences(context, silencing, silences);
  const { messages, state } = plan(waiting, ended, { ...before, silencing }, now(), settings);
  for (const planned of messages) {
    if (now() > until) return { outcome: 'out of time', published };
    const id = messageId(Math.min(...planned.members.map(({ receivedAt }) => receivedAt)), planned.members);
    await writeDown(context, id, planned);
    if (await publishWritten(context, id)) published += 1;
  }
  if (JSON.stringify(state) !== JSON.stringify(before)) await outbox.remember(state);
  return { outcome: 'done', published };
}

async function readWaiting({ outbox }: PublisherContext, places: readonly ItemKey[]): Promise<Intent[]> {
  return (await outbox.waitingAt(places)).flatMap((item) => readable(item) ?? []);
}

function readable(item: Item): Intent | undefined {
  try {
    return readIntent(item);
  } catch (error) {
    log.error('An intent that cannot be read stays pending', { pk: item.pk, sk: item.sk, error: describe(error) });
    return undefined;
  }
}

/** Takes out of what is pending what silences cover. Returns which silences hold something now. */
async function hold(
  { outbox }: PublisherContext,
  before: PublisherState,
  bySilence: ReadonlyMap<string | undefined, readonly Intent[]>,
): Promise<string[]> {
  const covering = [...bySilence.keys()].filter((id) => id !== undefined);
  const silencing = [...new Set([...before.silencing, ...covering])];
  // First: what nobody remembers to be held would never be told.
  if (silencing.length > before.silencing.length) await outbox.remember({ ...before, silencing });
  for (const id of covering) await outbox.hold(id, bySilence.get(id) ?? []);
  return silencing;
}

function isCovered(silence: Silence, intent: Intent): boolean {
  // Nobody silences the probe that watches nbwatch itself.
  if (!('primary' in intent) || intent.primary === RESERVED_PRIMARY) return false;
  if (intent.kind === 'JobFailed')
    return covers(silence, { primary: intent.primary, ...intent.entry }, intent.receivedAt);
  // Whatever the recovery's own status: who was not told of the failure is not told that it is over.
  const { status: _, ...anyStatus } = silence;
  return intent.kind === 'JobRecovered' && covers(anyStatus, intent, intent.receivedAt);
}

async function endedSilences(
  context: PublisherContext,
  silencing: readonly string[],
  silences: readonly Silence[],
): Promise<EndedSilence[]> {
  const ended: EndedSilence[] = [];
  for (const id of silencing) {
    const silence = silences.find((one) => one.id === id) ?? forgotten(id);
    if (isActive(silence, context.now())) continue;
    const intents = await readWaiting(context, await Array.fromAsync(context.outbox.heldBy(id)));
    const held = intents.filter((intent) => intent.kind === 'JobFailed' || intent.kind === 'JobRecovered');
    ended.push({ silence, held });
  }
  return ended;
}

/** Stands for a silence that somebody deleted from the registry by hand: what it held back is told nevertheless. */
function forgotten(id: string): Silence {
  return { id, reason: 'unknown: its record is gone', createdAt: 0, from: 0, until: 0, zone: 'UTC' };
}

async function writeDown({ outbox, settings, now }: PublisherContext, id: string, planned: Planned): Promise<void> {
  const { telling, members, severity, audience, after } = planned;
  const alert = alertOf(telling, settings);
  const isForChat = audience === 'people' && (severity === 'summary' || isAtLeast(severity, settings.chatFrom));
  const topics: TopicName[] = isForChat ? ['alerts', 'chat'] : ['alerts'];
  const rendered = renderMessage(id, alert);
  const text = renderText(alert);
  await outbox.writeDown({ id, kind: alert.kind, severity, text, rendered, topics, members }, after, now());
}

/**
 * Publishes a message as it was written down to each of its topics that has not accepted it, and marks it. False when a topic will never
 * take it as it is, or the chat has a failure of its own, which must not keep back what others are told.
 */
async function publishWritten({ outbox, publish, now }: PublisherContext, id: string): Promise<boolean> {
  const message = await outbox.message(id);
  if (!message) throw new Error(`The message ${id} was written down and is gone`);
  const rendered = JSON.parse(message.rendered);
  for (const topic of message.topics.filter((name) => !Object.hasOwn(message.snsMessageIds, name))) {
    try {
      const snsMessageId = await publish(topic, rendered);
      if (snsMessageId === undefined) throw new NeverTaken();
      await outbox.accepted(id, topic, snsMessageId);
    } catch (error) {
      const fields = { id, topic, error: describe(error) };
      logCounted('error', 'A message is not published; it stays pending', { PublishFailures: 1 }, fields);
      if (error instanceof NeverTaken || topic === 'chat') return false;
      throw error;
    }
  }
  await outbox.markPublished(id, message, now());
  return true;
}

class NeverTaken extends Error {
  override readonly name = 'NeverTaken';
  override readonly message = 'SNS will not take it as it is';
}

const nameOf = ({ pk, sk }: ItemKey) => JSON.stringify([pk, sk]);
