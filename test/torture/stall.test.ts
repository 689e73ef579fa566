import { expect, it } from 'vitest';
import { endsBeforeStall } from '../../torture/stall.ts';

const never = new Promise(() => {});

it('gives up what nothing is seen of any more, and waits for what moves', async () => {
  expect(await endsBeforeStall(never, () => 1, 20)).toBe(false);
  const { promise, resolve } = Promise.withResolvers<void>();
  let moves = 0;
  const move = () => {
    moves += 1;
    // Longer than it would wait for what stands still.
    if (moves === 5) resolve();
    return moves;
  };
  expect(await endsBeforeStall(promise, move, 20)).toBe(true);
});

it('fails as what it waits for does', async () => {
  await expect(endsBeforeStall(Promise.reject(new Error('no')), () => 1)).rejects.toThrow('no');
});
