import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messagesEach } from '../../bench/ack/measure.ts';
import { againstFloor, againstPeer, ratios } from '../../bench/judgement.ts';
import { inTurn, median, percentile, spreadOf } from '../../bench/percentiles.ts';

const values = fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: 1 });

it('each of those measured in turn goes first equally often', () => {
  expect([0, 1, 2, 3].map((time) => inTurn(['a', 'b', 'c'], time).join(''))).toEqual(['abc', 'bca', 'cab', 'abc']);
});

describe('percentiles', () => {
  it('are the smallest value that so many per cent of the values do not exceed', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 100 }), (all, percent) => {
        const found = percentile(all, percent);
        const enough = (limit: (value: number) => boolean) => all.filter(limit).length * 100 >= percent * all.length;
        expect(all).toContain(found);
        expect(enough((value) => value <= found)).toBe(true);
        expect(enough((value) => value < found)).toBe(false);
      }),
    );
  });

  it('are right for known values, and refused for none', () => {
    const hundred = Array.from({ length: 100 }, (_, n) => 100 - n);
    expect([50, 99, 100].map((percent) => percentile(hundred, percent))).toEqual([50, 99, 100]);
    expect(spreadOf([3, 1, 2])).toEqual({ min: 1, median: 2, max: 3 });
    expect([median([4, 1, 2, 3]), median([3, 1, 2]), median([7])]).toEqual([2.5, 2, 7]);
    expect(() => percentile([], 50)).toThrow(RangeError);
  });
});

describe('a figure is judged', () => {
  it('round by round, so that a machine that slows down between rounds changes nothing', () => {
    expect(ratios([11, 110], [10, 100])).toEqual([1.1, 1.1]);
    expect(() => ratios([1, 2], [1])).toThrow(RangeError);
  });

  it('against the floor by the median of the rounds', () => {
    const floor = [10, 10, 10];
    expect(againstFloor([12, 11, 30], floor, { atMost: 1.2 })).toEqual({
      ratio: { min: 1.1, median: 1.2, max: 3 },
      met: true,
    });
    expect(againstFloor([13, 11, 13], floor, { atMost: 1.2 }).met).toBe(false);
    expect(againstFloor([9, 8, 1], floor, { atLeast: 0.85 }).met).toBe(false);
    expect(againstFloor([9, 9, 1], floor, { atLeast: 0.85 }).met).toBe(true);
  });

  it('against the peer as behind only when it was behind in every round', () => {
    expect(againstPeer([11, 9.9, 12], [10, 10, 10], 'lower').met).toBe(true);
    expect(againstPeer([11, 10.1, 12], [10, 10, 10], 'lower').met).toBe(false);
    expect(againstPeer([9, 10.1, 8], [10, 10, 10], 'higher').met).toBe(true);
    expect(againstPeer([9, 9.9, 8], [10, 10, 10], 'higher').met).toBe(false);
  });
});

it('a turn has at least 40 entries or one message of each connection, and otherwise no more than planned', () => {
  const plan = { entriesInTurn: 400, messagesInTurn: 160, entriesOfEach: 40 };
  expect(messagesEach({ connections: 1, entries: 1 }, plan)).toBe(160);
  expect(messagesEach({ connections: 32, entries: 1 }, plan)).toBe(40);
  expect(messagesEach({ connections: 8, entries: 10 }, plan)).toBe(5);
  expect(messagesEach({ connections: 32, entries: 10 }, plan)).toBe(4);
  expect(messagesEach({ connections: 32, entries: 100 }, plan)).toBe(1);
});
