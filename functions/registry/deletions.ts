import { type DynamoDBClient, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import { deletionsKey, dismissalKey } from '../keys/registry.ts';
import { EXPIRES_AT, FORMAT, PARTITION_KEY } from '../keys/tables.ts';
import { log } from '../runtime/log.ts';
import { readPartition, unlessRefused } from '../store/items.ts';

const toldSchema = v.object({
  primary: v.string(),
  /** When people were last told, and since when they are told again and again. Epoch ms. */
  toldAt: v.number(),
  since: v.number(),
  /** When the last of what they were told of was received, epoch ms. */
  until: v.optional(v.number(), 0),
  /** Of how many images that time, and of how many clients with nothing left: the most of what was told within an hour of each other. */
  images: v.number(),
  nothingLeft: v.number(),
  /** Of which clients they were told in the last week that nothing is left, in lower case, and when (epoch ms); some thousands. */
  clients: v.optional(v.array(v.object({ client: v.string(), at: v.number() })), []),
});

/** What people were last told of the images of a primary that vanish. */
export type Told = v.InferOutput<typeof toldSchema>;

const dismissalSchema = v.object({
  /** The message that somebody dismissed. */
  id: v.string(),
  primary: v.string(),
  reason: v.string(),
  /** From when until when it counts, epoch ms. */
  createdAt: v.number(),
  until: v.number(),
  /** So many images may vanish in an hour meanwhile; absent where the message was not about their number. */
  threshold: v.optional(v.number()),
  /** That these clients have nothing left is not told meanwhile. In lower case. */
  clients: v.array(v.string()),
});

/** That somebody found images of a primary that vanished to be nothing to worry about. */
export type Dismissal = v.InferOutput<typeof dismissalSchema>;

/** Whether a dismissal counts at a time (epoch ms). */
export const isInForce = ({ createdAt, until }: Dismissal, now: number): boolean => createdAt <= now && now < until;

/** What people were told of images that vanish, and what they dismissed. */
export interface Deletions {
  told(): AsyncGenerator<Told>;
  tell(told: Told): Promise<void>;
  /** Every dismissal, also those that are over. */
  dismissals(): AsyncGenerator<Dismissal>;
  /** Keeps a dismissal, in place of an earlier one of its message. */
  dismiss(dismissal: Dismissal): Promise<void>;
  /** Ends the dismissal of a message at a time (epoch ms). False when there is none, or it is over. */
  undo(id: string, at: number): Promise<boolean>;
}

/** How long after its end a dismissal can be seen, seconds: as long as what people were told. */
const KEPT_SECONDS = 400 * 86_400;

export function createDeletions(client: DynamoDBClient, table: string): Deletions {
  const put = (item: object) =>
    client.send(new PutItemCommand({ TableName: table, Item: marshall(item, { removeUndefinedValues: true }) }));
  return {
    async *told() {
      for await (const item of readPartition(client, table, deletionsKey('').pk)) {
        const read = v.safeParse(toldSchema, item);
        // One that somebody broke by hand must not cost the others their alarm. Its primary is told anew.
        if (read.success) yield read.output;
        else log.error('What people were told of images that vanish cannot be read', { primary: item.sk });
      }
    },

    async tell(told) {
      await put({ ...deletionsKey(told.primary), format: FORMAT, ...told });
    },

    async *dismissals() {
      for await (const item of readPartition(client, table, dismissalKey('').pk)) {
        const read = v.safeParse(dismissalSchema, item);
        // One that somebody broke by hand keeps nobody from being told.
        if (read.success) yield read.output;
        else log.error('A dismissal that cannot be read counts for nothing', { id: item.sk });
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
        // `>=`: the answer to our first try may have been lost.
        ConditionExpression: `attribute_exists(${PARTITION_KEY}) AND #until >= :at`,
        ExpressionAttributeNames: { '#until': 'until', '#expiresAt': EXPIRES_AT },
        ExpressionAttributeValues: marshall({ ':at': at, ':expiresAt': expiryOf(at) }),
      });
      return (await unlessRefused(client.send(command))) === undefined;
    },
  };
}

const expiryOf = (until: number) => Math.floor(until / 1000) + KEPT_SECONDS;
