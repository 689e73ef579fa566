import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { deletionsKey } from '../../../functions/keys/registry.ts';
import { createDeletions } from '../../../functions/registry/deletions.ts';
import { watchDeletions } from '../../../functions/watch/deletion-watch.ts';
import { must } from '../support.ts';
import { contextOf, logged } from './support.ts';
import {
  type Backup,
  BEGIN,
  backups,
  created,
  DAY,
  deleted,
  HOUR,
  history,
  MINUTE,
  said,
  there,
  vanishing,
  withoutCopy,
} from './vanishing.ts';

beforeEach(() => void logged('warn'));
afterEach(() => vi.restoreAllMocks());

const MONTH = 30 * DAY;
const PLENTY = () => 50_000;
const { thresholds: THRESHOLDS } = contextOf();

/** Clients with 40 daily backups, each kept for 30 days: what was reported, and what still exists, newest first. */
function month(clients: number) {
  const all = Array.from({ length: clients }, (_, index) => backups(`client${index}`, 40 * DAY));
  return { facts: all.flatMap((one) => history(one, MONTH)), kept: all.map((one) => there(one, MONTH)) };
}

/** Backups of several clients, newest first across all of them. */
const newestFirst = (of: readonly (readonly Backup[])[]) => of.flat().toSorted((a, b) => b.made - a.made);

/** What `say` reports about each in turn, spread over `over` ms from `from` on (ms after BEGIN). */
function inTurn<T>(of: readonly Backup[], over: number, from: number, say: (backup: Backup, after: number) => T): T[] {
  return of.map((backup, index) => say(backup, from + Math.round(((index + 1) * over) / of.length)));
}

describe('the deletion watch reports', () => {
  it('200 images deleted in 10 minutes, newest first, within two minutes of crossing the threshold', async () => {
    const test = await vanishing();
    const { facts, kept } = month(10);
    await test.remember(facts);
    const lost = inTurn(newestFirst(kept).slice(0, 200), 10 * MINUTE, 0, deleted);
    await test.play(lost, [-1, 63]);
    const crossed = (must(lost[20]).receivedAt - BEGIN) / MINUTE;
    const [first, second, ...more] = await test.told();
    expect(must(first).minute).toBeLessThanOrEqual(crossed + 2);
    expect(first).toMatchObject({
      ...{ primary: 'demo', threshold: 20, agePercent: 50, images: 40, noLocalCopy: 0, usualAge: MONTH / 1000 },
      ...{ clientCount: 10, nothingLeft: [], nothingLeftCount: 0, until: BEGIN + 2 * MINUTE },
      clients: expect.arrayContaining([{ clientName: 'client0', images: 4, nothingLeft: false }]),
    });
    // What came after it is reported an hour later as the same incident, and nothing else is.
    expect(second).toMatchObject({ minute: must(first).minute + 60, images: 110, since: must(first).since });
    expect(more).toEqual([]);
  });

  it('again at ten times the threshold, and again when clients have nothing left', async () => {
    const test = await vanishing({ thresholds: { ...THRESHOLDS, deletedImages: 10 } });
    const { facts, kept } = month(12);
    await test.remember(facts);
    const lost = inTurn(newestFirst(kept), 30 * MINUTE, 0, deleted);
    await test.play(lost.slice(0, 120), [0, 10]);
    await test.play(lost.slice(120), [29, 31]);
    expect(await test.told()).toMatchObject([
      { minute: 1, images: 12, nothingLeftCount: 0 },
      { minute: 9, images: 108, nothingLeftCount: 0 },
      { minute: 30, images: 180, nothingLeftCount: 12, nothingLeft: expect.arrayContaining(['client0', 'client11']) },
    ]);
  });

  it('again each hour while deletions go on, and not more often', async () => {
    const test = await vanishing();
    const { facts, kept } = month(5);
    await test.remember(facts);
    await test.play(inTurn(newestFirst(kept).slice(0, 50), 100 * MINUTE, 0, deleted), [30, 130]);
    expect((await test.told()).map(({ minute, images }) => [minute, images])).toEqual([
      [42, 21],
      [102, 29],
    ]);
  });

  it('images that are deleted oldest first once the last ones of a client go', async () => {
    const test = await vanishing();
    const { facts, kept } = month(2);
    await test.remember(facts);
    const oldestFirst = newestFirst(kept).toReversed();
    await test.play(inTurn(oldestFirst.slice(0, -2), 20 * MINUTE, 0, deleted), [0, 22]);
    expect(await test.told()).toEqual([]);
    await test.play(inTurn(oldestFirst.slice(-2), MINUTE, 22 * MINUTE, deleted), [23, 24]);
    expect(await test.told()).toMatchObject([{ minute: 23, images: 30, nothingLeftCount: 2 }]);
  });

  it('a single young image if it is the last one of its client', async () => {
    const test = await vanishing();
    const weekly = backups('client0', 70 * DAY, 7 * DAY);
    await test.remember(history(weekly, 8 * DAY));
    await test.play([deleted(must(weekly[0]), 5 * MINUTE)], [0, 9]);
    expect(await test.told()).toMatchObject([
      { minute: 5, images: 1, threshold: 20, nothingLeft: ['client0'], nothingLeftCount: 1 },
    ]);
  });

  it('a wave in which images lose their last local copy', async () => {
    const test = await vanishing();
    const { facts, kept } = month(5);
    await test.remember(facts);
    await test.play(inTurn(newestFirst(kept).slice(0, 25), 5 * MINUTE, 0, withoutCopy), [0, 9]);
    expect(await test.told()).toMatchObject([{ minute: 5, images: 25, noLocalCopy: 25 }]);
  });

  it('images that expire because the primary’s clock was set ahead', async () => {
    const test = await vanishing();
    const { facts, kept } = month(2);
    await test.remember(facts);
    const ahead = (backup: Backup, after: number) => deleted(backup, after, 400 * DAY);
    await test.play(inTurn(kept.flat(), 5 * MINUTE, 0, ahead), [0, 6]);
    expect((await test.told()).at(-1)).toMatchObject({ images: 21, nothingLeftCount: 1 });
  });

  it('deletions even while the projection stands still', async () => {
    const test = await vanishing();
    const { facts, kept } = month(5);
    await test.remember(facts);
    await test.store(inTurn(newestFirst(kept).slice(0, 25), MINUTE, 0, deleted));
    await test.play([], [2, 3]);
    expect(await test.told()).toMatchObject([{ minute: 2, images: 25 }]);
  });
});

describe('the deletion watch does not report', () => {
  it('a retention that is cut from 30 days to 7, which deletes young images at once but keeps the newest', async () => {
    const test = await vanishing();
    const { facts, kept } = month(4);
    await test.remember(facts);
    const cut = kept.flatMap((one) => one.slice(7));
    const shuffled = cut.toSorted((a, b) => ((a.made / MINUTE) % 7) - ((b.made / MINUTE) % 7));
    await test.play(inTurn(shuffled, 5 * MINUTE, 0, deleted), [0, 15]);
    expect(await test.told()).toEqual([]);
  });

  it('what short and long retention delete every day', async () => {
    const test = await vanishing();
    const logs = Array.from({ length: 12 }, (_, index) => backups(`client${index}`, 2 * DAY, HOUR, 'MS-SQL-Server'));
    const { facts, kept } = month(12);
    await test.remember([...facts, ...logs.flatMap((one) => history(one, 8 * HOUR))]);
    const dueWithin = (of: readonly Backup[], age: number) =>
      of.filter(({ made }) => made + age < 3 * HOUR).map((backup) => deleted(backup, backup.made + age));
    const due = [
      ...logs.flatMap((one) => dueWithin(there(one, 8 * HOUR), 8 * HOUR)),
      ...inTurn(
        kept.map((one) => must(one.at(-1))),
        HOUR,
        0,
        deleted,
      ),
    ];
    expect(due.length).toBeGreaterThan(40);
    await test.play(due, [50, 75]);
    expect(await test.told()).toEqual([]);
  });

  it('deletions of a client that was retired as a whole and has not been backed up since', async () => {
    const retired = (fields: object) => ({
      expectations: {
        async *list() {
          yield { primary: 'demo', client: 'CLIENT0', retiredAt: BEGIN, ...fields };
        },
      },
    });
    for (const [other, told] of [
      [{}, 1],
      [retired({}), 0],
      [retired({ primary: 'dr' }), 1],
      [retired({ policy: 'nightly' }), 1],
      [retired({ retiredAt: BEGIN - 3 * DAY }), 1],
    ] as const) {
      const test = await vanishing(other);
      const { facts, kept } = month(1);
      await test.remember(facts);
      await test.play(inTurn(newestFirst(kept), MINUTE, 0, deleted), [0, 3]);
      expect(await test.told()).toHaveLength(told);
    }
  });

  it('the loss of the newest images of a client while an older one is left, however old its report', async () => {
    for (const [older, told] of [
      [[], 1],
      [[created({ client: 'client0', made: -300 * DAY })], 0],
    ] as const) {
      const test = await vanishing();
      const logs = backups('client0', 12 * DAY, HOUR);
      await test.remember([...older, ...history(logs, 8 * HOUR)]);
      await test.play(inTurn(there(logs, 8 * HOUR), MINUTE, 0, deleted), [1, 1]);
      expect(await test.told()).toHaveLength(told);
    }
  });

  it('the images of a client that expire one after the other, down to the last', async () => {
    const test = await vanishing();
    const old = backups('client0', 45 * DAY).filter(({ made }) => made < -MONTH + DAY);
    await test.remember(history(old, MONTH));
    const [last] = old;
    await test.play([deleted(must(last), must(last).made + MONTH)], [715, 725]);
    expect(await test.told()).toEqual([]);
  });

  it('the deletion of the only image that a client ever had', async () => {
    const test = await vanishing();
    const once = { client: 'trial', made: -HOUR };
    await test.remember([created(once)]);
    await test.play([deleted(once, MINUTE)], [0, 61]);
    expect(await test.told()).toEqual([]);
  });

  it('a move to other storage, in which each image loses its local copy and gets a new one', async () => {
    const test = await vanishing();
    const { facts, kept } = month(3);
    await test.remember(facts);
    const moved = inTurn(newestFirst(kept).slice(0, 60), 6 * MINUTE, 0, (backup, after) => [
      said('UPDATE', backup, after),
      withoutCopy(backup, after),
      said('CREATE', backup, after + 30_000),
    ]);
    await test.play(moved.flat(), [0, 10]);
    expect(await test.told()).toEqual([]);
  });

  it('local copies that go a day after each backup because it was replicated, even the only one of a client', async () => {
    const test = await vanishing();
    const all = backups('client0', 75 * DAY);
    await test.remember(
      all.flatMap((backup) => [
        created(backup),
        ...(backup.made < -DAY ? [withoutCopy(backup, backup.made + 23 * HOUR)] : []),
        ...(backup.made < -MONTH ? [deleted(backup, backup.made + MONTH)] : []),
      ]),
    );
    const [last] = all;
    const next = { ...must(last), made: must(last).made + DAY };
    await test.play([withoutCopy(must(last), must(last).made + 23 * HOUR), created(next)], [655, 735]);
    expect(await test.told()).toEqual([]);
  });

  it('what happens to the canary, whose events it does not read', async () => {
    const test = await vanishing();
    const asked: string[] = [];
    const { images } = test.context;
    const events: typeof images.events = (primary, ...more) => {
      asked.push(primary);
      return images.events(primary, ...more);
    };
    await watchDeletions({ ...test.context, images: { ...images, events } }, PLENTY);
    expect(asked).toEqual(['demo']);
  });
});

describe('a run of the deletion watch', () => {
  /** 25 young images gone in a minute. */
  async function wave() {
    const test = await vanishing();
    const { facts, kept } = month(5);
    await test.remember(facts);
    await test.receive(...inTurn(newestFirst(kept).slice(0, 25), MINUTE, 0, deleted));
    test.clock.now = BEGIN + 2 * MINUTE;
    return test;
  }

  it('reports once when another run overlaps it', async () => {
    const { context, told } = await wave();
    await Promise.all([watchDeletions(context, PLENTY), watchDeletions({ ...context, lost: new Map() }, PLENTY)]);
    expect(await told()).toHaveLength(1);
  });

  it('that died before noting its report is not followed by a second report of the same losses', async () => {
    const { context, clock, told } = await wave();
    const dies = { ...context.deletions, saveTold: () => Promise.reject(new Error('killed')) };
    await expect(watchDeletions({ ...context, deletions: dies }, PLENTY)).rejects.toThrow('killed');
    clock.now += MINUTE;
    await watchDeletions({ ...context, lost: new Map() }, PLENTY);
    clock.now += MINUTE;
    await watchDeletions(context, PLENTY);
    expect(await told()).toHaveLength(1);
  });

  it('that died before writing its report is made up for by the next run', async () => {
    const { context, clock, told } = await wave();
    const dies = { ...context.records, writeOnce: () => Promise.reject(new Error('killed')) };
    await expect(watchDeletions({ ...context, records: dies }, PLENTY)).rejects.toThrow('killed');
    clock.now += MINUTE;
    await watchDeletions({ ...context, lost: new Map() }, PLENTY);
    expect(await told()).toHaveLength(1);
  });

  it('that died before noting its report does not hide what is lost afterwards', async () => {
    const test = await vanishing();
    const [alpha, beta] = ['alpha', 'beta'].map((client) => backups(client, 70 * DAY, 7 * DAY));
    await test.remember([...history(must(alpha), 8 * DAY), ...history(must(beta), 8 * DAY)]);
    await test.receive(deleted(must(alpha?.[0]), MINUTE));
    test.clock.now = BEGIN + 2 * MINUTE;
    const dies = { ...test.context.deletions, saveTold: () => Promise.reject(new Error('died')) };
    await expect(watchDeletions({ ...test.context, deletions: dies }, PLENTY)).rejects.toThrow('died');
    await test.receive(deleted(must(beta?.[0]), 2.5 * MINUTE));
    await test.play([], [3, 70]);
    expect((await test.told()).map(({ nothingLeft }) => nothingLeft)).toEqual([['alpha'], ['beta']]);
  });

  it('that cannot judge one client reports the others, and fails', async () => {
    logged('error');
    const { context, told } = await wave();
    const { images } = context;
    const broken: typeof images.ofClient = (primary, client, at) => {
      if (client === 'client0') throw new Error('broken');
      return images.ofClient(primary, client, at);
    };
    const thresholds = { ...THRESHOLDS, deletedImages: 10 };
    const watched = { ...context, thresholds, images: { ...images, ofClient: broken } };
    await expect(watchDeletions(watched, PLENTY)).rejects.toThrow('1 clients of demo could not be checked');
    expect(await told()).toMatchObject([{ clientCount: 4 }]);
  });

  it('reports what came through an endpoint that has been revoked since', async () => {
    const { context, clock, told } = await wave();
    const { endpoints } = context;
    const revoked = {
      ...endpoints,
      async *list() {
        for await (const one of endpoints.list()) yield { ...one, revokedAt: clock.now - MINUTE };
      },
    };
    await watchDeletions({ ...context, endpoints: revoked }, PLENTY);
    expect(await told()).toHaveLength(1);
  });

  it('reports although what it remembers of earlier reports cannot be read', async () => {
    logged('error');
    const { context, tables, told } = await wave();
    const broken = { ...deletionsKey('demo'), toldAt: 'yesterday' };
    await tables.client.send(new PutItemCommand({ TableName: tables.registry, Item: marshall(broken) }));
    await watchDeletions(context, PLENTY);
    expect(await told()).toHaveLength(1);
    expect(await Array.fromAsync(context.deletions.told())).toMatchObject([{ primary: 'demo', images: 25 }]);
  });

  it('reads only the new events of a quiet primary', async () => {
    const test = await vanishing();
    const ranges: number[] = [];
    const { images } = test.context;
    const none = () => expect.unreachable('nothing is to be asked');
    const context = {
      ...test.context,
      images: {
        ...{ ofClient: none, restorable: none },
        events: ((primary, range, now) => {
          ranges.push((range.to - range.from) / MINUTE);
          return images.events(primary, range, now);
        }) satisfies typeof images.events,
      },
      deletions: { ...test.context.deletions, told: none, dismissals: none },
    };
    await test.receive(created({ client: 'client0', made: -20 * MINUTE }));
    for (const _ of [1, 2]) {
      await watchDeletions(context, PLENTY);
      test.clock.now += MINUTE;
    }
    expect(ranges.map(Math.round)).toEqual([75, 6]);
  });

  it('judges a client again only when something happened to it, or after ten minutes', async () => {
    const test = await vanishing();
    const { facts, kept } = month(1);
    await test.remember(facts);
    let asked = 0;
    const { images } = test.context;
    const ofClient: typeof images.ofClient = (...given) => {
      asked += 1;
      return images.ofClient(...given);
    };
    const watched = { ...test.context, images: { ...images, ofClient } };
    await test.receive(deleted(must(kept[0]?.at(-1)), 0));
    const minutes: number[] = [];
    for (let minute = 1; minute <= 80; minute += 1) {
      test.clock.now = BEGIN + minute * MINUTE;
      const before = asked;
      await watchDeletions(watched, PLENTY);
      if (asked > before) minutes.push(minute);
    }
    // docs/watching.md says how many these are.
    expect([minutes, asked]).toEqual([[1, 2, 12, 22, 32, 42, 52, 62, 72], 9]);
  });

  it('finds losses that reached the index late', async () => {
    const test = await vanishing();
    const { facts, kept } = month(5);
    await test.remember(facts);
    await test.play([], [3, 3]);
    await test.receive(...inTurn(newestFirst(kept).slice(0, 25), MINUTE, 0, deleted));
    await test.play([], [4, 4]);
    expect(await test.told()).toHaveLength(1);
  });

  it('that runs out of time is continued by the next one', async () => {
    const { context, told, clock } = await wave();
    let questions = 0;
    await watchDeletions(context, () => (questions++ < 27 ? 50_000 : 0));
    expect(await told()).toEqual([]);
    clock.now += MINUTE;
    await watchDeletions(context, PLENTY);
    expect(await told()).toMatchObject([{ images: 25 }]);
  });
});

it('a dismissal holds back its clients with nothing left, and images up to its raised threshold', async () => {
  const test = await vanishing();
  const { facts, kept } = month(3);
  await test.remember(facts);
  const deletions = createDeletions(test.tables.client, test.tables.registry);
  const dismissal = { primary: 'demo', reason: 'r', createdAt: BEGIN, until: BEGIN + DAY, clients: ['client0'] };
  await deletions.dismiss({ ...dismissal, id: 'm-1', threshold: 30 });
  await deletions.dismiss({ ...dismissal, id: 'm-2', primary: 'other', threshold: 9_000, clients: ['client1'] });
  await test.play(inTurn(must(kept[0]), MINUTE, 0, deleted), [0, 2]);
  await test.play(inTurn(must(kept[1]).slice(0, 15), MINUTE, 3 * MINUTE, deleted), [3, 5]);
  expect(await test.told()).toEqual([]);
  await test.play(inTurn(must(kept[2]).slice(0, 1), MINUTE, 6 * MINUTE, deleted), [6, 8]);
  expect(await test.told()).toMatchObject([{ images: 31, threshold: 30, nothingLeft: [], nothingLeftCount: 0 }]);
});
