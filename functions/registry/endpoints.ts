import {
  type DynamoDBClient,
  GetItemCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import { connectionsOf, REGISTRY_INDEXES } from '../keys/indexes.ts';
import { endpointKey } from '../keys/registry.ts';
import { PARTITION_KEY } from '../keys/tables.ts';
import { readKept, type Tables, type UnreadableItem } from '../questions/query.ts';
import { log } from '../runtime/log.ts';
import { queryItems, readPartition, unlessRefused } from '../store/items.ts';
import {
  type ConnectionState,
  connectionState,
  type EndpointState,
  endpointItem,
  endpointState,
  tokenItem,
} from './endpoint.ts';
import { newToken, tokenHash } from './token.ts';

/** The registry as people manage it: endpoints, their tokens, and who is connected. */
export interface Endpoints {
  /**
   * Registers an endpoint and returns its token, which is kept nowhere. One of this name that was revoked makes room if it was of the
   * same primary; none of its tokens is good again. Undefined when the name is taken.
   */
  create(
    endpoint: Pick<EndpointState, 'endpoint' | 'primary' | 'group' | 'priority' | 'certificate'>,
    at: number,
    token?: string,
  ): Promise<string | undefined>;
  /**
   * Gives an endpoint another token. The one before is good until the new one is used, and at most `overlapMs` longer. A token
   * that was never used while the one before it is good ends at once: the one before it is the one in use, and stays.
   * `certificate`: what the host shows of itself now, where it could be reached.
   */
  rotate(
    endpoint: string,
    at: number,
    overlapMs: number,
    certificate?: EndpointState['certificate'],
  ): Promise<string | undefined>;
  /** Ends an endpoint, and its tokens for good. False when there is no such endpoint. */
  revoke(endpoint: string, at: number): Promise<boolean>;
  get(endpoint: string): Promise<EndpointState | undefined>;
  /** Every endpoint, by name; revoked ones too. */
  list(): AsyncGenerator<EndpointState>;
  /** The connections of an endpoint, newest first. `page`: how many are read at a time, for those who need the newest only. */
  connections(endpoint: string, page?: number): AsyncGenerator<ConnectionState>;
}

/**
 * `onUnreadable` is told of each endpoint and connection that a list leaves out because it cannot be read; `now` (epoch ms) says which
 * have expired.
 */
export function createEndpoints(
  client: DynamoDBClient,
  table: string,
  { onUnreadable = logUnreadable, now = Date.now }: { onUnreadable?: Tables['onUnreadable']; now?: () => number } = {},
): Endpoints {
  async function get(endpoint: string): Promise<EndpointState | undefined> {
    const command = new GetItemCommand({
      TableName: table,
      Key: marshall(endpointKey(endpoint)),
      ConsistentRead: true,
    });
    const { Item } = await client.send(command);
    return Item && v.parse(endpointState, unmarshall(Item));
  }

  const put = (item: object) => ({ Put: { TableName: table, Item: marshall(item, { removeUndefinedValues: true }) } });

  return {
    get,

    async create({ endpoint, primary, group, priority, certificate }, at, token = newToken()) {
      const hash = tokenHash(token);
      const item = endpointItem({ endpoint, primary, group, priority, createdAt: at, tokenHash: hash, certificate });
      const endpointPut = {
        Put: {
          ...put(item).Put,
          // Its connections are found by its name: under another primary they would be shown as what they never were.
          ConditionExpression: `attribute_not_exists(${PARTITION_KEY}) OR (attribute_exists(revokedAt) AND #primary = :primary)`,
          ExpressionAttributeNames: { '#primary': 'primary' },
          ExpressionAttributeValues: marshall({ ':primary': primary }),
        },
      };
      try {
        await client.send(
          new TransactWriteItemsCommand({ TransactItems: [endpointPut, put(tokenItem(hash, { endpoint, primary }))] }),
        );
        return token;
      } catch (error) {
        if (isConditionFailure(error)) return undefined;
        throw error;
      }
    },

    async rotate(endpoint, at, overlapMs, certificate) {
      const state = await get(endpoint);
      if (!state || state.revokedAt !== undefined) return undefined;
      const token = newToken();
      const hash = tokenHash(token);
      const { tokenUsedAt, previousTokenHash, previousUntil = 0 } = state;
      const inUse = tokenUsedAt === undefined && at < previousUntil ? previousTokenHash : undefined;
      // Two rotations at once: the second would make the first one's token unusable without a word. A first use at the same
      // time: the token that it has ended must not be good again.
      const condition = 'tokenHash = :current AND attribute_not_exists(revokedAt)';
      const update = {
        TableName: table,
        Key: marshall(endpointKey(endpoint)),
        UpdateExpression: `SET tokenHash = :hash, previousTokenHash = :previous, previousUntil = :until${certificate ? ', certificate = :certificate' : ''} REMOVE tokenUsedAt`,
        ConditionExpression: inUse === undefined ? condition : `${condition} AND attribute_not_exists(tokenUsedAt)`,
        ExpressionAttributeValues: marshall({
          ':hash': hash,
          ':current': state.tokenHash,
          ':previous': inUse ?? state.tokenHash,
          ':until': at + overlapMs,
          ...(certificate && { ':certificate': certificate }),
        }),
      };
      try {
        await client.send(
          new TransactWriteItemsCommand({ TransactItems: [{ Update: update }, put(tokenItem(hash, state))] }),
        );
        return token;
      } catch (error) {
        if (!isConditionFailure(error)) throw error;
        throw new Error(`another rotation of ${endpoint} or the first use of its token came first; run it again`);
      }
    },

    async revoke(endpoint, at) {
      const command = new UpdateItemCommand({
        TableName: table,
        Key: marshall(endpointKey(endpoint)),
        UpdateExpression: 'SET revokedAt = if_not_exists(revokedAt, :at)',
        ConditionExpression: `attribute_exists(${PARTITION_KEY})`,
        ExpressionAttributeValues: marshall({ ':at': at }),
      });
      return (await unlessRefused(client.send(command))) === undefined;
    },

    list() {
      const items = readPartition(client, table, endpointKey('').pk);
      return readKept({ onUnreadable }, table, items, now(), v.parser(endpointState));
    },

    connections(endpoint, page) {
      const { name, partitionKey } = REGISTRY_INDEXES.byEndpoint;
      const items = queryItems(client, {
        TableName: table,
        IndexName: name,
        KeyConditionExpression: `${partitionKey} = :of`,
        ExpressionAttributeValues: marshall({ ':of': connectionsOf(endpoint) }),
        ScanIndexForward: false,
        Limit: page,
      });
      return readKept({ onUnreadable }, table, items, now(), v.parser(connectionState));
    },
  };
}

/** One that somebody broke by hand must not cost the others what is done for them. */
function logUnreadable(item: UnreadableItem): void {
  log.error('An endpoint or a connection that cannot be read is left out', { ...item });
}

/** Whether a transaction was cancelled because a condition did not hold, and not because of a conflict or throttling. */
function isConditionFailure(error: unknown): boolean {
  return (
    error instanceof TransactionCanceledException &&
    (error.CancellationReasons ?? []).some(({ Code }) => Code === 'ConditionalCheckFailed')
  );
}
