import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { endsBeforeStall } from '../../torture/stall.ts';

const never = new Promise(() => {});

it('gives up what nothing is seen of any more, and waits for what moves', async () => {
  expect(await endsBeforeStall(never, () => 1, 20)).toBe(false);
  let moves = 0;
  expect(await endsBeforeStall(setTimeout(200), () => ++moves, 50)).toBe(true);
  expect(moves).toBeGreaterThan(1);
});

it('fails as what it waits for does', async () => {
  await expect(endsBeforeStall(Promise.reject(new Error('no')), () => 1)).rejects.toThrow('no');
});
