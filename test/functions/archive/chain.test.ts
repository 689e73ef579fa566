import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Chain, createChain, type Turn } from '../../../functions/archive/chain.ts';
import { archiveKey } from '../../../functions/keys/registry.ts';
import { testDatabase } from '../../support/database.ts';
import { memoryChain } from './archived.ts';

/** What two functions do in turn, and how much time passes (ms). */
const step = fc.record({
  id: fc.constantFrom('aa', 'bb'),
  does: fc.constantFrom('take', 'take', 'advance', 'release', 'refused'),
  passes: fc.constantFrom(1, 61),
});

/** Does the steps on a chain, and tells what came of each. */
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

it('one at a time goes on from the end, whoever dies is succeeded, and what was begun is passed on', async () => {
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
