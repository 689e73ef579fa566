import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { RECORDS_INDEXES } from '../keys/indexes.ts';
import type { ItemKey } from '../keys/ledger.ts';
import { leaseKey, messageKey } from '../keys/records.ts';
import { FORMAT, PARTITION_KEY, PENDING_INTENT } from '../keys/tables.ts';
import { type Item, putIfAbsent, queryItems, unlessRefused } from '../store/items.ts';

/** The intents that wait, the messages that carry them, and the lease of the one who may publish. */
export interface Outbox {
  /** True when the lease is ours until `until` (epoch ms); false while another holds it. */
  lease(holder: string, now: number, until: number): Promise<boolean>;
  release(holder: string): Promise<void>;
  /** Where pending intents are, oldest first. Read from an index: one just written may be missing, one just published still there. */
  pending(): AsyncIterable<ItemKey>;
  /** The intent at this place if it is pending, read consistently. */
  ifPending(place: ItemKey): Promise<Item | undefined>;
  /** Writes a message down before it is published, once. A message written down before a crash is published under the same id. */
  writeDown(id: string, kind: string, members: readonly ItemKey[], now: number): Promise<void>;
  /** Marks a message as accepted by SNS, and its intent as no longer pending. */
  markPublished(id: string, snsMessageId: string, member: ItemKey, now: number): Promise<void>;
}

export function createOutbox(client: DynamoDBClient, table: string): Outbox {
  const lease = leaseKey('publisher');
  return {
    async lease(holder, now, until) {
      const command = new PutItemCommand({
        TableName: table,
        Item: marshall({ ...lease, format: FORMAT, holder, until }),
        // Free, or left behind by a publisher that died with it, or ours: the answer to our first try was lost.
        ConditionExpression: `attribute_not_exists(${PARTITION_KEY}) OR #until <= :now OR holder = :holder`,
        ExpressionAttributeNames: { '#until': 'until' },
        ExpressionAttributeValues: marshall({ ':now': now, ':holder': holder }),
      });
      return (await unlessRefused(client.send(command))) === undefined;
    },

    async release(holder) {
      const command = new DeleteItemCommand({
        TableName: table,
        Key: marshall(lease),
        // Not ours any more: whoever has it now keeps it.
        ConditionExpression: 'holder = :holder',
        ExpressionAttributeValues: marshall({ ':holder': holder }),
      });
      await unlessRefused(client.send(command));
    },

    async *pending() {
      const places = queryItems(client, {
        TableName: table,
        IndexName: RECORDS_INDEXES.pending.name,
        KeyConditionExpression: `${RECORDS_INDEXES.pending.partitionKey} = :intent`,
        ExpressionAttributeValues: marshall({ ':intent': PENDING_INTENT }),
      });
      for await (const { pk, sk } of places) yield { pk: String(pk), sk: String(sk) };
    },

    async ifPending({ pk, sk }) {
      const query = new GetItemCommand({ TableName: table, Key: marshall({ pk, sk }), ConsistentRead: true });
      const { Item } = await client.send(query);
      return Item?.[RECORDS_INDEXES.pending.partitionKey] && unmarshall(Item);
    },

    async writeDown(id, kind, members, now) {
      await putIfAbsent(client, table, {
        ...messageKey(id),
        format: FORMAT,
        kind,
        members: members.map(({ pk, sk }) => ({ pk, sk })),
        writtenAt: now,
      });
    },

    async markPublished(id, snsMessageId, { pk, sk }, now) {
      // The message first: a crash between the two publishes it again under its id, and never leaves it unmarked for good.
      await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: marshall(messageKey(id)),
          UpdateExpression: 'SET publishedAt = :now, snsMessageId = :sns',
          ExpressionAttributeValues: marshall({ ':now': now, ':sns': snsMessageId }),
        }),
      );
      await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: marshall({ pk, sk }),
          UpdateExpression: `SET message = :id REMOVE ${RECORDS_INDEXES.pending.partitionKey}, ${RECORDS_INDEXES.pending.sortKey}`,
          ExpressionAttributeValues: marshall({ ':id': id }),
        }),
      );
    },
  };
}
