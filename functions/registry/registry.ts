import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import { canaryTokenKey, connectionKey, endpointKey, tokenKey } from '../keys/registry.ts';
import { type ItemKey, PARTITION_KEY } from '../keys/tables.ts';
import { type Item, putIfAbsent, unlessRefused } from '../store/items.ts';
import { CANARY, isCanaryTokenGood } from './canary.ts';
import {
  type ConnectionState,
  connectionItem,
  connectionState,
  type Endpoint,
  type EndpointState,
  endpointState,
  HEARD_MS,
  isTokenGood,
  LONGEST_LIFE_MS,
} from './endpoint.ts';
import { createMemory, MEMORY_MS } from './memory.ts';
import { tokenHash } from './token.ts';

/** Who may connect, and who is connected. */
export interface Registry {
  /**
   * Binds a connection permanently to the endpoint that its token opens. Always reads the table, consistently, so a
   * token opens nothing from the moment it is revoked. Returns a refusal with the reason otherwise.
   */
  connect(connection: NewConnection, signal: AbortSignal): Promise<Endpoint | Refusal>;
  /** Whether a token opens the canary. */
  opensCanary(token: string, at: number, signal: AbortSignal): Promise<boolean>;
  /**
   * The endpoint that a connection is bound to, while its token is good. The binding is remembered for as long as a
   * connection can last, and a good token for MEMORY_MS after it was looked up. "Not found" and "not good" are never
   * remembered.
   */
  bound(connectionId: string, at: number, signal: AbortSignal): Promise<Endpoint | undefined>;
  /**
   * Notes that a connection which `bound` found in this function was heard of, unless that was noted within the last
   * HEARD_MS. Never rejects: its message is stored and acknowledged whether or not the note succeeds.
   */
  heard(connectionId: string, at: number, signal: AbortSignal): Promise<void>;
  /** Notes that a connection ended. Best effort: the gateway may never say so. */
  closed(connectionId: string, at: number, signal: AbortSignal): Promise<void>;
}

/** A connection that presents its token. */
export interface NewConnection {
  connectionId: string;
  sourceIp: string;
  token: string;
  /** Epoch ms. */
  at: number;
}

export interface Refusal {
  refused: string;
}

/** What a connection is bound to, the hash of its token, and when it was last noted as heard (epoch ms). */
type Binding = Pick<ConnectionState, 'endpoint' | 'primary' | 'tokenHash'> & { heardAt: number };

export function createRegistry(client: DynamoDBClient, table: string): Registry {
  // A connection stays bound to one endpoint but may show another token later, so a token that is not good is looked up
  // again.
  const bindings = createMemory<Binding>(LONGEST_LIFE_MS);
  // Kept apart from the bindings, so that a new connection of a known endpoint takes only one read, for the connection.
  const endpoints = createMemory<EndpointState>(MEMORY_MS);

  async function get(key: ItemKey, signal: AbortSignal): Promise<Item | undefined> {
    const command = new GetItemCommand({ TableName: table, Key: marshall(key), ConsistentRead: true });
    const { Item } = await client.send(command, { abortSignal: signal });
    return Item && unmarshall(Item);
  }

  /** Sets one attribute if the item exists and the condition holds. Returns the item as it is when it does not. */
  async function note(
    key: ItemKey,
    attribute: string,
    value: string | number,
    { condition, values = {} }: { condition: string; values?: Record<string, string | number> },
    signal: AbortSignal,
  ): Promise<Item | undefined> {
    const command = new UpdateItemCommand({
      TableName: table,
      Key: marshall(key),
      UpdateExpression: 'SET #attribute = :value',
      ConditionExpression: `attribute_exists(${PARTITION_KEY}) AND (${condition})`,
      ExpressionAttributeNames: { '#attribute': attribute },
      ExpressionAttributeValues: marshall({ ':value': value, ...values }),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    return unlessRefused(client.send(command, { abortSignal: signal }));
  }

  /** The endpoint, if a token with this hash opens it now. */
  async function opened(endpoint: string, hash: string, at: number, signal: AbortSignal) {
    const item = await get(endpointKey(endpoint), signal);
    const state = item && v.parse(endpointState, item);
    if (state) endpoints.set(endpoint, state, at);
    return state && isTokenGood(state, hash, at) ? state : undefined;
  }

  /**
   * The endpoint of a binding, while its token is good. A token that was not good when last looked up may be good now,
   * after a rotation.
   */
  async function openedBy({ endpoint, primary, tokenHash: hash }: Binding, at: number, signal: AbortSignal) {
    if (primary === CANARY.primary) return openedCanary(hash, at, signal);
    const known = endpoints.get(endpoint, at);
    return known && isTokenGood(known, hash, at) ? known : opened(endpoint, hash, at, signal);
  }

  /** The canary, if a token with this hash opens it now. */
  async function openedCanary(hash: string, at: number, signal: AbortSignal): Promise<Endpoint | undefined> {
    const item = await get(canaryTokenKey(hash), signal);
    return item && isCanaryTokenGood(item, at) ? CANARY : undefined;
  }

  return {
    async connect({ connectionId, sourceIp, token, at }, signal) {
      const hash = tokenHash(token);
      const known = await get(tokenKey(hash), signal);
      const state = known && (await opened(String(known.endpoint), hash, at, signal));
      const opens = known ? state : await openedCanary(hash, at, signal);
      if (!opens) return { refused: 'no endpoint has this token' };
      const { endpoint, primary } = opens;
      const item = connectionItem({
        connectionId,
        endpoint,
        primary,
        tokenHash: hash,
        sourceIp,
        openedAt: at,
        heardAt: at,
      });
      const holder = await putIfAbsent(client, table, item, signal);
      if (holder && holder.endpoint !== endpoint) return { refused: 'the connection belongs to another endpoint' };
      // The same connection shows another good token. Its first one may end now, so the item keeps the new one.
      if (holder && holder.tokenHash !== hash) {
        const same = { condition: 'endpoint = :endpoint', values: { ':endpoint': endpoint } };
        await note(connectionKey(connectionId), 'tokenHash', hash, same, signal);
      }
      // The first use of a new token ends the previous token.
      if (state && hash === state.tokenHash && state.tokenUsedAt === undefined) {
        const condition = 'attribute_not_exists(#attribute) AND tokenHash = :hash';
        await note(endpointKey(endpoint), 'tokenUsedAt', at, { condition, values: { ':hash': hash } }, signal);
      }
      const heardAt = typeof holder?.heardAt === 'number' ? holder.heardAt : at;
      bindings.set(connectionId, { endpoint, primary, tokenHash: hash, heardAt }, at);
      return { endpoint, primary };
    },

    async opensCanary(token, at, signal) {
      return (await openedCanary(tokenHash(token), at, signal)) !== undefined;
    },

    async bound(connectionId, at, signal) {
      let binding = bindings.get(connectionId, at);
      let opens = binding && (await openedBy(binding, at, signal));
      if (!binding || !opens) {
        // Also when its token is no longer good: the connection may have shown its next token to another instance of
        // the function.
        const item = await get(connectionKey(connectionId), signal);
        if (!item) return undefined;
        const { endpoint, primary, tokenHash: hash, openedAt, heardAt = openedAt } = v.parse(connectionState, item);
        binding = { endpoint, primary, tokenHash: hash, heardAt };
        opens = await openedBy(binding, at, signal);
        if (!opens) return undefined;
        bindings.set(connectionId, binding, at);
      }
      return { endpoint: opens.endpoint, primary: opens.primary };
    },

    async heard(connectionId, at, signal) {
      const binding = bindings.get(connectionId, at);
      const longAgo = at - HEARD_MS;
      if (!binding || binding.heardAt > longAgo) return;
      const condition = 'attribute_not_exists(#attribute) OR #attribute <= :longAgo';
      const unlessNoted = { condition, values: { ':longAgo': longAgo } };
      try {
        const holder = await note(connectionKey(connectionId), 'heardAt', at, unlessNoted, signal);
        // When the write is refused, another warm function has noted it meanwhile.
        binding.heardAt = typeof holder?.heardAt === 'number' ? holder.heardAt : at;
      } catch {
        // Waits before it tries again: trying with each message would add calls to a table that is slow already.
        binding.heardAt = longAgo + MEMORY_MS;
      }
    },

    async closed(connectionId, at, signal) {
      bindings.forget(connectionId);
      // A connection that was never accepted has no item and gets none here.
      await note(
        connectionKey(connectionId),
        'closedAt',
        at,
        { condition: 'attribute_not_exists(#attribute)' },
        signal,
      );
    },
  };
}
