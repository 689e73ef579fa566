import { describe, expect, it } from 'vitest';
import { LONGEST_LIFE_MS } from '../../../functions/registry/endpoint.ts';
import { createEndpoints } from '../../../functions/registry/endpoints.ts';
import { createMemory, MEMORY_MS } from '../../../functions/registry/memory.ts';
import { createRegistry } from '../../../functions/registry/registry.ts';
import { must, NEVER, RECEIVED, testTables } from '../support.ts';

const demo = { endpoint: 'demo', primary: 'demo' };
const HOUR = 3_600_000;

/** Two warm functions: one that accepts connections, and one whose reads are counted. */
async function setUp() {
  const { client, registry: table } = await testTables();
  const endpoints = createEndpoints(client, table);
  const token = must(await endpoints.create({ ...demo, group: 'demo', priority: 1 }, 5));
  const [accepting, registry] = [createRegistry(client, table), createRegistry(client, table)];
  let asked = 0;
  client.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        if (commandName === 'GetItemCommand') asked += 1;
        return next(args);
      },
    { step: 'initialize' },
  );
  return {
    ...{ endpoints, token },
    show: (secret: string, connectionId: string, at = RECEIVED) =>
      accepting.connect({ connectionId, sourceIp: '192.0.2.1', token: secret, at }, NEVER),
    closed: (connectionId: string, at: number) => registry.closed(connectionId, at, NEVER),
    /** What a connection is bound to, and how many items were read for it. */
    async bound(connectionId: string, at: number) {
      asked = 0;
      const endpoint = await registry.bound(connectionId, at, NEVER);
      return { endpoint, asked };
    },
  };
}

describe('the memory', () => {
  it('forgets each entry in its time, whatever else is set, and keeps at most the latest ten thousand', () => {
    const memory = createMemory<number>(100);
    memory.set('first', 1, 0);
    memory.set('again', 1, 0);
    memory.set('again', 2, 50);
    memory.set('other', 3, 99);
    expect(['first', 'again', 'other'].map((name) => memory.get(name, 99))).toEqual([1, 2, 3]);
    expect(['first', 'again', 'other'].map((name) => memory.get(name, 100))).toEqual([undefined, 2, 3]);
    for (let each = 0; each < 10_000; each++) memory.set(`${each}`, each, 100);
    expect(['again', 'other', '0', '9999'].map((name) => memory.get(name, 100))).toEqual([
      undefined,
      undefined,
      0,
      9_999,
    ]);
  });
});

describe('a warm function', () => {
  it('reads connection and endpoint, for the next connection only that, then the endpoint each minute', async () => {
    const { token, show, bound } = await setUp();
    for (const connection of ['a=', 'b=']) await show(token, connection);
    expect(await bound('a=', RECEIVED)).toEqual({ endpoint: demo, asked: 2 });
    expect(await bound('b=', RECEIVED + 1)).toEqual({ endpoint: demo, asked: 1 });
    for (const connection of ['a=', 'b='])
      expect(await bound(connection, RECEIVED + MEMORY_MS - 1)).toEqual({ endpoint: demo, asked: 0 });
    expect(await bound('a=', RECEIVED + MEMORY_MS)).toEqual({ endpoint: demo, asked: 1 });
    expect(await bound('b=', RECEIVED + 2 * MEMORY_MS - 1)).toEqual({ endpoint: demo, asked: 0 });
  });

  it('remembers a connection for as long as one can last', async () => {
    const { token, show, bound } = await setUp();
    await show(token, 'a=');
    await bound('a=', RECEIVED);
    expect((await bound('a=', RECEIVED + LONGEST_LIFE_MS - 1)).asked).toBe(1);
    expect((await bound('a=', RECEIVED + LONGEST_LIFE_MS)).asked).toBe(1);
    expect((await bound('a=', RECEIVED + LONGEST_LIFE_MS + 1)).asked).toBe(0);
  });

  it('forgets a connection that closed, but still knows its endpoint', async () => {
    const { token, show, bound, closed } = await setUp();
    await show(token, 'a=');
    await bound('a=', RECEIVED);
    await closed('a=', RECEIVED + 1);
    expect(await bound('a=', RECEIVED + 2)).toEqual({ endpoint: demo, asked: 1 });
  });

  it('trusts what it read of an endpoint for a minute, even if other connections are bound meanwhile', async () => {
    const { endpoints, token, show, bound } = await setUp();
    for (const connection of ['a=', 'b=']) await show(token, connection);
    await bound('a=', RECEIVED);
    await endpoints.revoke('demo', RECEIVED + 1);
    expect(await bound('b=', RECEIVED + MEMORY_MS - 1)).toEqual({ endpoint: demo, asked: 1 });
    for (const connection of ['a=', 'b='])
      expect((await bound(connection, RECEIVED + MEMORY_MS)).endpoint).toBeUndefined();
  });

  it('reads the endpoint again at once for a token that it does not know to be valid', async () => {
    const { endpoints, token, show, bound } = await setUp();
    await show(token, 'a=');
    await bound('a=', RECEIVED);
    const next = must(await endpoints.rotate('demo', RECEIVED + 1, HOUR));
    await show(next, 'b=', RECEIVED + 2);
    expect(await bound('b=', RECEIVED + 3)).toEqual({ endpoint: demo, asked: 2 });
    // It knows now that the first token has ended.
    expect((await bound('a=', RECEIVED + 4)).endpoint).toBeUndefined();
  });

  it('continues with a connection that has shown the next token to another function', async () => {
    const { endpoints, token, show, bound } = await setUp();
    for (const connection of ['a=', 'b=']) await show(token, connection);
    await bound('a=', RECEIVED);
    const next = must(await endpoints.rotate('demo', RECEIVED + 1, HOUR));
    for (const connection of ['a=', 'b=']) await show(next, connection, RECEIVED + 2);
    expect((await bound('b=', RECEIVED + 3)).endpoint).toEqual(demo);
    expect((await bound('a=', RECEIVED + 4)).endpoint).toEqual(demo);
  });
});
