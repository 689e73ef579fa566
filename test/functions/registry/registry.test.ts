import { DeleteItemCommand, DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connectionKey, tokenKey } from '../../../functions/keys/registry.ts';
import { endpointItems, isPrimaryName } from '../../../functions/registry/endpoint.ts';
import { createRegistry, MEMORY_MS } from '../../../functions/registry/registry.ts';
import { newToken, tokenHash } from '../../../functions/registry/token.ts';
import { putIfAbsent } from '../../../functions/store/items.ts';
import { allItems, NEVER, RECEIVED, testTables } from '../support.ts';

const demo = { endpoint: 'demo', primary: 'demo' };
const other = { endpoint: 'other', primary: 'other' };
const connection = { connectionId: 'c=', sourceIp: '192.0.2.1', at: RECEIVED };

async function setUp() {
  const { client, registry: table } = await testTables();
  const remove = (key: object) => client.send(new DeleteItemCommand({ TableName: table, Key: marshall(key) }));
  return {
    registry: createRegistry(client, table),
    register: async (token: string, endpoint = demo) => {
      for (const item of endpointItems(endpoint, tokenHash(token), 5)) await putIfAbsent(client, table, item);
    },
    revoke: (token: string) => remove(tokenKey(tokenHash(token))),
    forget: (connectionId: string) => remove(connectionKey(connectionId)),
    items: () => allItems(client, table),
    another: () => createRegistry(client, table),
  };
}

describe('a token', () => {
  it('opens its endpoint and no other, from the moment it is registered until it is revoked', async () => {
    const { registry, register, revoke } = await setUp();
    const token = newToken();
    expect(await registry.endpointOf(token, NEVER)).toBeUndefined();
    await register(token);
    await register('another', other);
    expect(await registry.endpointOf(token, NEVER)).toEqual(demo);
    expect(await registry.endpointOf('another', NEVER)).toEqual(other);
    expect(await registry.endpointOf(`${token} `, NEVER)).toBeUndefined();
    await revoke(token);
    expect(await registry.endpointOf(token, NEVER)).toBeUndefined();
  });

  it('is not in any item, nor is its hash that of another', async () => {
    const { registry, register, items } = await setUp();
    const token = newToken();
    await register(token);
    const endpoint = await registry.endpointOf(token, NEVER);
    if (endpoint) await registry.bind(connection, endpoint, NEVER);
    const kept = await items();
    expect(kept).toHaveLength(3);
    expect(JSON.stringify(kept)).not.toContain(token);
    expect(tokenHash(token)).toMatch(/^[0-9a-f]{64}$/);
  });

  it('has 256 random bits, in text that JSON and URLs take as it is', () => {
    const tokens = Array.from({ length: 100 }, newToken);
    expect(new Set(tokens).size).toBe(100);
    for (const token of tokens) {
      expect(token).toMatch(/^[\w-]{43}$/);
      expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    }
  });

  it('of any text at all is looked up, never an exception', async () => {
    const { registry } = await setUp();
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.string({ unit: 'binary' }), fc.constant('\ud800'), fc.constant('x'.repeat(9_000))),
        async (token) => {
          expect(await registry.endpointOf(token, NEVER)).toBeUndefined();
        },
      ),
      { numRuns: 20 },
    );
  });

  it('is asked for consistently, each time', async () => {
    const client = new DynamoDBClient({ region: 'us-east-1' });
    const mock = mockClient(client).on(GetItemCommand).resolves({});
    const registry = createRegistry(client, 'Registry');
    await registry.endpointOf('t', NEVER);
    await registry.endpointOf('t', NEVER);
    await registry.bound('c', 1, NEVER);
    expect(mock.commandCalls(GetItemCommand).map(({ args: [{ input }] }) => input.ConsistentRead)).toEqual([
      true,
      true,
      true,
    ]);
  });
});

describe('a connection', () => {
  it('is bound once: again for its endpoint is fine, for another is refused', async () => {
    const { registry, items } = await setUp();
    expect(await registry.bind(connection, demo, NEVER)).toBe(true);
    expect(await registry.bind({ ...connection, at: 9, sourceIp: 'x' }, demo, NEVER)).toBe(true);
    expect(await registry.bind(connection, other, NEVER)).toBe(false);
    expect(await registry.bound('c=', RECEIVED, NEVER)).toEqual(demo);
    expect(await items()).toEqual([
      {
        ...{ pk: 'connection#c=', sk: 'connection', format: 1, connectionId: 'c=', endpoint: 'demo', primary: 'demo' },
        ...{ sourceIp: '192.0.2.1', openedAt: RECEIVED, expiresAt: 1_795_462_413 + 7 * 86_400 },
      },
    ]);
  });

  it('that two endpoints ask for at once is bound to one of them', async () => {
    const { registry } = await setUp();
    const results = await Promise.all(
      [demo, other, demo, other].map((endpoint) => registry.bind(connection, endpoint, NEVER)),
    );
    expect(results.filter(Boolean)).toHaveLength(2);
    expect(results[0]).toBe(results[2]);
    expect(await registry.bound('c=', RECEIVED, NEVER)).toEqual(results[0] ? demo : other);
  });

  it('is remembered for 60 s, and asked for again after that', async () => {
    const { registry, forget } = await setUp();
    await registry.bind(connection, demo, NEVER);
    expect(MEMORY_MS).toBe(60_000);
    expect(await registry.bound('c=', 1_000, NEVER)).toEqual(demo);
    await forget('c=');
    expect(await registry.bound('c=', 1_000 + 59_999, NEVER)).toEqual(demo);
    expect(await registry.bound('c=', 1_000 + 60_000, NEVER)).toBeUndefined();
  });

  it('is remembered from when it was asked for, not longer because it is used', async () => {
    const { registry, forget } = await setUp();
    await registry.bind(connection, demo, NEVER);
    await registry.bound('c=', 0, NEVER);
    await registry.bound('c=', 59_000, NEVER);
    await forget('c=');
    expect(await registry.bound('c=', 60_000, NEVER)).toBeUndefined();
  });

  it('does not make the memory of another shorter or longer', async () => {
    const { registry, forget } = await setUp();
    for (const connectionId of ['a', 'b']) await registry.bind({ ...connection, connectionId }, demo, NEVER);
    await registry.bound('a', 0, NEVER);
    await registry.bound('b', 30_000, NEVER);
    for (const connectionId of ['a', 'b']) await forget(connectionId);
    expect(await registry.bound('a', 59_999, NEVER)).toEqual(demo);
    expect(await registry.bound('a', 60_000, NEVER)).toBeUndefined();
    expect(await registry.bound('b', 89_999, NEVER)).toEqual(demo);
  });

  it('that was not found is asked for again at once', async () => {
    const { registry, another } = await setUp();
    expect(await registry.bound('c=', 1, NEVER)).toBeUndefined();
    await another().bind(connection, demo, NEVER);
    expect(await registry.bound('c=', 1, NEVER)).toEqual(demo);
  });

  it('that closed says when, and is forgotten', async () => {
    const { registry, forget, items } = await setUp();
    await registry.bind(connection, demo, NEVER);
    await registry.bound('c=', 1, NEVER);
    await registry.closed('c=', RECEIVED + 7, NEVER);
    expect(await items()).toMatchObject([{ closedAt: RECEIVED + 7, openedAt: RECEIVED }]);
    await forget('c=');
    expect(await registry.bound('c=', 2, NEVER)).toBeUndefined();
  });

  it('that was never accepted leaves nothing when it closes', async () => {
    const { registry, items } = await setUp();
    await registry.closed('stranger', 1, NEVER);
    expect(await items()).toEqual([]);
  });

  it('is an exception, not a stranger, when the table cannot be asked', async () => {
    const { registry } = await setUp();
    const late = AbortSignal.abort();
    await expect(registry.bound('c=', 1, late)).rejects.toThrow();
    await expect(registry.endpointOf('t', late)).rejects.toThrow();
    await expect(registry.bind(connection, demo, late)).rejects.toThrow();
    await expect(registry.closed('c=', 1, late)).rejects.toThrow();
  });
});

describe('the name of a primary', () => {
  it.each(['a', 'a-1', '0', 'x'.repeat(63)])('may be %s', (name) => expect(isPrimaryName(name)).toBe(true));
  it.each(['', 'A', 'a.b', 'a#b', 'ä', 'a\n', 'x'.repeat(64)])('may not be %j', (name) =>
    expect(isPrimaryName(name)).toBe(false),
  );
});
