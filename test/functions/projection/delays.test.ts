import { expect, it, onTestFinished, vi } from 'vitest';
import { createDelays } from '../../../functions/projection/delays.ts';
import { log } from '../../../functions/runtime/log.ts';

function setUp() {
  const clock = { now: 1_000_000 };
  const info = vi.spyOn(log, 'info').mockReturnValue(undefined);
  onTestFinished(() => info.mockRestore());
  // A single value is not in a list.
  const told = () =>
    info.mock.calls.splice(0).map(([, fields]) => [Reflect.get(Object(fields), 'ProjectionDelay')].flat());
  return { clock, told, ...createDelays(() => clock.now) };
}

it('the first delay is logged at once, those of the next minute together, and none twice', () => {
  const { clock, note, tell, told } = setUp();
  note([clock.now - 70]);
  tell();
  note([clock.now - 80, clock.now + 5]);
  tell();
  clock.now += 59_999;
  tell();
  expect(told()).toEqual([[70]]);
  clock.now += 1;
  tell();
  tell();
  expect(told()).toEqual([[80, 0]]);
});

it('a hundred delays are logged at once, and no more than that in one line', () => {
  const { clock, note, tell, told } = setUp();
  note([clock.now]);
  tell();
  note(Array(99).fill(clock.now - 1));
  tell();
  expect(told()).toEqual([[0]]);
  note(Array(102).fill(clock.now - 2));
  tell();
  expect(told().map((values: number[]) => values.length)).toEqual([100, 100, 1]);
});
