import { isDeepStrictEqual } from 'node:util';
import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import { silenceKey } from '../keys/registry.ts';
import { EXPIRES_AT, FORMAT, PARTITION_KEY } from '../keys/tables.ts';
import { log } from '../runtime/log.ts';
import { isKept, putIfAbsent, readPartition, unlessRefused } from '../store/items.ts';
import { type Silence, silence } from './silence.ts';

/** The silences that people made. */
export interface Silences {
  /** Stores a silence. False if another has its id. */
  add(silence: Silence): Promise<boolean>;
  /** Every silence, including those that are over, by id. */
  list(): AsyncGenerator<Silence>;
  /** Ends a silence at a time (epoch ms). False if there is none with this id, or it ends before. */
  end(id: string, at: number): Promise<boolean>;
}

/** How long a silence stays visible after its end, seconds: as long as a job. */
const KEPT_SECONDS = 400 * 86_400;

export function createSilences(client: DynamoDBClient, table: string): Silences {
  return {
    async add(added) {
      const found = await putIfAbsent(client, table, silenceItem(added));
      // An equal item is ours: the answer to our first try was lost.
      return found === undefined || isDeepStrictEqual(marshall(found), stored(silenceItem(added)));
    },

    async *list() {
      for await (const item of readPartition(client, table, silenceKey('').pk)) {
        if (!isKept(item, Date.now())) continue;
        const read = v.safeParse(silence, item);
        // A silence that somebody broke by hand must not disable the others, nor cost anybody an alert.
        if (read.success) yield read.output;
        else log.error('Cannot read a silence: it has no effect', { id: item.sk });
      }
    },

    async end(id, at) {
      const command = new UpdateItemCommand({
        TableName: table,
        Key: marshall(silenceKey(id)),
        UpdateExpression: 'SET #until = :at, #expiresAt = :expiresAt',
        // A silence that is over stays as it was. `>=`: the answer to our first try may have been lost.
        ConditionExpression: `attribute_exists(${PARTITION_KEY}) AND (attribute_not_exists(#until) OR #until >= :at)`,
        ExpressionAttributeNames: { '#until': 'until', '#expiresAt': EXPIRES_AT },
        ExpressionAttributeValues: marshall({ ':at': at, ':expiresAt': expiryOf(at) }),
      });
      return (await unlessRefused(client.send(command))) === undefined;
    },
  };
}

/** The registry's item of a silence. */
function silenceItem(added: Silence): object {
  const expiry = added.until === undefined ? undefined : expiryOf(added.until);
  return { ...silenceKey(added.id), format: FORMAT, ...added, [EXPIRES_AT]: expiry };
}

const expiryOf = (until: number) => Math.floor(until / 1000) + KEPT_SECONDS;
const stored = (item: object) => marshall(item, { removeUndefinedValues: true });
