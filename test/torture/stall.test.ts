import { expect, it } from 'vitest';
import { endsBeforeStall } from '../../torture/stall.ts';

const never = new Promise(() => {});

it('gives up on work whose sign stops changing, and waits for work whose sign changes', async () => {
  expect(await endsBeforeStall(never, () => 1, 20)).toBe(false);
  const { promise, resolve } = Promise.withResolvers<void>();
  let moves = 0;
  const move = () => {
    moves += 1;
    // By now it has waited longer than it would without a change.
    if (moves === 5) resolve();
    return moves;
  };
  expect(await endsBeforeStall(promise, move, 20)).toBe(true);
});

it('rejects as the work does', async () => {
  await expect(endsBeforeStall(Promise.reject(new Error('no')), () => 1)).rejects.toThrow('no');
});
