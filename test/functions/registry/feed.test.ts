import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HEARD_MS } from '../../../functions/registry/endpoint.ts';
import { type FeedState, judgeFeed, newFeed } from '../../../functions/registry/feed.ts';

const MINUTE = 60_000;
const AFTER = 15 * MINUTE;
const DAY = 24 * 60 * MINUTE;

/** When each connection was opened and last heard, epoch ms, and when the gateway was last seen to hold one. */
interface Signs {
  connections: { openedAt: number; heardAt?: number; closedAt?: number }[];
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
  it('that was never heard is not lost', () => {
    expect(judge(fresh, { connections: [], aliveAt: 0 }, T).news).toBe(undefined);
  });

  it.each<[string, Signs, number]>([
    // `heardAt` may be up to five minutes older than the last message.
    ['a CONNECT', { connections: [{ openedAt: T }], aliveAt: 0 }, HEARD_MS],
    ['a message', { connections: [{ openedAt: T - DAY, heardAt: T }], aliveAt: 0 }, HEARD_MS],
    [
      'a message on a connection that then closed',
      { connections: [{ openedAt: T - DAY, heardAt: T, closedAt: T + 7 }], aliveAt: 0 },
      7,
    ],
    [
      // Quiet, it still pinged: a primary that closes it and comes back was not gone.
      'a message long before its connection closed',
      { connections: [{ openedAt: T - 30 * MINUTE, heardAt: T, closedAt: T + 9 * MINUTE }], aliveAt: 0 },
      9 * MINUTE,
    ],
    [
      'a message on a connection that was found gone',
      { connections: [{ openedAt: T - DAY, heardAt: T, closedAt: T }], aliveAt: 0 },
      HEARD_MS,
    ],
    ['a live connection', { connections: [{ openedAt: T - DAY }], aliveAt: T }, 0],
  ])('is lost when its last sign of life, %s, is too long ago, and not before', (_, signs, atMostLater) => {
    expect(judge(fresh, signs, T + atMostLater + AFTER).news).toBe(undefined);
    const { feed, news } = judge(fresh, signs, T + atMostLater + AFTER + 1);
    expect(news).toEqual({ kind: 'lost', lostFrom: T, reminder: 0 });
    expect(feed.lostFrom).toBe(T);
  });

  const lost = { ...fresh, aliveAt: T, lostFrom: T };
  const gone: Signs = { connections: [{ openedAt: T - DAY, heardAt: T - 5 }], aliveAt: T };

  it('that is lost is reported again each day', () => {
    const tellAt = (now: number) => judge(lost, gone, now).news;
    // By the same key as the first time, so it is written once.
    expect(tellAt(T + AFTER + DAY - 1)).toEqual({ kind: 'lost', lostFrom: T, reminder: 0 });
    expect(tellAt(T + AFTER + DAY)).toEqual({ kind: 'lost', lostFrom: T, reminder: 1 });
    expect(tellAt(T + AFTER + 9.5 * DAY)).toEqual({ kind: 'lost', lostFrom: T, reminder: 9 });
  });

  it('is restored by the first sign of life, whatever came after', () => {
    const back = { connections: [...gone.connections, { openedAt: T + 7, heardAt: T + 9 }], aliveAt: T + 11 };
    const { feed, news } = judge(lost, back, T + DAY);
    expect(news).toEqual({ kind: 'restored', gap: { from: T, to: T + 7 }, told: true });
    expect(feed).toMatchObject({ restoredAt: T + 7 });
    expect(feed).not.toHaveProperty('lostFrom');
  });

  it('is reported as lost and restored in turn, only after a long pause, and each gap is recorded', () => {
    const minutes = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(minutes, (pauses) => {
        const { told, gaps } = live(pauses);
        for (const [index, { kind, after }] of told.entries()) {
          expect(kind).toBe(index % 2 === 0 ? 'lost' : 'restored');
          if (kind === 'lost') expect(after).toBeGreaterThan(AFTER);
        }
        const long = pauses.slice(0, -1).filter((pause) => pause * MINUTE > AFTER + MINUTE);
        expect(gaps.map(({ from, to }) => (to - from) / MINUTE)).toEqual(long);
      }),
    );
  });

  it('that comes and goes is reported at first, and again only after an hour gone or an hour steady', () => {
    const kinds = (pauses: number[]) => live(pauses).told.map(({ kind }) => kind);
    expect(kinds([20, 20, 20, 30, 59, 1])).toEqual(['lost', 'restored']);
    expect(kinds([20, 20, 62, 1])).toEqual(['lost', 'restored', 'lost', 'restored']);
    // Steady for an hour in between.
    expect(kinds([20, ...Array(7).fill(10), 20, 1])).toEqual(['lost', 'restored', 'lost', 'restored']);
  });
});

/** The reports and gaps of a feed that connects after each of these pauses (minutes) and says nothing else. */
function live(pauses: readonly number[]) {
  let [feed, now] = [fresh, T];
  const told: { kind: 'lost' | 'restored'; after: number }[] = [];
  const written = new Set<string>();
  const gaps: { from: number; to: number }[] = [];
  const connections: Signs['connections'] = [];
  for (const pause of pauses) {
    // The gateway reports at once that it ended.
    connections.push({ openedAt: now, closedAt: now + 1 });
    for (let minute = 0; minute < pause; minute++, now += MINUTE) {
      const { feed: after, news } = judge(feed, { connections, aliveAt: 0 }, now);
      feed = after;
      if (news?.kind === 'restored') gaps.push(news.gap);
      if (news?.kind === 'restored' && news.told) told.push({ kind: 'restored', after: 0 });
      if (news?.kind !== 'lost' || written.has(`${news.lostFrom} ${news.reminder}`)) continue;
      written.add(`${news.lostFrom} ${news.reminder}`);
      told.push({ kind: 'lost', after: now - news.lostFrom });
    }
  }
  return { told, gaps };
}
