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
   * Registers an endpoint and returns its token, which is kept nowhere. Replaces a revoked endpoint of this name if
   * that belonged to the same primary; none of its tokens becomes good again. Undefined when the name is taken.
   */
  create(
    endpoint: Pick<EndpointState, 'endpoint' | 'primary' | 'group' | 'priority' | 'certificate'>,
    at: number,
    token?: string,
  ): Promise<string | undefined>;
  /**
   * Gives an endpoint a new token. The previous token stays good until the new one is used, but for at most
   * `overlapMs`. If the current token was never used and its own predecessor is still good, the current token ends at
   * once and the predecessor, which is the one in use, stays. Undefined when there is no such endpoint or it is
   * revoked. `certificate`: what the host shows now, if it could be reached.
   */
  rotate(
    endpoint: string,
    at: number,
    overlapMs: number,
    certificate?: EndpointState['certificate'],
  ): Promise<string | undefined>;
  /** Ends an endpoint and, permanently, its tokens. False when there is no such endpoint. */
  revoke(endpoint: string, at: number): Promise<boolean>;
  get(endpoint: string): Promise<EndpointState | undefined>;
  /** Every endpoint by name, including revoked ones. */
  list(): AsyncGenerator<EndpointState>;
  /** The connections of an endpoint, newest first. `page`: how many to read at a time, if only the newest matter. */
  connections(endpoint: string, page?: number): AsyncGenerator<ConnectionState>;
}

/**
 * `onUnreadable` is called with each endpoint or connection that a list leaves out because it cannot be read. `now`
 * (epoch ms) decides which have expired.
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
          // Connections are found by the endpoint's name. Under another primary, old ones would be shown as that
          // primary's.
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
      // Without the condition, the second of two concurrent rotations would silently make the first one's token
      // unusable. And a concurrent first use ends a token, which this rotation must not make good again.
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

/** An item that somebody broke by hand must not keep the others from being processed. */
function logUnreadable(item: UnreadableItem): void {
  log.error('Cannot read an endpoint or connection: it is left out', { ...item });
}

/** Whether a transaction was cancelled because a condition did not hold, not because of a conflict or throttling. */
function isConditionFailure(error: unknown): boolean {
  return (
    error instanceof TransactionCanceledException &&
    (error.CancellationReasons ?? []).some(({ Code }) => Code === 'ConditionalCheckFailed')
  );
}
