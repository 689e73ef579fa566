import { expect, it } from 'vitest';
import { ASIDES_PER_HOUR, createAsideLimit } from '../../../functions/registry/aside-limit.ts';
import { allItems, NEVER, RECEIVED, testTables } from '../support.ts';

const digests = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => `d${from + n}`);

async function setUp() {
  const { client, registry } = await testTables();
  return () => createAsideLimit(client, registry);
}

it('a hundred contents per primary and hour are admitted, and not one more', async () => {
  const limit = (await setUp())();
  expect(ASIDES_PER_HOUR).toBe(100);
  expect((await limit.admit('demo', RECEIVED, digests(0, 99), NEVER)).size).toBe(99);
  expect([...(await limit.admit('demo', RECEIVED, digests(99, 101), NEVER))]).toEqual(['d99']);
  expect((await limit.admit('demo', RECEIVED, ['d101'], NEVER)).size).toBe(0);
});

it('known content is admitted again, so that a resend after a crash is kept after all', async () => {
  const limit = (await setUp())();
  await limit.admit('demo', RECEIVED, digests(0, 100), NEVER);
  expect([...(await limit.admit('demo', RECEIVED, ['d7', 'new'], NEVER))]).toEqual(['d7']);
});

it('each primary and each hour has a share of its own', async () => {
  const limit = (await setUp())();
  await limit.admit('demo', RECEIVED, digests(0, 100), NEVER);
  expect((await limit.admit('other', RECEIVED, ['x'], NEVER)).size).toBe(1);
  expect((await limit.admit('demo', RECEIVED + 3_600_000, ['x'], NEVER)).size).toBe(1);
});

it('several functions at once never admit more than a hundred', async () => {
  const another = await setUp();
  const admitted = await Promise.all(
    Array.from({ length: 10 }, (_, n) => another().admit('demo', RECEIVED, digests(n * 30, n * 30 + 30), NEVER)),
  );
  const sum = admitted.reduce((so, { size }) => so + size, 0);
  expect(sum).toBeGreaterThanOrEqual(30);
  expect(sum).toBeLessThanOrEqual(100);
});

it('two functions at once with 60 contents each admit a hundred together', async () => {
  const another = await setUp();
  const admitted = await Promise.all(
    [0, 60].map((from) => another().admit('demo', RECEIVED, digests(from, from + 60), NEVER)),
  );
  expect(admitted.map(({ size }) => size).sort()).toEqual([40, 60]);
});

it('no more than a hundred are admitted even if others get in before each attempt', async () => {
  const { client, registry } = await testTables();
  const limit = createAsideLimit(client, registry);
  await limit.admit('demo', RECEIVED, digests(0, 80), NEVER);
  let others = 0;
  let isOther = false;
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName === 'UpdateItemCommand' && !isOther) {
          isOther = true;
          await limit.admit('demo', RECEIVED, [`other${others++}`], NEVER);
          isOther = false;
        }
        return next(args);
      },
    { step: 'initialize' },
  );
  const admitted = await limit.admit('demo', RECEIVED, digests(100, 140), NEVER);
  expect(others).toBeGreaterThan(0);
  expect(80 + others + admitted.size).toBeLessThanOrEqual(100);
});

it('what was admitted in an hour is remembered for a day', async () => {
  const { client, registry } = await testTables();
  await createAsideLimit(client, registry).admit('demo', RECEIVED, ['d'], NEVER);
  expect(await allItems(client, registry)).toMatchObject([{ expiresAt: Math.floor(RECEIVED / 1000) + 86_400 }]);
});
