import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Chain, createChain, type Turn } from '../../../functions/archive/chain.ts';
import { archiveKey } from '../../../functions/keys/registry.ts';
import { testDatabase } from '../../support/database.ts';
import { memoryChain } from './archived.ts';

/** A step of one of two functions, and how much time passes before it (ms). */
const step = fc.record({
  id: fc.constantFrom('aa', 'bb'),
  does: fc.constantFrom('take', 'take', 'advance', 'release', 'refused'),
  passes: fc.constantFrom(1, 61),
});

/** Takes the steps on a chain, and returns what came of each. */
async function walk(chain: Chain, steps: readonly { id: string; does: string; passes: number }[]): Promise<unknown[]> {
  const turns = new Map<string, Turn>();
  const seen: unknown[] = [];
  let now = 0;
  for (const { id, does, passes } of steps) {
    now += passes;
    const turn = turns.get(id) ?? { last: undefined, abandoned: [] };
    if (does === 'take') {
      const taken = await chain.take(id, now, now + 60);
      if (taken) turns.set(id, taken);
      seen.push(taken ? { last: taken.last, abandoned: [...new Set(taken.abandoned)] } : 'waits');
    } else if (does === 'advance') {
      const number = (turn.last?.number ?? 0) + 1;
      const advanced = chain.advance(id, { number, name: `${number}-${id}`, sha256: 'e3b0', writtenAt: now });
      seen.push(await advanced.then(() => 'advanced').catch(() => 'lost'));
    } else {
      await chain.release(id, turn, does === 'refused');
      seen.push('released');
    }
  }
  return seen;
}

it('grants turns, loses them and lists abandoned claims in DynamoDB as in memory, in any order of steps', async () => {
  const { client, createTable } = testDatabase();
  await createTable('Registry');
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 12, maxLength: 24 }), async (steps) => {
      run += 1;
      const stored = await walk(createChain(client, 'Registry', archiveKey(`bucket-${run}`)), steps);
      expect(stored).toEqual(await walk(memoryChain(), steps));
    }),
    { numRuns: 3 },
  );
});

it('accepts an advance that is repeated because its answer was lost', async () => {
  const { client, createTable } = testDatabase();
  await createTable('Registry');
  const chain = createChain(client, 'Registry', archiveKey('b'));
  await chain.take('aa', 0, 60);
  const link = { number: 1, name: '1-aa', sha256: 'e3', writtenAt: 1 };
  await chain.advance('aa', link);
  await chain.advance('aa', link);
});
it('gives objects ascending names even if the clock goes back', async () => {
  const { archive } = await import('../../../functions/archive/archive.ts');
  const { streamRecord } = await import('./archived.ts');
  const chain = memoryChain();
  const day = Date.parse('2026-11-24T00:00Z');
  const names: string[] = [];
  for (const now of [day + 1, day - 1]) {
    await archive(
      {
        chain,
        put: async (name: string) => void names.push(name),
        isRefusal: () => false,
        now: () => now,
        wait: async () => {},
        newId: () => 'aa',
      },
      [streamRecord('INSERT', { item: { pk: 'image#p#b', sk: 's', receivedAt: now } }, 1, now)],
    );
  }
  expect(names).toEqual(names.toSorted());
});
