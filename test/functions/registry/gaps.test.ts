import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gapsBetween, type Span } from '../../../functions/registry/gaps.ts';

const closed = (openedAt: number, closedAt: number): Span => ({ openedAt, closedAt, state: 'closed' });
const lost = (openedAt: number, heardAt?: number): Span => ({ openedAt, ...(heardAt && { heardAt }), state: 'lost' });
const alive = (openedAt: number): Span => ({ openedAt, heardAt: openedAt + 1, state: 'alive' });

/** Times so near to each other that many connections touch, overlap and contain one another. */
const spans = fc.array(
  fc
    .tuple(fc.nat({ max: 40 }), fc.nat({ max: 8 }), fc.nat({ max: 4 }), fc.constantFrom('closed', 'lost', 'alive'))
    .map(([openedAt, heard, more, state]): Span => {
      const heardAt = openedAt + heard;
      return state === 'closed' ? { openedAt, heardAt, closedAt: heardAt + more, state } : { openedAt, heardAt, state };
    }),
  { maxLength: 12 },
);

/** Whether a moment between `at` and the next whole number is in a connection, as gaps are defined. */
function isConnected(connections: readonly Span[], at: number): boolean {
  return connections.some(({ openedAt, heardAt = openedAt, closedAt, state }) => {
    const end = state === 'alive' ? Number.POSITIVE_INFINITY : state === 'closed' ? (closedAt ?? 0) : heardAt;
    return openedAt <= at && at < end;
  });
}

describe('the gaps between connections', () => {
  it('are the times since the first connection in which none was open, in whatever order they are listed', () => {
    fc.assert(
      fc.property(spans, fc.option(fc.nat({ max: 60 }), { nil: undefined }), (connections, until) => {
        const gaps = gapsBetween(connections, until);
        const first = Math.min(...connections.map(({ openedAt }) => openedAt));
        const last = Math.max(0, ...connections.map(({ openedAt }) => openedAt));
        // Time after `until` is no gap; a connection after it, which cannot be, still ends one.
        for (let at = 0; at < 70; at++) {
          const isGap = gaps.some(({ from, to = Number.POSITIVE_INFINITY }) => from <= at && at < to);
          const isWanted = at >= first && (until === undefined || at < Math.max(until, last));
          expect(isGap, `at ${at}`).toBe(isWanted && !isConnected(connections, at));
        }
      }),
    );
  });

  it('are listed oldest first, do not overlap, and are never empty', () => {
    fc.assert(
      fc.property(spans, fc.option(fc.nat({ max: 60 }), { nil: undefined }), (connections, until) => {
        const gaps = gapsBetween(connections, until);
        const ends = gaps.flatMap(({ from, to = Number.POSITIVE_INFINITY }) => [from, to]);
        expect(ends).toEqual(ends.toSorted((a, b) => a - b));
        for (const { from, to } of gaps) expect(to).not.toBe(from);
      }),
    );
  });

  it.each([
    ['are none between two that touch', [closed(1, 5), closed(5, 9), alive(9)], []],
    ['are the time between two that do not touch', [closed(1, 5), alive(7)], [{ from: 5, to: 7 }]],
    ['are none for one within another', [closed(1, 9), closed(2, 3), alive(9)], []],
    ['begin when a lost one was last heard', [lost(1, 4), alive(7)], [{ from: 4, to: 7, sinceHeard: true }]],
    ['begin when a lost one that was never heard opened', [lost(1), alive(7)], [{ from: 1, to: 7, sinceHeard: true }]],
    [
      'begin when a lost one was last heard, with others within it',
      [lost(1, 6), closed(2, 6), closed(3, 4), alive(9)],
      [{ from: 6, to: 9, sinceHeard: true }],
    ],
    ['last while none is open', [closed(2, 3)], [{ from: 3 }]],
    ['are none without connections', [], []],
  ])('%s', (_, connections, gaps) => {
    expect(gapsBetween(connections)).toEqual(gaps);
  });

  it('end when the endpoint was revoked', () => {
    expect(gapsBetween([closed(1, 5), closed(7, 9)], 12)).toEqual([
      { from: 5, to: 7 },
      { from: 9, to: 12 },
    ]);
    expect(gapsBetween([closed(1, 5)], 5)).toEqual([]);
    expect(gapsBetween([closed(1, 6)], 5)).toEqual([]);
  });
});
