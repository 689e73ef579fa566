import { expect, it } from 'vitest';
import { createPace } from '../../torture/pace.ts';

/** How many of those asking get a place at once. */
async function placesOf(pace: ReturnType<typeof createPace>, asking: number): Promise<number> {
  const given: (() => void)[] = [];
  for (let each = 0; each < asking; each++) void pace.enter().then((giveBack) => given.push(giveBack));
  await Promise.resolve();
  await Promise.resolve();
  const places = given.length;
  // The others get a place in turn, and give it back too.
  for (let at = 0; at < given.length || given.length < asking; at++) {
    given[at]?.();
    await Promise.resolve();
  }
  return places;
}

it('grants more places while answers are quick, up to the maximum, and fewer when notifications are sent again', async () => {
  const pace = createPace(20, () => false);
  const atFirst = await placesOf(pace, 30);
  for (let each = 0; each < 1_000; each++) pace.answered(5);
  expect(await placesOf(pace, 30)).toBe(20);
  for (let each = 0; each < 12; each++) pace.late();
  expect(await placesOf(pace, 30)).toBe(8);
  for (let each = 0; each < 100; each++) pace.late();
  const fewest = await placesOf(pace, 30);
  expect(fewest).toBeGreaterThan(0);
  expect(fewest).toBeLessThan(atFirst);
});

it('takes a place back once, however often it is given back', async () => {
  const pace = createPace(1, () => false);
  const giveBack = await pace.enter();
  giveBack();
  giveBack();
  expect(await placesOf(pace, 5)).toBe(1);
});

it('grants no place while what is behind has to catch up', async () => {
  let isBehind = true;
  const pace = createPace(4, () => isBehind);
  let entered = false;
  const entering = pace.enter().then(() => {
    entered = true;
  });
  await Promise.resolve();
  expect(entered).toBe(false);
  isBehind = false;
  await entering;
  expect(entered).toBe(true);
});
