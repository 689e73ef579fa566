import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ConnectionState } from '../../../functions/registry/endpoint.ts';
import type { FeedState } from '../../../functions/registry/feed.ts';
import { watchFeeds } from '../../../functions/watch/feed-watch.ts';
import { contextOf, endpointOf, logged } from './support.ts';

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
const BEGIN = Date.parse('2026-11-24T08:00Z');

beforeEach(() => {
  logged('info');
  logged('warn');
});
afterEach(() => vi.restoreAllMocks());

/** A notice as it is written. */
type Kept = { pk: string; sk: string; kind: string };

/** The feed watch on one endpoint; `feed` is what it remembers. */
function watching(createdAt: number, feed?: FeedState, feedLostMinutes = 15) {
  const world = {
    now: BEGIN,
    alive: false,
    feed,
    opened: [] as number[],
    written: [] as Kept[],
    gaps: [] as object[],
    dies: false,
    writes: Number.POSITIVE_INFINITY,
    afterMinutes: feedLostMinutes,
  };
  const connections = () =>
    world.opened.map((openedAt): ConnectionState => {
      const ids = { endpoint: 'demo', primary: 'demo', tokenHash: 'h', sourceIp: '192.0.2.1' };
      return { connectionId: `c${openedAt}`, ...ids, openedAt, heardAt: openedAt };
    });
  const context = contextOf({
    now: () => world.now,
    liveness: async () => (world.alive ? {} : undefined),
    endpoints: {
      async *list() {
        yield endpointOf('demo', { createdAt });
      },
      async *connections() {
        yield* connections().reverse();
      },
    },
    feeds: {
      async *list() {
        if (world.feed) yield world.feed;
      },
      async put(one) {
        if (world.dies) throw new Error('died');
        world.feed = one;
      },
      addGap: async (_, gap) => void world.gaps.push(gap),
      async *gaps() {},
    },
    records: {
      read: async () => undefined,
      writeOnce: async (item) => {
        if (world.writes-- <= 0) throw new Error('died');
        const one = item as Kept;
        const before = world.written.find(({ pk, sk }) => pk === one.pk && sk === one.sk);
        if (!before) world.written.push(one);
        if (world.dies) throw new Error('died');
        return before;
      },
    },
  });
  const run = () =>
    watchFeeds({ ...context, thresholds: { ...context.thresholds, feedLostMinutes: world.afterMinutes } });
  return { world, run };
}

describe('a feed', () => {
  it('keeps its time of restoration when the gateway is first asked about the new connection', async () => {
    const { world, run } = watching(BEGIN - MINUTE);
    world.opened = [BEGIN];
    world.now += 21 * MINUTE;
    await run();
    expect(world.feed).toMatchObject({ lostFrom: BEGIN });
    const back = BEGIN + 3 * DAY;
    world.now = back;
    world.opened.push(back);
    await run();
    world.now += 11 * MINUTE;
    world.alive = true;
    await run();
    expect(world.feed).toMatchObject({ restoredAt: back, aliveAt: world.now });
  });

  it('left over from a revoked endpoint of the same name causes no alert', async () => {
    const lostFrom = BEGIN - DAY;
    const { world, run } = watching(BEGIN - MINUTE, { endpoint: 'demo', primary: 'demo', aliveAt: 0, lostFrom });
    world.opened = [lostFrom];
    await run();
    expect(world.written).toEqual([]);
  });

  it.each([5, 10, 15])(
    'of a quiet primary server that the gateway cuts every two hours is not lost with a limit of %i minutes',
    async (minutes) => {
      const { world, run } = watching(BEGIN - MINUTE, undefined, minutes);
      for (let minute = 0; minute < 8 * 60; minute++) {
        // Cut every two hours; it takes two minutes to reconnect.
        const sinceCut = minute % 120;
        world.alive = minute < 120 || sinceCut >= 2;
        if (minute === 0 || (minute > 120 && sinceCut === 2)) world.opened.push(world.now);
        await run();
        world.now += MINUTE;
      }
      expect(world.written).toEqual([]);
    },
  );
});

describe('the report of a lost feed', () => {
  beforeEach(() => logged('error'));

  it('is sent once, and so is its end, although a run died while sending it', async () => {
    const { world, run } = watching(BEGIN - DAY);
    world.opened.push(BEGIN);
    world.now = BEGIN + 21 * MINUTE;
    world.dies = true;
    await run().catch(() => {});
    world.dies = false;
    for (; world.now < BEGIN + 40 * MINUTE; world.now += MINUTE) await run();
    expect(world.written).toMatchObject([{ kind: 'FeedLost' }]);
    world.opened.push(world.now);
    await run();
    expect(world.written).toMatchObject([{ kind: 'FeedLost' }, { kind: 'FeedRestored' }]);
    expect(world.gaps).toHaveLength(1);
  });

  it('is sent once although the setting changes meanwhile and midnight passes', async () => {
    const { world, run } = watching(BEGIN - DAY);
    // 23:40 (UTC): by another setting it would be lost on the next day.
    const lastSign = BEGIN + 15 * 60 * MINUTE + 40 * MINUTE;
    world.opened.push(lastSign);
    world.now = lastSign + 21 * MINUTE;
    await run();
    for (world.afterMinutes = 60; world.now < lastSign + 3 * 60 * MINUTE; world.now += MINUTE) await run();
    world.opened.push(world.now);
    await run();
    expect(world.written).toMatchObject([{ kind: 'FeedLost', afterMinutes: 15 }, { kind: 'FeedRestored' }]);
  });

  it.each(['before', 'after'])(
    'has no end without a beginning when a run dies %s remembering the loss',
    async (when) => {
      const { world, run } = watching(BEGIN - DAY);
      world.opened.push(BEGIN);
      world.now = BEGIN + 21 * MINUTE;
      if (when === 'before') world.dies = true;
      else world.writes = 0;
      await run().catch(() => {});
      Object.assign(world, { dies: false, writes: Number.POSITIVE_INFINITY });
      // It is back before the next run.
      world.opened.push(world.now + 30_000);
      for (let minute = 0; minute < 20; minute++) {
        world.now += MINUTE;
        await run();
        world.opened.push(world.now);
      }
      expect(world.written.map(({ kind }) => kind)).toEqual(when === 'before' ? [] : ['FeedLost', 'FeedRestored']);
      expect(world.gaps).toHaveLength(when === 'before' ? 0 : 1);
    },
  );
});
