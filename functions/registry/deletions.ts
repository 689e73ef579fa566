import { type DynamoDBClient, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import { deletionsKey, dismissalKey } from '../keys/registry.ts';
import { EXPIRES_AT, FORMAT, PARTITION_KEY } from '../keys/tables.ts';
import { log } from '../runtime/log.ts';
import { readPartition, unlessRefused } from '../store/items.ts';

const toldSchema = v.object({
  primary: v.string(),
  /** When people were last told, and when they were first told of what is still going on. Epoch ms. */
  toldAt: v.number(),
  since: v.number(),
  /** When the last deletion that they were told of was received, epoch ms. */
  until: v.optional(v.number(), 0),
  /**
   * How many images the last message reported, and how many clients with nothing left. If the message before came less
   * than an hour earlier, the greater number of both, and so on back.
   */
  images: v.number(),
  nothingLeft: v.number(),
  /**
   * The clients (in lower case) that people were told in the last week have nothing left, and when (epoch ms). May be
   * some thousands.
   */
  clients: v.optional(v.array(v.object({ client: v.string(), at: v.number() })), []),
});

/** What people were last told about vanishing images of a primary. */
export type Told = v.InferOutput<typeof toldSchema>;

const dismissalSchema = v.object({
  /** The message that somebody dismissed. */
  id: v.string(),
  primary: v.string(),
  reason: v.string(),
  /** From when until when it is in force, epoch ms. */
  createdAt: v.number(),
  until: v.number(),
  /** How many images may vanish in an hour meanwhile; absent when the message was not about their number. */
  threshold: v.optional(v.number()),
  /** Clients that are not reported as having nothing left meanwhile. In lower case. */
  clients: v.array(v.string()),
});

/** Somebody's decision that vanished images of a primary are nothing to worry about. */
export type Dismissal = v.InferOutput<typeof dismissalSchema>;

/** Whether a dismissal is in force at `now` (epoch ms). */
export const isInForce = ({ createdAt, until }: Dismissal, now: number): boolean => createdAt <= now && now < until;

/** What people were told about vanishing images, and what they dismissed. */
export interface Deletions {
  told(): AsyncGenerator<Told>;
  saveTold(told: Told): Promise<void>;
  /** Every dismissal, including those that are over. */
  dismissals(): AsyncGenerator<Dismissal>;
  /** Keeps a dismissal, replacing an earlier one of the same message. */
  dismiss(dismissal: Dismissal): Promise<void>;
  /** Ends the dismissal of a message at `at` (epoch ms). False when there is none, or it is over. */
  undo(id: string, at: number): Promise<boolean>;
}

/** How many seconds a dismissal is kept after its end: as long as the messages that people got. */
const KEPT_SECONDS = 400 * 86_400;

export function createDeletions(client: DynamoDBClient, table: string): Deletions {
  const put = (item: object) =>
    client.send(new PutItemCommand({ TableName: table, Item: marshall(item, { removeUndefinedValues: true }) }));
  return {
    async *told() {
      for await (const item of readPartition(client, table, deletionsKey('').pk)) {
        const read = v.safeParse(toldSchema, item);
        // An item that somebody broke by hand must not cost other primaries their alarm. For its own, people are told
        // again.
        if (read.success) yield read.output;
        else
          log.error('Cannot read what was reported about vanished images: it may be reported again', {
            primary: item.sk,
          });
      }
    },

    async saveTold(told) {
      await put({ ...deletionsKey(told.primary), format: FORMAT, ...told });
    },

    async *dismissals() {
      for await (const item of readPartition(client, table, dismissalKey('').pk)) {
        const read = v.safeParse(dismissalSchema, item);
        // A dismissal that somebody broke by hand suppresses nothing.
        if (read.success) yield read.output;
        else log.error('Cannot read a dismissal: it has no effect', { id: item.sk });
      }
    },

    async dismiss(dismissal) {
      await put({
        ...dismissalKey(dismissal.id),
        format: FORMAT,
        ...dismissal,
        [EXPIRES_AT]: expiryOf(dismissal.until),
      });
    },

    async undo(id, at) {
      const command = new UpdateItemCommand({
        TableName: table,
        Key: marshall(dismissalKey(id)),
        UpdateExpression: 'SET #until = :at, #expiresAt = :expiresAt',
        // `>=`, because the answer to our first try may have been lost.
        ConditionExpression: `attribute_exists(${PARTITION_KEY}) AND #until >= :at`,
        ExpressionAttributeNames: { '#until': 'until', '#expiresAt': EXPIRES_AT },
        ExpressionAttributeValues: marshall({ ':at': at, ':expiresAt': expiryOf(at) }),
      });
      return (await unlessRefused(client.send(command))) === undefined;
    },
  };
}

const expiryOf = (until: number) => Math.floor(until / 1000) + KEPT_SECONDS;
