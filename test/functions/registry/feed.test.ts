import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FeedState, judgeFeed, newFeed } from '../../../functions/registry/feed.ts';

const MINUTE = 60_000;
const AFTER = 15 * MINUTE;
const DAY = 24 * 60 * MINUTE;

/** When each connection was opened and last heard, epoch ms, and when the gateway was last seen to hold one. */
interface Signs {
  connections: { openedAt: number; heardAt?: number }[];
  aliveAt: number;
}

const judge = (feed: FeedState, { connections, aliveAt }: Signs, now: number) =>
  judgeFeed(
    { ...feed, aliveAt },
    connections.map((one) => ({
      ...{ connectionId: 'c', endpoint: 'e', primary: 'p', tokenHash: 'h', sourceIp: '192.0.2.1' },
      ...one,
    })),
    now,
    AFTER,
  );

const fresh = newFeed('e', 'p');
const T = 1_000 * DAY;

describe('a feed', () => {
  it('that never was is not lost', () => {
    expect(judge(fresh, { connections: [], aliveAt: 0 }, T).news).toBe(undefined);
  });

  it.each<[string, Signs]>([
    ['a CONNECT', { connections: [{ openedAt: T }], aliveAt: 0 }],
    ['a message', { connections: [{ openedAt: T - DAY, heardAt: T }], aliveAt: 0 }],
    ['a live connection', { connections: [{ openedAt: T - DAY }], aliveAt: T }],
  ])('is lost when %s was its last sign of life for too long, and not before', (_, signs) => {
    expect(judge(fresh, signs, T + AFTER).news).toBe(undefined);
    const { feed, news } = judge(fresh, signs, T + AFTER + 1);
    expect(news).toEqual({ kind: 'lost', lostFrom: T, reminder: 0 });
    expect(feed.lostFrom).toBe(T);
  });

  const lost = { ...fresh, aliveAt: T, lostFrom: T };
  const gone: Signs = { connections: [{ openedAt: T - DAY, heardAt: T - 5 }], aliveAt: T };

  it('that is lost is told of again each day', () => {
    const tellAt = (now: number) => judge(lost, gone, now).news;
    expect(tellAt(T + AFTER + DAY - 1)).toBe(undefined);
    expect(tellAt(T + AFTER + DAY)).toEqual({ kind: 'lost', lostFrom: T, reminder: 1 });
    expect(tellAt(T + AFTER + 9.5 * DAY)).toEqual({ kind: 'lost', lostFrom: T, reminder: 9 });
  });

  it('is restored by the first sign of life, whatever came after', () => {
    const back = { connections: [...gone.connections, { openedAt: T + 7, heardAt: T + 9 }], aliveAt: T + 11 };
    const { feed, news } = judge(lost, back, T + DAY);
    expect(news).toEqual({ kind: 'restored', gap: { from: T, to: T + 7 } });
    expect(feed).toMatchObject({ restoredAt: T + 7 });
    expect(feed).not.toHaveProperty('lostFrom');
  });

  it('is told as lost and restored in turn, never while signs of life are near, and each gap has its end', () => {
    const minutes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(minutes, (pauses) => {
        let [feed, now] = [fresh, T];
        const told: string[] = [];
        const connections: Signs['connections'] = [];
        for (const pause of pauses) {
          const from = now;
          connections.push({ openedAt: from });
          for (let minute = 0; minute < pause; minute++, now += MINUTE) {
            const { feed: after, news } = judge(feed, { connections, aliveAt: 0 }, now);
            feed = after;
            if (news) told.push(news.kind);
            if (news?.kind === 'lost') expect(now - news.lostFrom).toBeGreaterThan(AFTER);
            if (news?.kind === 'restored') expect(news.gap.to).toBe(from);
          }
        }
        const long = pauses.map((pause) => pause * MINUTE > AFTER + MINUTE);
        const expected = long.flatMap((isLost, index) =>
          isLost ? (index === long.length - 1 ? ['lost'] : ['lost', 'restored']) : [],
        );
        expect(told).toEqual(expected);
      }),
    );
  });
});
