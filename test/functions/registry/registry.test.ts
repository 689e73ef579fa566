import {
  DynamoDBClient,
  GetItemCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canaryTokenItem } from '../../../functions/registry/canary.ts';
import { HEARD_MS, isName } from '../../../functions/registry/endpoint.ts';
import { createEndpoints } from '../../../functions/registry/endpoints.ts';
import { MEMORY_MS } from '../../../functions/registry/memory.ts';
import { createRegistry, type Registry } from '../../../functions/registry/registry.ts';
import { newToken, tokenHash } from '../../../functions/registry/token.ts';
import { putIfAbsent } from '../../../functions/store/items.ts';
import { anyCharacter } from '../../support/any-character.ts';
import { allItems, must, NEVER, RECEIVED, testTables } from '../support.ts';

const demo = { endpoint: 'demo', primary: 'demo' };
const other = { endpoint: 'other', primary: 'other' };
const HOUR = 3_600_000;

async function setUp() {
  const { client, registry: table } = await testTables();
  const endpoints = createEndpoints(client, table);
  const create = async (endpoint = demo) =>
    must(await endpoints.create({ ...endpoint, group: endpoint.endpoint, priority: 1 }, 5));
  let connections = 0;
  const registry = createRegistry(client, table);
  return {
    client,
    registry,
    endpoints,
    create,
    items: () => allItems(client, table),
    another: () => createRegistry(client, table),
    /** Shows a token on a new connection. */
    show: (token: string, at = RECEIVED, connectionId = `c${connections++}=`) =>
      registry.connect({ connectionId, sourceIp: '192.0.2.1', token, at }, NEVER),
  };
}

/** Runs what is put into the list before calls of this command, each once, the last first. */
function happeningBefore(client: DynamoDBClient, command: string): (() => Promise<unknown>)[] {
  const happens: (() => Promise<unknown>)[] = [];
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName === command) await happens.pop()?.();
        return next(args);
      },
    { step: 'initialize' },
  );
  return happens;
}

/** What the registry does for a message of a connection. */
async function hear(registry: Registry, connectionId: string, at: number) {
  const bound = await registry.bound(connectionId, at, NEVER);
  await registry.heard(connectionId, at, NEVER);
  return bound;
}

const REFUSED = { refused: 'no endpoint has this token' };

describe('a token', () => {
  it('opens its endpoint and no other, from when it is made until the endpoint is revoked', async () => {
    const { show, create, endpoints } = await setUp();
    expect(await show(newToken())).toEqual(REFUSED);
    const [token, another] = [await create(), await create(other)];
    expect(await show(token)).toEqual(demo);
    expect(await show(another)).toEqual(other);
    expect(await show(`${token} `)).toEqual(REFUSED);
    expect(await endpoints.revoke('demo', 9)).toBe(true);
    expect(await show(token)).toEqual(REFUSED);
    expect(await show(another)).toEqual(other);
  });

  it('is not stored in any item', async () => {
    const { show, create, items } = await setUp();
    const token = await create();
    await show(token);
    const kept = await items();
    expect(kept).toHaveLength(3);
    expect(JSON.stringify(kept)).not.toContain(token);
    expect(tokenHash(token)).toMatch(/^[0-9a-f]{64}$/);
  });

  it('has 256 random bits, in text that needs no escaping in JSON and URLs', () => {
    const tokens = Array.from({ length: 100 }, newToken);
    expect(new Set(tokens).size).toBe(100);
    for (const token of tokens) {
      expect(token).toMatch(/^[\w-]{43}$/);
      expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    }
  });

  it('of any text at all is refused if unknown, without an exception', async () => {
    const { show } = await setUp();
    const texts = fc.oneof(fc.string({ unit: anyCharacter }), fc.constant('\ud800'), fc.constant('x'.repeat(9_000)));
    await fc.assert(
      fc.asyncProperty(texts, async (token) => {
        expect(await show(token)).toEqual(REFUSED);
      }),
      { numRuns: 20 },
    );
  });

  it('is looked up by a consistent read each time', async () => {
    const client = new DynamoDBClient({ region: 'us-east-1' });
    const mock = mockClient(client).on(GetItemCommand).resolves({});
    const registry = createRegistry(client, 'Registry');
    const connection = { connectionId: 'c', sourceIp: '::1', token: 't', at: 1 };
    await registry.connect(connection, NEVER);
    await registry.connect(connection, NEVER);
    await registry.bound('c', 1, NEVER);
    const asked = mock.commandCalls(GetItemCommand).map(({ args: [{ input }] }) => input.ConsistentRead);
    expect(asked).toEqual([true, true, true, true, true]);
  });
});

describe('a token of the canary', () => {
  const canary = { endpoint: 'canary', primary: 'canary' };
  const MINUTES = 300_000;
  // A whole second, like its expiry.
  const MADE = RECEIVED - (RECEIVED % 1_000);

  async function made() {
    const test = await setUp();
    const token = newToken();
    await putIfAbsent(test.client, 'Registry', canaryTokenItem(tokenHash(token), MADE));
    return { ...test, token };
  }

  it('opens the canary and nothing else, for five minutes and not a moment longer', async () => {
    const { show, registry, token, create } = await made();
    await create();
    expect(await show(token, MADE)).toEqual(canary);
    expect(await show(token, MADE + MINUTES - 1)).toEqual(canary);
    expect(await show(token, MADE + MINUTES)).toEqual(REFUSED);
    expect(await registry.opensCanary(token, MADE + MINUTES - 1, NEVER)).toBe(true);
    expect(await registry.opensCanary(token, MADE + MINUTES, NEVER)).toBe(false);
    expect(await registry.opensCanary(await create(other), MADE, NEVER)).toBe(false);
  });

  it('keeps its connection bound for five minutes, and the item of the connection for a day', async () => {
    const { show, another, token, items } = await made();
    await show(token, MADE, 'c=');
    expect(await another().bound('c=', MADE + MINUTES - 1, NEVER)).toEqual(canary);
    expect(await another().bound('c=', MADE + MINUTES, NEVER)).toBeUndefined();
    const connection = (await items()).find(({ sk }) => sk === 'connection');
    expect(connection).toMatchObject({ ...canary, expiresAt: MADE / 1_000 + 86_400 });
  });

  it('that was written without an expiry opens nothing', async () => {
    const { show, client } = await setUp();
    const token = newToken();
    await putIfAbsent(client, 'Registry', { ...canaryTokenItem(tokenHash(token), MADE), expiresAt: undefined });
    expect(await show(token, MADE)).toEqual(REFUSED);
  });
});

describe('a rotated token', () => {
  it('and the one before it are both valid until the new one is used', async () => {
    const { show, create, endpoints } = await setUp();
    const old = await create();
    await show(old);
    const token = must(await endpoints.rotate('demo', RECEIVED, HOUR));
    expect(await show(old, RECEIVED + 1)).toEqual(demo);
    expect(await show(token, RECEIVED + 2)).toEqual(demo);
    expect(await show(old, RECEIVED + 3)).toEqual(REFUSED);
    expect(await show(token, RECEIVED + 4)).toEqual(demo);
  });

  it('that is never used lets the one before it end with the overlap, and not a moment sooner', async () => {
    const { show, create, endpoints } = await setUp();
    const old = await create();
    await endpoints.rotate('demo', RECEIVED, HOUR);
    expect(await show(old, RECEIVED + HOUR - 1)).toEqual(demo);
    expect(await show(old, RECEIVED + HOUR)).toEqual(REFUSED);
  });

  it('that is never used gives way to the next one, and the one in use stays valid until that is used', async () => {
    const { show, create, endpoints } = await setUp();
    const old = await create();
    await show(old);
    const unused = must(await endpoints.rotate('demo', RECEIVED, HOUR));
    const token = must(await endpoints.rotate('demo', RECEIVED + 1, 2 * HOUR));
    expect(await show(old, RECEIVED + 2 * HOUR)).toEqual(demo);
    expect(await show(unused, RECEIVED + 2)).toEqual(REFUSED);
    expect(await show(token, RECEIVED + 3)).toEqual(demo);
    expect(await show(old, RECEIVED + 4)).toEqual(REFUSED);
    expect(await show(token, RECEIVED + 5)).toEqual(demo);
  });

  it('that is used, or whose overlap is over, stays valid beside the next one', async () => {
    const { show, create, endpoints } = await setUp();
    const old = await create();
    const used = must(await endpoints.rotate('demo', RECEIVED, HOUR));
    await show(used);
    const unused = must(await endpoints.rotate('demo', RECEIVED + 1, HOUR));
    expect(await show(used, RECEIVED + 2)).toEqual(demo);
    await endpoints.rotate('demo', RECEIVED + 1 + HOUR, HOUR);
    expect(await show(unused, RECEIVED + 2 + HOUR)).toEqual(demo);
    for (const ended of [old, used]) expect(await show(ended, RECEIVED + 2 + HOUR)).toEqual(REFUSED);
  });

  it('is refused with an error if another is made or the one before it is used meanwhile', async () => {
    const { client, show, create, endpoints } = await setUp();
    await show(await create());
    const meanwhile = happeningBefore(client, 'TransactWriteItemsCommand');
    let token = '';
    meanwhile.push(async () => {
      token = must(await endpoints.rotate('demo', RECEIVED, HOUR));
    });
    await expect(endpoints.rotate('demo', RECEIVED, HOUR)).rejects.toThrow(/^another rotation of demo .*run it again$/);
    meanwhile.push(() => show(token));
    await expect(endpoints.rotate('demo', RECEIVED, HOUR)).rejects.toThrow('run it again');
    expect(await show(token)).toEqual(demo);
  });

  it('is not made for an endpoint that is revoked meanwhile, as it would open nothing', async () => {
    const { client, create, endpoints } = await setUp();
    await create();
    happeningBefore(client, 'TransactWriteItemsCommand').push(() => endpoints.revoke('demo', 9));
    await expect(endpoints.rotate('demo', RECEIVED, HOUR)).rejects.toThrow('run it again');
    expect(await endpoints.rotate('demo', RECEIVED, HOUR)).toBeUndefined();
  });

  it('is not made for a revoked or unknown endpoint', async () => {
    const { create, endpoints } = await setUp();
    expect(await endpoints.rotate('demo', 1, 1)).toBeUndefined();
    await create();
    await endpoints.revoke('demo', 1);
    expect(await endpoints.rotate('demo', 1, 1)).toBeUndefined();
  });
});

describe('creating an endpoint', () => {
  const state = { ...demo, group: 'demo', priority: 1 };

  it('returns no token if one of this name exists', async () => {
    const { create, endpoints } = await setUp();
    await create();
    expect(await endpoints.create(state, 5)).toBeUndefined();
  });

  it.each(['TransactionConflict', 'ThrottlingError'])('throws at a %s, as the name may be free', async (Code) => {
    const client = new DynamoDBClient({ region: 'us-east-1' });
    const cancelled = new TransactionCanceledException({
      ...{ message: 'cancelled', $metadata: {}, CancellationReasons: [{ Code }, { Code: 'None' }] },
    });
    mockClient(client).on(TransactWriteItemsCommand).rejects(cancelled);
    await expect(createEndpoints(client, 'Registry').create(state, 5)).rejects.toBe(cancelled);
  });
});

describe('a connection', () => {
  it('is bound once: its own endpoint may bind it again, another one is refused', async () => {
    const { show, create, registry, items } = await setUp();
    const [token, another] = [await create(), await create(other)];
    expect(await show(token, RECEIVED, 'c=')).toEqual(demo);
    expect(await show(token, RECEIVED + 1, 'c=')).toEqual(demo);
    expect(await show(another, RECEIVED + 2, 'c=')).toEqual({ refused: 'the connection belongs to another endpoint' });
    expect(await registry.bound('c=', RECEIVED, NEVER)).toEqual(demo);
    expect((await items()).filter(({ sk }) => sk === 'connection')).toEqual([
      {
        ...{ pk: 'connection#c=', sk: 'connection', format: 1, connectionId: 'c=', endpoint: 'demo', primary: 'demo' },
        ...{ ofEndpoint: 'connection#demo', tokenHash: tokenHash(token), sourceIp: '192.0.2.1', openedAt: RECEIVED },
        heardAt: RECEIVED,
        expiresAt: 1_795_462_413 + 90 * 86_400,
      },
    ]);
  });

  it('that two endpoints ask for at once is bound to one of them', async () => {
    const { show, create, another } = await setUp();
    const tokens = [await create(), await create(other)];
    const results = await Promise.all([...tokens, ...tokens].map((token) => show(token, RECEIVED, 'c=')));
    const bound = await another().bound('c=', RECEIVED, NEVER);
    expect(results.filter((result) => !('refused' in result))).toEqual([bound, bound]);
  });

  it('is remembered for 60 s, and read again after that', async () => {
    const { show, create, registry, endpoints } = await setUp();
    await show(await create(), 1_000, 'c=');
    await endpoints.revoke('demo', 1_001);
    expect(MEMORY_MS).toBe(60_000);
    expect(await registry.bound('c=', 1_000 + 59_999, NEVER)).toEqual(demo);
    expect(await registry.bound('c=', 1_000 + 60_000, NEVER)).toBeUndefined();
  });

  it('is remembered from when it was read, and not longer because it is used', async () => {
    const { show, create, another, endpoints } = await setUp();
    await show(await create(), 0, 'c=');
    const registry = another();
    await registry.bound('c=', 0, NEVER);
    await registry.bound('c=', 59_000, NEVER);
    await endpoints.revoke('demo', 59_001);
    expect(await registry.bound('c=', 60_000, NEVER)).toBeUndefined();
  });

  it('that was not found is read again at once', async () => {
    const { show, create, another } = await setUp();
    const registry = another();
    expect(await registry.bound('c=', 1, NEVER)).toBeUndefined();
    await show(await create(), 1, 'c=');
    expect(await registry.bound('c=', 1, NEVER)).toEqual(demo);
  });

  it('of an ended token is no longer bound, although another token of the endpoint is valid', async () => {
    const { show, create, another, endpoints } = await setUp();
    await show(await create(), RECEIVED, 'old=');
    const token = must(await endpoints.rotate('demo', RECEIVED, HOUR));
    expect(await another().bound('old=', RECEIVED, NEVER)).toEqual(demo);
    await show(token, RECEIVED + 1, 'new=');
    expect(await another().bound('old=', RECEIVED + 2, NEVER)).toBeUndefined();
    expect(await another().bound('new=', RECEIVED + 2, NEVER)).toEqual(demo);
  });

  it('records when it was last heard, to five minutes, however many functions hear it', async () => {
    const { show, create, another, items } = await setUp();
    await show(await create(), RECEIVED, 'c=');
    const heard = async () => (await items()).find(({ sk }) => sk === 'connection')?.heardAt;
    const [one, two] = [another(), another()];
    expect(HEARD_MS).toBe(300_000);
    expect(await heard()).toBe(RECEIVED);
    for (const warm of [one, two]) await hear(warm, 'c=', RECEIVED - 1 + HEARD_MS);
    expect(await heard()).toBe(RECEIVED);
    await hear(one, 'c=', RECEIVED + HEARD_MS);
    expect(await heard()).toBe(RECEIVED + HEARD_MS);
    // The other is refused, and learns when it was heard: it does not wait five more minutes from now on.
    await hear(two, 'c=', RECEIVED + 2 * HEARD_MS - 1);
    expect(await heard()).toBe(RECEIVED + HEARD_MS);
    await hear(two, 'c=', RECEIVED + 2 * HEARD_MS);
    expect(await heard()).toBe(RECEIVED + 2 * HEARD_MS);
  });

  it('that shows its token again and again is recorded as heard like others', async () => {
    const { show, create, registry, items } = await setUp();
    const token = await create();
    for (const at of [RECEIVED, RECEIVED + HEARD_MS - 1]) await show(token, at, 'c=');
    await hear(registry, 'c=', RECEIVED + HEARD_MS);
    expect((await items()).find(({ sk }) => sk === 'connection')?.heardAt).toBe(RECEIVED + HEARD_MS);
  });

  it('is recorded as heard once in five minutes, even by functions that hear it at the same moment', async () => {
    const { client, show, create, another, items } = await setUp();
    await show(await create(), RECEIVED, 'c=');
    // Both have read the connection before either records it as heard; the later message is recorded last.
    const noted = happeningBefore(client, 'UpdateItemCommand');
    noted.push(() => hear(another(), 'c=', RECEIVED + 1 + HEARD_MS));
    await hear(another(), 'c=', RECEIVED + 2 + HEARD_MS);
    expect(noted).toEqual([]);
    expect((await items()).find(({ sk }) => sk === 'connection')?.heardAt).toBe(RECEIVED + 1 + HEARD_MS);
  });

  it('is bound although recording it as heard fails, which is retried in the next minute', async () => {
    const { client, show, create, another, items } = await setUp();
    await show(await create(), RECEIVED, 'c=');
    let tried = 0;
    client.middlewareStack.add(
      (next, { commandName }) =>
        (args) => {
          if (commandName === 'UpdateItemCommand') tried += 1;
          return commandName === 'UpdateItemCommand' && tried === 1
            ? Promise.reject(new Error('throttled'))
            : next(args);
        },
      { step: 'initialize' },
    );
    const [warm, due] = [another(), RECEIVED + 1 + HEARD_MS];
    for (const at of [due, due + MEMORY_MS - 1]) expect(await hear(warm, 'c=', at)).toEqual(demo);
    expect(tried).toBe(1);
    await hear(warm, 'c=', due + MEMORY_MS);
    expect((await items()).find(({ sk }) => sk === 'connection')?.heardAt).toBe(due + MEMORY_MS);
  });

  it('that shows the next token of its endpoint continues with it, for every function', async () => {
    const { show, create, another, endpoints } = await setUp();
    await show(await create(), RECEIVED, 'c=');
    const token = must(await endpoints.rotate('demo', RECEIVED, HOUR));
    expect(await show(token, RECEIVED + 1, 'c=')).toEqual(demo);
    expect(await another().bound('c=', RECEIVED + 2, NEVER)).toEqual(demo);
  });

  it('that closed keeps the time that was reported first', async () => {
    const { show, create, registry, items } = await setUp();
    await show(await create(), RECEIVED, 'c=');
    for (const at of [RECEIVED + 7, RECEIVED]) await registry.closed('c=', at, NEVER);
    expect((await items()).filter(({ sk }) => sk === 'connection')).toMatchObject([{ closedAt: RECEIVED + 7 }]);
  });

  it('that was never accepted leaves nothing when it closes', async () => {
    const { registry, items } = await setUp();
    await registry.closed('stranger', 1, NEVER);
    expect(await items()).toEqual([]);
  });

  it('causes an exception, and does not seem unknown, when the table cannot be read', async () => {
    const { registry } = await setUp();
    const late = AbortSignal.abort();
    await expect(registry.bound('c=', 1, late)).rejects.toThrow();
    const connection = { connectionId: 'c', sourceIp: '::1', token: 't', at: 1 };
    await expect(registry.connect(connection, late)).rejects.toThrow();
    await expect(registry.closed('c=', 1, late)).rejects.toThrow();
  });
});

describe('the name of a primary or an endpoint', () => {
  it.each(['a', 'a-1', '0', 'x'.repeat(63)])('may be %s', (name) => expect(isName(name)).toBe(true));
  it.each(['', 'A', 'a.b', 'a#b', 'ä', 'a\n', 'x'.repeat(64)])('may not be %j', (name) =>
    expect(isName(name)).toBe(false),
  );
});

it('a token that is rotated at the moment of its first use stays valid', async () => {
  const { client, registry: table } = await testTables();
  const endpoints = createEndpoints(client, table);
  const token = must(await endpoints.create({ ...demo, group: 'demo', priority: 1 }, 5));
  let rotated = false;
  const send = async (...args: unknown[]) => {
    const { UpdateExpression, ExpressionAttributeNames: names } = Object(args[0]).input;
    if (!rotated && UpdateExpression && names?.['#attribute'] === 'tokenUsedAt') {
      rotated = true;
      await endpoints.rotate('demo', RECEIVED, HOUR);
    }
    return Reflect.apply(client.send, client, args);
  };
  const racing = createRegistry(Object.create(client, { send: { value: send } }), table);
  await racing.connect({ connectionId: 'a=', sourceIp: '192.0.2.1', token, at: RECEIVED }, NEVER);
  expect(rotated).toBe(true);
  const again = { connectionId: 'b=', sourceIp: '192.0.2.1', token, at: RECEIVED + 1 };
  expect(await createRegistry(client, table).connect(again, NEVER)).toEqual(demo);
});
