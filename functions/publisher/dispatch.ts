import { alertOf } from '../alerts/alert-of.ts';
import { renderMessage, renderText } from '../alerts/message.ts';
import { isForProbe, type StoredMessage, type TopicName } from '../alerts/outbox.ts';
import { messageId } from '../keys/records.ts';
import { type ItemKey, placeName } from '../keys/tables.ts';
import { describe, log, requestIdsOf } from '../runtime/log.ts';
import { logCounted } from '../runtime/metrics.ts';
import type { PublisherContext } from './context.ts';
import type { Planned } from './draft.ts';
import { messageMetric } from './message-metric.ts';

/** A message that was written down, and its id. */
export interface Outgoing {
  id: string;
  message: StoredMessage;
}

/** Renders a message and writes it down, with the state from then on. `at`: when it was planned, epoch ms. */
export async function writeDown(
  { outbox, settings }: PublisherContext,
  planned: Planned,
  at: number,
): Promise<Outgoing> {
  const { content, members, topics, after } = planned;
  const id = messageId(Math.min(...members.map(({ receivedAt }) => receivedAt)), members);
  const alert = alertOf(content, settings);
  const rendered = renderMessage(id, alert, topics);
  const text = renderText(alert);
  const requestIds = requestIdsOf(members);
  const message = { id, kind: alert.kind, severity: alert.severity, text, rendered, topics, members, requestIds };
  return { id, message: await outbox.writeDown(message, after, at) };
}

/** Publishes messages that were written down, and knows what became of each. */
export interface Dispatch {
  /**
   * Publishes to `alerts`, unless that was done before; throws if that fails now. `publishToOtherTopics` does the rest.
   */
  publish(outgoing: Outgoing): Promise<void>;
  /**
   * Publishes the chat's copies, then what is for the probe alone: each topic until a message fails, both until time
   * runs out.
   */
  publishToOtherTopics(isOutOfTime: () => boolean): Promise<void>;
  /** How many messages `alerts` accepted. */
  published(): number;
  /** When each message that went out late was written down, epoch ms. */
  late(): readonly number[];
  /** Whether an intent is in a message that SNS has not taken. It counts as told: nobody must plan it again. */
  isStuck(place: ItemKey): boolean;
}

/**
 * A message that goes out later than this, ms, counts as sent then and not when it was planned: SNS may have refused it
 * for hours.
 */
const LATE_MS = 5 * 60_000;

export function startDispatch(context: PublisherContext): Dispatch {
  const others: Record<keyof typeof TRIED_MS, Outgoing[]> = { chat: [], probe: [] };
  const late: number[] = [];
  const stuck = new Set<string>();
  let published = 0;
  const markStuck = ({ message }: Outgoing) => {
    for (const member of message.members) stuck.add(placeName(member));
  };
  return {
    async publish(outgoing) {
      const { message } = outgoing;
      if (message.settled) {
        others.chat.push(outgoing);
      } else if (isForProbe(message.topics)) {
        others.probe.push(outgoing);
        markStuck(outgoing);
      } else if (await publishToAlerts(context, outgoing)) {
        published += 1;
        if (message.topics.includes('chat')) others.chat.push({ ...outgoing, message: { ...message, settled: true } });
        if (context.now() > message.writtenAt + LATE_MS) late.push(message.writtenAt);
      } else markStuck(outgoing);
    },
    async publishToOtherTopics(isOutOfTime) {
      for (const topic of ['chat', 'probe'] as const)
        for (const outgoing of others[topic])
          if (isOutOfTime() || !(await publishToOtherTopic(context, topic, outgoing))) break;
    },
    published: () => published,
    late: () => late,
    isStuck: (place) => stuck.has(placeName(place)),
  };
}

/**
 * Publishes a message to `alerts` as it was written down, unless that was done before, and settles its intents. False
 * if SNS will never take it as it is.
 */
async function publishToAlerts(context: PublisherContext, { id, message }: Outgoing): Promise<boolean> {
  const isLast = !message.topics.includes('chat');
  const publishedAt = isLast ? publishedAtOf(message, 'alerts', context.now()) : undefined;
  if (!(await publishTo(context, 'alerts', id, message, publishedAt))) return false;
  await context.outbox.settle(id, message.members);
  if (isLast) await context.outbox.markPublished({ ...message, id, publishedAt }, context.now());
  else await context.outbox.markSettled(id);
  return true;
}

/** When the last topic accepts a message: now, or if it did before, the time that was noted; undefined if none was. */
function publishedAtOf({ snsMessageIds, publishedAt }: StoredMessage, last: TopicName, now: number) {
  return Object.hasOwn(snsMessageIds, last) ? publishedAt : now;
}

/** How long a message is tried on the topics besides `alerts`, ms. Failures there hold nothing else back. */
const TRIED_MS = { chat: 24 * 3_600_000, probe: 5 * 60_000 };

/**
 * Publishes the chat's copy of a message that `alerts` accepted, or a message for the probe alone. False if that failed
 * now and is to be tried again. A message that SNS will never take, or that was tried for long enough, is done with:
 * the others must not wait for it.
 */
async function publishToOtherTopic(
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
    // `publishTo` has logged and counted it.
    if (now() < message.writtenAt + TRIED_MS[topic]) return false;
  }
  if (!message.settled) await outbox.settle(id, message.members);
  await outbox.markPublished({ ...message, id, publishedAt }, now());
  return true;
}

/**
 * `publishedAt` is noted with the acceptance if this topic is the last. False if the topic will never take the message
 * as it is. Any other failure is thrown.
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
    const what = 'Publishing a message failed';
    const fields = { id, topic, error: describe(error) };
    // If the probe misses a message, people still get theirs, and the probe itself counts it.
    if (topic === 'probe') log.error(what, fields);
    else logCounted('error', what, { PublishFailures: 1 }, fields);
  };
  try {
    const snsMessageId = await publish(topic, JSON.parse(rendered));
    if (snsMessageId === undefined) {
      failed('SNS rejects the message as it is; it stays pending');
      return false;
    }
    await outbox.accepted(id, topic, snsMessageId, publishedAt);
    // Only `alerts` counts: the chat gets a copy, and what the probe gets reaches nobody.
    const counts = topic === 'alerts' ? messageMetric(kind) : {};
    logCounted('info', 'published', counts, { id, topic, kind, intents: members.length, requestIds });
    return true;
  } catch (error) {
    failed(error);
    throw error;
  }
}
