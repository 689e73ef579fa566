import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import type { ItemKey } from '../keys/ledger.ts';
import { connectionKey, tokenKey } from '../keys/registry.ts';
import { PARTITION_KEY } from '../keys/tables.ts';
import { putIfAbsent, unlessRefused } from '../store/items.ts';
import { connectionItem, type Endpoint } from './endpoint.ts';
import { tokenHash } from './token.ts';

const endpointSchema = v.object({ endpoint: v.string(), primary: v.string() });

/** Who may connect, and who is connected. */
export interface Registry {
  /** The endpoint that a token opens. Always asks the table, consistently: a revoked token opens nothing from that moment. */
  endpointOf(token: string, signal: AbortSignal): Promise<Endpoint | undefined>;
  /** Binds a connection for good. False when it is bound to another endpoint already. */
  bind(connection: Connection, endpoint: Endpoint, signal: AbortSignal): Promise<boolean>;
  /** The endpoint a connection is bound to. Found ones are remembered for MEMORY_MS; "not found" never is. */
  bound(connectionId: string, at: number, signal: AbortSignal): Promise<Endpoint | undefined>;
  /** Notes that a connection ended. Best effort: the gateway may never say so. */
  closed(connectionId: string, at: number, signal: AbortSignal): Promise<void>;
}

export interface Connection {
  connectionId: string;
  sourceIp: string;
  /** Epoch ms. */
  at: number;
}

/** How long a warm function may go on without asking whether a connection is still good. */
export const MEMORY_MS = 60_000;

export function createRegistry(client: DynamoDBClient, table: string): Registry {
  const memory = new Map<string, { endpoint: Endpoint; until: number }>();

  async function get(key: ItemKey, signal: AbortSignal): Promise<Endpoint | undefined> {
    const { Item } = await client.send(
      new GetItemCommand({ TableName: table, Key: marshall(key), ConsistentRead: true }),
      { abortSignal: signal },
    );
    return Item && v.parse(endpointSchema, unmarshall(Item));
  }

  function remember(connectionId: string, endpoint: Endpoint, at: number): void {
    for (const [id, { until }] of memory) if (until <= at) memory.delete(id);
    memory.set(connectionId, { endpoint, until: at + MEMORY_MS });
  }

  return {
    endpointOf: (token, signal) => get(tokenKey(tokenHash(token)), signal),

    async bind({ connectionId, sourceIp, at }, endpoint, signal) {
      const item = connectionItem(connectionId, endpoint, sourceIp, at);
      const holder = await putIfAbsent(client, table, item, signal);
      return !holder || v.parse(endpointSchema, holder).endpoint === endpoint.endpoint;
    },

    async bound(connectionId, at, signal) {
      const known = memory.get(connectionId);
      if (known && known.until > at) return known.endpoint;
      const endpoint = await get(connectionKey(connectionId), signal);
      if (endpoint) remember(connectionId, endpoint, at);
      return endpoint;
    },

    async closed(connectionId, at, signal) {
      memory.delete(connectionId);
      const update = new UpdateItemCommand({
        TableName: table,
        Key: marshall(connectionKey(connectionId)),
        UpdateExpression: 'SET closedAt = :at',
        // A connection that was never accepted has no item, and gets none now.
        ConditionExpression: `attribute_exists(${PARTITION_KEY})`,
        ExpressionAttributeValues: marshall({ ':at': at }),
      });
      await unlessRefused(client.send(update, { abortSignal: signal }));
    },
  };
}
