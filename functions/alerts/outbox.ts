import { type DynamoDBClient, GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import { RECORDS_INDEXES } from '../keys/indexes.ts';
import { heldBySilence, leaseKey, messageKey, sentKey, stateKey } from '../keys/records.ts';
import { EXPIRES_AT, FORMAT, type ItemKey, PARTITION_KEY, PENDING_INTENT, placeName } from '../keys/tables.ts';
import { keptSeconds, RESERVED_PRIMARY } from '../registry/endpoint.ts';
import { settleEach } from '../runtime/settle.ts';
import { type Item, queryItems, readItems, unlessRefused } from '../store/items.ts';
import { createLease, type Lease } from '../store/lease.ts';
import type { SnsMessage } from './message.ts';

/** The topics that a message may go to. The canary's messages go to `probe` alone, and nothing else goes there. */
const TOPICS = ['alerts', 'chat', 'probe'] as const;
export type TopicName = (typeof TOPICS)[number];

const place = v.object({ pk: v.string(), sk: v.string() });

/** A message as it is written down before it is published: whole, so that after a crash the same goes out again. */
export const storedMessage = v.object({
  kind: v.string(),
  severity: v.string(),
  subject: v.string(),
  /** The email's text. */
  text: v.string(),
  topics: v.array(v.picklist(TOPICS)),
  /** The intents that it reports. */
  members: v.array(place),
  /**
   * The request ids of the first notifications that brought what it reports: the correlation ids from socket to alert.
   */
  requestIds: v.optional(v.array(v.string()), []),
  /** The parameters of SNS's Publish, as JSON text. */
  rendered: v.string(),
  /** Epoch ms. */
  writtenAt: v.number(),
  /** Its intents are no longer pending; it waits for the chat or the probe alone. */
  settled: v.optional(v.boolean(), false),
  publishedAt: v.optional(v.number()),
  /** When a person gave up a message that SNS never took (epoch ms), and why. */
  droppedAt: v.optional(v.number()),
  dropReason: v.optional(v.string()),
  /** By topic, for those that accepted it. */
  snsMessageIds: v.record(v.string(), v.string()),
});
export type StoredMessage = v.InferOutput<typeof storedMessage>;

/** A message that is to be published. */
export interface NewMessage {
  id: string;
  kind: string;
  severity: string;
  text: string;
  rendered: SnsMessage;
  topics: readonly TopicName[];
  members: readonly ItemKey[];
  requestIds: readonly string[];
}

/**
 * The intents that wait, the messages that carry them, what the publisher remembers, and the lease of whoever may
 * publish.
 */
export interface Outbox {
  /** Takes the lease of whoever may publish. */
  lease: Lease['take'];
  release: Lease['release'];
  /** What is remembered, with the messages that were written down and not yet marked as published. */
  remembered(): Promise<{ memory: unknown; unpublished: string[] }>;
  remember(memory: object): Promise<void>;
  /**
   * Where pending intents are, oldest first. Read from an index: an intent just written may be missing, one just told
   * may still be there.
   */
  pending(): AsyncIterable<ItemKey>;
  /** Since when each pending intent is pending, epoch ms; from the same index. */
  pendingSince(): AsyncIterable<number>;
  /** Where the intents are that a silence holds back. */
  heldBy(silence: string): AsyncIterable<ItemKey>;
  /** The items at these places that are pending or held, read consistently. */
  waitingAt(places: readonly ItemKey[]): Promise<Item[]>;
  /** Takes intents out of the pending ones until their silence is over. */
  hold(silence: string, places: readonly ItemKey[]): Promise<void>;
  /**
   * Writes a message down, then what is remembered from then on, with the message among the unpublished. Returns it as
   * written down.
   */
  writeDown(message: NewMessage, memory: object, now: number): Promise<StoredMessage>;
  /** A message that was written down; undefined if there is none with this id that can be read. */
  message(id: string): Promise<StoredMessage | undefined>;
  /**
   * Notes that a topic accepted a message, so that the topic does not get it again. `publishedAt` (epoch ms): given if
   * it was the last topic.
   */
  accepted(id: string, topic: TopicName, snsMessageId: string, publishedAt?: number): Promise<void>;
  /** Marks the intents of a message as no longer pending. */
  settle(id: string, members: readonly ItemKey[]): Promise<void>;
  /** Notes that a message waits for the chat or the probe alone. */
  markSettled(id: string): Promise<void>;
  /** Takes a message out of the unpublished, as published at `publishedAt`, or now if no mark says when yet. */
  markPublished(message: Published, now: number): Promise<void>;
  /** Ends a message that SNS does not take: its intents are no longer pending. Only under the lease. Safe to repeat. */
  drop(message: Pick<NewMessage, 'id' | 'topics' | 'members'>, reason: string, now: number): Promise<void>;
  /** Takes a message that no longer exists out of the unpublished. */
  forget(id: string): Promise<void>;
}

type Published = Pick<NewMessage, 'id' | 'topics'> & Pick<StoredMessage, 'publishedAt'>;

/** Whether a message is the canary's: the probe looks for it, and nobody else gets it. */
export function isForProbe(topics: readonly TopicName[]): boolean {
  return topics.includes('probe');
}

/** How long messages are kept, seconds. */
const MESSAGE_KEPT_SECONDS = 400 * 86_400;

/** Writes at a time. */
const AT_ONCE = 40;

const NEVER = new AbortController().signal;

export function createOutbox(client: DynamoDBClient, table: string): Outbox {
  const lease = createLease(client, table, leaseKey('publisher'));
  const state = stateKey('publisher');
  const { name: IndexName, partitionKey, sortKey } = RECORDS_INDEXES.pending;

  async function read(key: ItemKey): Promise<Item | undefined> {
    const { Item } = await client.send(
      new GetItemCommand({ TableName: table, Key: marshall(key), ConsistentRead: true }),
    );
    return Item && unmarshall(Item);
  }

  const itemsIn = (partition: string): AsyncGenerator<Item> =>
    queryItems(client, {
      TableName: table,
      IndexName,
      KeyConditionExpression: `${partitionKey} = :partition`,
      ExpressionAttributeValues: marshall({ ':partition': partition }),
    });

  async function* placesIn(partition: string): AsyncGenerator<ItemKey> {
    for await (const { pk, sk } of itemsIn(partition)) yield { pk: String(pk), sk: String(sk) };
  }

  async function updateAll(places: readonly ItemKey[], UpdateExpression: string, values: Item): Promise<void> {
    await settleEach(places, AT_ONCE, NEVER, ({ pk, sk }) =>
      unlessRefused(
        client.send(
          new UpdateItemCommand({
            TableName: table,
            Key: marshall({ pk, sk }),
            UpdateExpression,
            // An intent that is gone must not come back as an item with nothing but a mark.
            ConditionExpression: `attribute_exists(${PARTITION_KEY})`,
            ExpressionAttributeValues: marshall(values),
          }),
        ),
      ),
    );
  }

  async function forget(id: string): Promise<void> {
    await client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: marshall(state),
        UpdateExpression: 'DELETE unpublished :id',
        ExpressionAttributeValues: marshall({ ':id': new Set([id]) }),
      }),
    );
  }

  const settle: Outbox['settle'] = (id, members) =>
    updateAll(members, `SET message = :id REMOVE ${partitionKey}, ${sortKey}`, { ':id': id });

  async function mark(id: string, UpdateExpression: string, values: Item): Promise<void> {
    await client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: marshall(messageKey(id)),
        UpdateExpression,
        ExpressionAttributeValues: marshall(values),
      }),
    );
  }

  /**
   * Notes a message under today (UTC): the message itself lies under the day of what it reports, which may be months
   * ago. Then takes it out of the unpublished. Whoever dies in between leaves it there, and it is noted again. Messages
   * for the probe are not noted: nobody was sent them.
   */
  async function end({ id, topics }: Pick<NewMessage, 'id' | 'topics'>, now: number): Promise<void> {
    const sent = { ...sentKey(now, id), format: FORMAT, [EXPIRES_AT]: Math.floor(now / 1000) + MESSAGE_KEPT_SECONDS };
    if (!isForProbe(topics)) await client.send(new PutItemCommand({ TableName: table, Item: marshall(sent) }));
    await forget(id);
  }

  return {
    lease: lease.take,
    release: lease.release,

    async remembered() {
      const item = await read(state);
      const unpublished = item?.unpublished instanceof Set ? [...item.unpublished].map(String).sort() : [];
      return { memory: item?.memory, unpublished };
    },

    async remember(memory) {
      await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: marshall(state),
          UpdateExpression: 'SET memory = :memory, #format = :format',
          ExpressionAttributeNames: { '#format': 'format' },
          ExpressionAttributeValues: marshalled({ ':memory': memory, ':format': FORMAT }),
        }),
      );
    },

    pending: () => placesIn(PENDING_INTENT),
    async *pendingSince() {
      for await (const item of itemsIn(PENDING_INTENT)) yield Number(item[sortKey]);
    },
    heldBy: (silence) => placesIn(heldBySilence(silence)),

    async waitingAt(places) {
      const distinct = [...new Map(places.map((each) => [placeName(each), each])).values()];
      const items = await Array.fromAsync(readItems(client, table, distinct));
      return items.filter((item) => item[partitionKey] !== undefined);
    },

    hold: (silence, places) =>
      updateAll(places, `SET ${partitionKey} = :partition, silence = :silence`, {
        ':partition': heldBySilence(silence),
        ':silence': silence,
      }),

    async writeDown({ id, kind, severity, text, rendered, topics, members, requestIds }, memory, now) {
      const primary = isForProbe(topics) ? RESERVED_PRIMARY : undefined;
      const message = {
        ...{ kind, severity, subject: rendered.Subject, text, topics: [...topics], rendered: JSON.stringify(rendered) },
        members: members.map(({ pk, sk }) => ({ pk, sk })),
        requestIds: [...requestIds],
        snsMessageIds: {},
        writtenAt: now,
      };
      const expiresAt = Math.floor(now / 1000) + keptSeconds(primary, MESSAGE_KEPT_SECONDS);
      const item = { ...messageKey(id), format: FORMAT, ...message, [EXPIRES_AT]: expiresAt };
      // Not in one transaction, in which each KB of the message is billed twice. Whoever dies between the two writes
      // leaves a message that nobody knows of: its intents are still pending, and are planned again over it.
      await client.send(new PutItemCommand({ TableName: table, Item: marshalled(item) }));
      await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: marshall(state),
          UpdateExpression: 'SET memory = :memory, #format = :format ADD unpublished :id',
          ExpressionAttributeNames: { '#format': 'format' },
          ExpressionAttributeValues: marshalled({ ':memory': memory, ':format': FORMAT, ':id': new Set([id]) }),
        }),
      );
      return { ...message, settled: false };
    },

    async message(id) {
      const message = v.safeParse(storedMessage, await read(messageKey(id)));
      return message.success ? message.output : undefined;
    },

    async accepted(id, topic, snsMessageId, publishedAt) {
      await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: marshall(messageKey(id)),
          UpdateExpression: `SET snsMessageIds.#topic = :sns${publishedAt === undefined ? '' : ', publishedAt = :at'}`,
          ExpressionAttributeNames: { '#topic': topic },
          ExpressionAttributeValues: marshalled({ ':sns': snsMessageId, ':at': publishedAt }),
        }),
      );
    },

    settle,

    markSettled: (id) => mark(id, 'SET settled = :true', { ':true': true }),

    async markPublished({ publishedAt, ...message }, now) {
      // Each change of a message is billed by its whole size. Usually the message was marked when the last topic
      // accepted it.
      if (publishedAt === undefined) await mark(message.id, 'SET publishedAt = :now', { ':now': now });
      await end(message, publishedAt ?? now);
    },

    async drop(message, reason, now) {
      await settle(message.id, message.members);
      const values = { ':now': now, ':reason': reason };
      await mark(message.id, 'SET droppedAt = :now, dropReason = :reason', values);
      await end(message, now);
    },

    forget,
  };
}

const marshalled = (item: object) => marshall(item, { removeUndefinedValues: true });
