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

/** The duty on one endpoint, with what it remembers in `feed`. */
function watching(createdAt: number, feed?: FeedState, feedLostMinutes = 15) {
  const world = { now: BEGIN, alive: false, feed, opened: [] as number[], written: [] as object[], dies: false };
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
        world.feed = one;
      },
      addGap: async () => {},
      async *gaps() {},
    },
    records: {
      read: async () => undefined,
      writeOnce: async (item) => {
        if (world.dies) throw new Error('died');
        world.written.push(item);
        return undefined;
      },
    },
    thresholds: { ...contextOf({}).thresholds, feedLostMinutes },
  });
  return { world, run: () => watchFeeds(context) };
}

describe('a feed', () => {
  it('that is restored stays known as such, when the gateway is asked for the first time too', async () => {
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

  it('of an endpoint of the same name that was revoked before says nothing', async () => {
    const lostFrom = BEGIN - DAY;
    const { world, run } = watching(BEGIN - MINUTE, { endpoint: 'demo', primary: 'demo', aliveAt: 0, lostFrom });
    world.opened = [lostFrom];
    await run();
    expect(world.written).toEqual([]);
  });

  it.each([5, 10, 15])(
    'of a quiet primary server that the gateway cuts is not lost when people are told after %i minutes',
    async (minutes) => {
      const { world, run } = watching(BEGIN - MINUTE, undefined, minutes);
      for (let minute = 0; minute < 8 * 60; minute++) {
        // Each two hours, and it needs two minutes to come back.
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

it('a feed whose loss could not be written is told by the next run', async () => {
  vi.spyOn((await import('../../../functions/runtime/log.ts')).log, 'error').mockReturnValue();
  const { world, run } = watching(BEGIN - DAY);
  world.opened.push(BEGIN);
  world.now = BEGIN + 21 * MINUTE;
  world.dies = true;
  await run().catch(() => {});
  world.dies = false;
  await run();
  expect(world.written).toHaveLength(1);
});
