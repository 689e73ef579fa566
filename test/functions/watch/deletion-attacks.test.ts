import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
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

const { thresholds: THRESHOLDS } = contextOf();

const MONTH = 30 * DAY;
const WEEK = 7 * DAY;

/** Clients with a backup every `every` ms, kept for `keptFor` ms: what was reported, what is there, newest first. */
function clients(count: number, every = DAY, keptFor = MONTH, known = keptFor + 10 * every) {
  const all = Array.from({ length: count }, (_, index) => backups(`c${index}`, known, every));
  return { facts: all.flatMap((one) => history(one, keptFor)), kept: all.map((one) => there(one, keptFor)) };
}

const newestFirst = (of: readonly (readonly Backup[])[]) => of.flat().toSorted((a, b) => b.made - a.made);

/** What `say` reports about each in turn, spread over `over` ms from `from` on (ms after BEGIN). */
const inTurn = <T>(of: readonly Backup[], over: number, from: number, say: (backup: Backup, after: number) => T): T[] =>
  of.map((backup, index) => say(backup, from + Math.round(((index + 1) * over) / of.length)));

describe('an attack is reported', () => {
  it('although backups that ran when it began end while it goes on from client to client', async () => {
    for (const order of [newestFirst, (of: readonly (readonly Backup[])[]) => of.flat()]) {
      const test = await vanishing();
      const { facts, kept } = clients(6);
      await test.remember(facts);
      const attack = inTurn(order(kept), 18 * MINUTE, 0, deleted);
      const running = kept.map((_, index) =>
        said('CREATE', { client: `c${index}`, made: -30 * MINUTE }, 30_000 + index),
      );
      await test.play([...attack, ...running], [-1, 6]);
      expect((await test.told()).map(({ minute, nothingLeft }) => [minute, nothingLeft])).toEqual([
        [order === newestFirst ? 3 : 4, []],
      ]);
    }
  });

  it('when it takes all images of a client in two visits, even if none of the later ones is young', async () => {
    const test = await vanishing();
    const { facts, kept } = clients(1);
    await test.remember(facts);
    const [all] = kept;
    const [young, old] = [must(all).slice(0, 16), must(all).slice(16)];
    await test.play(inTurn(young, 15 * MINUTE, 0, deleted), [0, 20]);
    await test.play(inTurn(old.slice(0, -1), 10 * MINUTE, 2 * HOUR, deleted), [120, 131]);
    expect(await test.told()).toEqual([]);
    await test.play(inTurn(old.slice(-1), MINUTE, 131 * MINUTE, deleted), [132, 140]);
    expect(await test.told()).toMatchObject([
      { minute: 132, images: 0, earlierImages: 15, nothingLeft: ['c0'], until: BEGIN + 132 * MINUTE },
    ]);
  });

  it('once, with all ten clients, when it takes their newest images and days later the rest', async () => {
    const test = await vanishing();
    const { facts, kept } = clients(10, WEEK, 28 * DAY, 70 * DAY);
    await test.remember(facts);
    await test.play(inTurn(newestFirst(kept.map((one) => one.slice(0, 2))), 5 * MINUTE, 0, deleted), [0, 8]);
    const later = 5 * 24 * 60;
    const rest = newestFirst(kept.map((one) => one.slice(2)));
    await test.play(inTurn(rest, 30_000, later * MINUTE, deleted), [later, later + 3]);
    expect(await test.told()).toMatchObject([{ minute: later + 1, earlierImages: 20, nothingLeftCount: 10 }]);
  });

  it('when local copies older than a week go, although newer ones stay', async () => {
    const test = await vanishing();
    const { facts, kept } = clients(10);
    await test.remember(facts);
    await test.play(inTurn(newestFirst(kept.map((one) => one.slice(7))), 5 * MINUTE, 0, withoutCopy), [0, 8]);
    expect(await test.told()).toMatchObject([{ minute: 1, nothingLeft: [] }]);
  });

  it('when it takes images of one type among many of another type', async () => {
    const test = await vanishing({ thresholds: { ...THRESHOLDS, deletedImages: 5 } });
    const weekly = clients(2, WEEK, 91 * DAY, 20 * WEEK);
    const logs = weekly.kept.flatMap((_, index) => history(backups(`c${index}`, 6 * DAY, 15 * MINUTE, 'ORACLE'), DAY));
    await test.remember([...weekly.facts, ...logs]);
    await test.play(inTurn(newestFirst(weekly.kept.map((one) => one.slice(0, 3))), MINUTE, 0, deleted), [0, 2]);
    expect(await test.told()).toMatchObject([{ minute: 1, images: 6, usualAge: (91 * DAY) / 1_000 }]);
  });
});

describe('no alert is sent', () => {
  it('when retention is cut for images of one type among many of another type', async () => {
    const test = await vanishing({ thresholds: { ...THRESHOLDS, deletedImages: 3 } });
    const weekly = clients(2, WEEK, 91 * DAY, 20 * WEEK);
    const logs = weekly.kept.flatMap((_, index) => history(backups(`c${index}`, 6 * DAY, 15 * MINUTE, 'ORACLE'), DAY));
    await test.remember([...weekly.facts, ...logs]);
    const cut = inTurn(newestFirst(weekly.kept.map((one) => one.slice(4))), 5 * MINUTE, 0, deleted);
    expect(cut.length).toBeGreaterThan(15);
    await test.play(cut, [0, 7]);
    expect(await test.told()).toEqual([]);
  });

  it('when local copies of many clients go a week after each backup, day by day', async () => {
    const test = await vanishing();
    const all = Array.from({ length: 30 }, (_, index) => backups(`c${index}`, 40 * DAY));
    const tiered = all.flat().filter(({ made }) => made + WEEK < 0);
    await test.remember([
      ...all.flatMap((one) => history(one, MONTH)),
      ...tiered.map((one) => withoutCopy(one, one.made + WEEK)),
    ]);
    const due = all.flat().filter(({ made }) => made + WEEK >= 0 && made + WEEK < DAY);
    await test.play(
      due.map((one) => withoutCopy(one, one.made + WEEK)),
      [715, 730],
    );
    expect([due.length, await test.told()]).toEqual([30, []]);
  });

  it('when the images of a client expire at their usual age, day by day, until none is left', async () => {
    const test = await vanishing();
    const old = backups('c0', 45 * DAY).filter(({ made }) => made < -MONTH + 6 * DAY);
    await test.remember(history(old, MONTH));
    const due = there(old, MONTH).map((one) => deleted(one, one.made + MONTH));
    for (let day = 0; day < 6; day += 1) {
      const [from, to] = [day * DAY, (day + 1) * DAY].map((at) => BEGIN + at);
      const ofDay = due.filter(({ receivedAt }) => receivedAt >= must(from) && receivedAt < must(to));
      await test.play(ofDay, [day * 1_440 + 718, day * 1_440 + 728]);
    }
    expect([due.length, await test.told()]).toEqual([6, []]);
  });
});

describe('after an alert', () => {
  it.each([0, -3_000, 40_000])(
    'clients that have nothing left right after it are reported an hour later, with runs %i ms off',
    async (off) => {
      const test = await vanishing();
      const all = Array.from({ length: 5 }, (_, index) => backups(`c${index}`, 70 * DAY, WEEK));
      await test.remember(all.flatMap((one) => history(one, 8 * DAY)));
      await test.receive(deleted(must(all[0]?.[0]), MINUTE));
      const runAt = async (ms: number) => {
        test.clock.now = BEGIN + ms;
        await watchDeletions(test.context, () => 50_000);
      };
      await runAt(MINUTE + 5_000);
      await test.receive(...all.slice(1).map((one) => deleted(must(one[0]), MINUTE + 20_000)));
      for (const minute of [2, 3, 59, 60, 61, 62, 63, 121, 122, 123])
        await runAt(minute * MINUTE + 5_000 + (minute >= 61 ? off : 0));
      const [first, second, ...more] = await test.told();
      expect([first?.nothingLeft, second?.nothingLeft, more]).toEqual([['c0'], ['c1', 'c2', 'c3', 'c4'], []]);
      expect(must(second).minute - must(first).minute).toBeLessThanOrEqual(62);
    },
  );

  it('none of its 110 clients with nothing left is reported again once somebody dismissed them', async () => {
    const test = await vanishing();
    const all = Array.from({ length: 110 }, (_, index) => backups(`c${index}`, 28 * DAY, WEEK));
    await test.remember(all.flatMap((one) => history(one, 8 * DAY)));
    const last = all.map((one) => must(one[0]));
    await test.play(inTurn(last, 1_000, 0, deleted), [1, 1]);
    const [first] = await test.told();
    const { nothingLeft, images } = must(first);
    expect(nothingLeft).toHaveLength(110);
    const dismissal = { id: 'm', primary: 'demo', reason: 'r', createdAt: BEGIN + MINUTE + 1, until: BEGIN + WEEK };
    const deletions = createDeletions(test.tables.client, test.tables.registry);
    await deletions.dismiss({ ...dismissal, clients: nothingLeft, threshold: images * 2 });
    // Backups made since the alert are deleted as well.
    const again = last.map(({ client }) => ({ client, made: 2 * MINUTE }));
    await test.receive(...again.map((one) => created({ ...one, made: -8 * MINUTE })));
    await test.play(
      again.map((one) => deleted({ ...one, made: -8 * MINUTE }, 4 * MINUTE)),
      [5, 5],
    );
    await test.play([], [62, 62]);
    expect(await test.told()).toHaveLength(1);
  });
});
