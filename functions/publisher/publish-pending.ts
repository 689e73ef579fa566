import type { Intent } from '../alerts/intent.ts';
import { type ItemKey, placeName } from '../keys/tables.ts';
import { log } from '../runtime/log.ts';
import { resultOf } from '../runtime/settle.ts';
import type { PublisherContext } from './context.ts';
import { type Dispatch, type Outgoing, startDispatch, writeDown } from './dispatch.ts';
import type { Planned } from './draft.ts';
import { hasNothingToDo } from './idle.ts';
import { type Plan, plan } from './plan.ts';
import { applySilences } from './silenced.ts';
import { type PublisherState, readState, withKeptAt } from './state.ts';
import { readWaiting } from './waiting.ts';

/**
 * `done`: what was due is published. `busy`: another publisher is at work. `out of time`: the rest waits for the next
 * run.
 */
export type Publishing = { outcome: 'done' | 'busy' | 'out of time'; published: number };

/**
 * Time reserved at the end of an invocation, ms: more than one message can take. A lease may safely outlast its holder.
 */
const RESERVE_MS = 10_000;

/**
 * Publishes what is due of everything pending: the intents that woke the publisher, which the index may not show yet,
 * and those that the index shows. Only one publisher runs at a time, under a lease that ends when this invocation must.
 * A failed call throws; whatever was not marked as published goes out the next time, under the same id. An intent that
 * cannot be read and a message that SNS will never take stay pending, and do not cost the others their turn. `endsAt`
 * is epoch ms.
 */
export async function publishPending(
  context: PublisherContext,
  woken: readonly ItemKey[],
  endsAt: number,
): Promise<Publishing> {
  const { outbox, now } = context;
  // The clock wakes the publisher every minute, mostly for nothing: to look costs reads, while the lease costs writes.
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
  // In parallel: intents that are published below may still be in the index, but they are read again before planning.
  const [readMemory, readPending, readSilences] = await Promise.allSettled([
    outbox.remembered(),
    Array.fromAsync(outbox.pending()),
    Array.fromAsync(context.silences.list()),
  ]);
  const { memory, unpublished } = resultOf(readMemory);
  const isOutOfTime = () => now() > until;
  const dispatch = startDispatch(context);
  const result = (outcome: Publishing['outcome']): Publishing => ({ outcome, published: dispatch.published() });

  for (const id of unpublished) {
    if (isOutOfTime()) return result('out of time');
    await publishUnpublished(context, dispatch, id);
  }
  const remembered = readState(memory);
  const before = sentLate(remembered, dispatch.late(), now());
  // Only now: what is written down goes out even if the index or the silences cannot be read.
  const places = [...woken, ...resultOf(readPending)].filter((place) => !dispatch.isStuck(place));
  const silenced = await applySilences(context, before, await readWaiting(context, places), resultOf(readSilences));
  const { waiting, ended, silencing } = silenced;
  // The one time at which everything is planned and written down.
  const at = now();
  const planned = plan(waiting, ended, { ...before, silencing }, at, settings);
  const state = withKeptAt(planned.state, leavesAny(planned, waiting), now());
  const outgoing = await writeAllDown(context, planned.messages, state, at, isOutOfTime);
  if (!outgoing) return result('out of time');
  if (outgoing.length === 0 && JSON.stringify(state) !== JSON.stringify(remembered)) await outbox.remember(state);
  for (const one of outgoing) {
    if (isOutOfTime()) return result('out of time');
    await dispatch.publish(one);
  }
  await dispatch.publishToOtherTopics(isOutOfTime);
  return result('done');
}

/** Publishes a message that an earlier run wrote down and did not get to mark. */
async function publishUnpublished({ outbox }: PublisherContext, dispatch: Dispatch, id: string): Promise<void> {
  const message = await outbox.message(id);
  if (!message) {
    log.error('A message to publish is missing or cannot be read: its intents are planned again', { id });
    await outbox.forget(id);
  } else if (message.droppedAt !== undefined) {
    // Whoever dropped it died before finishing.
    await outbox.drop({ ...message, id }, message.dropReason ?? '', message.droppedAt);
  } else await dispatch.publish({ id, message });
}

/** The state as if messages that went out late had been planned now: people got them in this hour. */
function sentLate(state: PublisherState, late: readonly number[], now: number): PublisherState {
  const since = Math.min(...late);
  return { ...state, sent: state.sent.map((message) => (message.at >= since ? { ...message, at: now } : message)) };
}

/** Whether the plan leaves out something that waits: that waits for its turn. */
function leavesAny({ messages }: Plan, waiting: readonly Intent[]): boolean {
  const told = new Set(messages.flatMap(({ members }) => members.map(placeName)));
  return waiting.some((intent) => !told.has(placeName(intent)));
}

/**
 * Writes all messages down before the first is published: the parts of one digest must not be planned again when time
 * runs out. Undefined if time ran out; what was written down by then goes out the next time.
 */
async function writeAllDown(
  context: PublisherContext,
  messages: readonly Planned[],
  state: PublisherState,
  at: number,
  isOutOfTime: () => boolean,
): Promise<Outgoing[] | undefined> {
  const outgoing: Outgoing[] = [];
  for (const message of messages) {
    if (isOutOfTime() && !isLaterPart(message)) return undefined;
    // The last one carries what is remembered once all are written down.
    const after = message === messages.at(-1) ? state : message.after;
    outgoing.push(await writeDown(context, { ...message, after }, at));
  }
  return outgoing;
}

const isLaterPart = ({ content }: Planned) => 'part' in content && content.part > 1;
