import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { merge } from '../../../functions/questions/merge.ts';
import { orderBy } from '../../../functions/records/order.ts';
import { all } from './received.ts';

interface One {
  at: number;
  source: number;
  nth: number;
}

const byTime = orderBy<One>(({ at }) => at);

/** Ordered sources with many equals among them. */
const sources = fc
  .array(fc.array(fc.nat({ max: 5 }), { maxLength: 8 }), { maxLength: 6 })
  .map((lists) =>
    lists.map((times, source): One[] => times.sort((a, b) => a - b).map((at, nth) => ({ at, source, nth }))),
  );

/** Sources that count what is read from them, and how often they are closed. */
function watched(lists: readonly One[][]) {
  const given = lists.map(() => 0);
  const closed = lists.map(() => 0);
  const iterables = lists.map(async function* (list, source) {
    try {
      for (const one of list) {
        given[source] = (given[source] ?? 0) + 1;
        yield one;
      }
    } finally {
      closed[source] = (closed[source] ?? 0) + 1;
    }
  });
  return { iterables, given, closed };
}

describe('merging ordered sources', () => {
  it('yields all items in order: equal ones by source, and each source in its own order', async () => {
    await fc.assert(
      fc.asyncProperty(sources, async (lists) => {
        const merged = await all(merge(watched(lists).iterables, byTime));
        // Sorting is stable, so equals stay as they were: by source, then as the source has them.
        expect(merged).toEqual(lists.flat().sort(byTime));
      }),
    );
  });

  it('reads at most one item ahead of each source, and closes each once when the consumer stops', async () => {
    await fc.assert(
      fc.asyncProperty(sources, fc.nat({ max: 20 }), async (lists, stopAfter) => {
        const { iterables, given, closed } = watched(lists);
        const taken = lists.map(() => 0);
        let count = 0;
        for await (const { source } of merge(iterables, byTime)) {
          taken[source] = (taken[source] ?? 0) + 1;
          lists.forEach((list, index) => {
            const held = taken[index] ?? 0;
            // The source of the item that was just yielded has not been read ahead yet.
            expect(given[index]).toBe(Math.min(list.length, index === source ? held : held + 1));
          });
          count += 1;
          if (count > stopAfter) break;
        }
        expect(closed).toEqual(lists.map(() => 1));
      }),
    );
  });

  it('reads nothing before its first item is requested', async () => {
    const { iterables, given } = watched([[{ at: 1, source: 0, nth: 0 }]]);
    const merged = merge(iterables, byTime);
    expect(given).toEqual([0]);
    await merged.next();
    expect(given).toEqual([1]);
  });

  it.each([0, 1])('throws what a source throws after %i items, and closes the others', async (after) => {
    const { iterables, closed } = watched([[1, 4].map((at, nth) => ({ at, source: 0, nth }))]);
    const broken = (async function* () {
      for (let nth = 0; nth < after; nth++) yield { at: 2, source: 1, nth };
      throw new Error('throttled');
    })();
    const taken: number[] = [];
    const merging = (async () => {
      for await (const { at } of merge([...iterables, broken], byTime)) taken.push(at);
    })();
    await expect(merging).rejects.toThrow('throttled');
    expect(taken).toEqual(after === 0 ? [] : [1, 2]);
    expect(closed).toEqual([1]);
  });
});
