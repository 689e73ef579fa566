import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { imagesDeleted } from '../../../functions/alerts/images-deleted.ts';
import type { ImagesDeletedIntent } from '../../../functions/alerts/intent.ts';
import type { Dismissal, Told } from '../../../functions/registry/deletions.ts';
import { intentOf, toldNow } from '../../../functions/watch/deletion-intent.ts';
import { newsOf } from '../../../functions/watch/deletion-news.ts';
import type { ClientLosses, RatedLoss } from '../../../functions/watch/losses.ts';
import { BERLIN } from '../alerts/examples.ts';
import { must, RECEIVED } from '../support.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const THRESHOLD = 20;

/** `count` young images that a client lost at one time. */
const young = (clientName: string, count: number, receivedAt = RECEIVED): RatedLoss[] =>
  Array.from({ length: count }, (_, index) => ({
    ...{ backupId: `${clientName}_${index}_${receivedAt}`, clientName, clientType: 'STANDARD', condition: 'DELETED' },
    ...{ backupTime: 1, lostAt: 2, receivedAt, age: 86_400, usual: 30 * 86_400 },
  }));

/** The losses of a client, all at one time. */
function losing(clientName: string, count: number, nothingLeft = false, at = RECEIVED): ClientLosses {
  return { clientName, counted: young(clientName, count, at), nothingLeft, lastAt: at };
}

const told = (other: Partial<Told> = {}): Told => ({
  ...{ primary: 'demo', toldAt: RECEIVED, since: RECEIVED, until: RECEIVED, images: 0, nothingLeft: 0, clients: [] },
  ...other,
});
const toldOf = (...clients: string[]) => clients.map((client) => ({ client, at: RECEIVED }));

const dismissal = (other: Partial<Dismissal>): Dismissal => ({
  ...{ id: 'm', primary: 'demo', reason: 'r', createdAt: RECEIVED, until: RECEIVED + HOUR, clients: [], ...other },
});

const news = (judged: ClientLosses[], before?: Told, now = RECEIVED + MINUTE, ...dismissals: Dismissal[]) =>
  newsOf(judged, before, dismissals, THRESHOLD, now);
const empty = (names: string, at = RECEIVED) => [...names].map((name) => losing(name, 1, true, at));
const named = (found: ReturnType<typeof news>) =>
  found?.clients.flatMap(({ isNews, clientName }) => (isNews ? [clientName] : []));

describe('newsworthy losses', () => {
  it('are more images than the threshold, or any client with nothing left', () => {
    expect(news([losing('a', 12), losing('b', 8)])).toBeUndefined();
    expect(news([losing('a', 12), losing('b', 9)])).toMatchObject({ threshold: 20, images: 21, levels: [1, 0] });
    expect(named(news(empty('a')))).toEqual(['a']);
    expect(news(empty('a'))).toMatchObject({ images: 1, levels: [0, 1] });
  });

  it('are, within an hour of the last alert, only ten and a hundred times the threshold', () => {
    const [some, many] = [told({ images: 21 }), told({ images: 201 })];
    expect(news([losing('a', 200)], some)).toBeUndefined();
    expect(news([losing('a', 201)], some)).toMatchObject({ levels: [10, 0] });
    expect(news([losing('a', 2_000)], many)).toBeUndefined();
    expect(news([losing('a', 2_001)], many)).toMatchObject({ levels: [100, 0] });
  });

  it('are, within an hour of the last alert, the first client with nothing left, and all once there are ten', () => {
    const [at, one] = [RECEIVED + 1, told({ images: 21, nothingLeft: 1, clients: toldOf('a') })];
    expect(named(news(empty('a', at), told({ images: 21 })))).toEqual(['a']);
    expect(news([...empty('a'), ...empty('bcdefghi', at)], one)).toBeUndefined();
    const ten = news([...empty('a'), ...empty('bcdefghij', at)], one);
    expect([ten?.levels, named(ten)]).toEqual([[0, 10], [...'abcdefghij']]);
    // None of these is news, though ten went.
    expect(news(empty('abcdefghij'), { ...one, clients: toldOf(...'abcdefghij') })).toBeUndefined();
  });

  it('are, once that hour is over, what went since, whatever second the next run is in', () => {
    const before = told({ images: 21, nothingLeft: 1, clients: toldOf('a') });
    const soon = RECEIVED + 1_000;
    for (const now of [RECEIVED + HOUR, RECEIVED + HOUR + 57_000, RECEIVED + HOUR + 5 * MINUTE]) {
      expect(named(news([...empty('a'), ...empty('B', soon)], before, now))).toEqual(['B']);
      expect(news([losing('c', 21, false, soon)], before, now)).toMatchObject({ images: 21, levels: [1, 0] });
      expect(news([losing('c', 20, false, soon), losing('d', 30)], before, now)).toBeUndefined();
    }
    expect(news(empty('B', soon), before, RECEIVED + HOUR - 1)).toBeUndefined();
    // Long after it, an hour is an hour again.
    expect(news([losing('c', 21, false, soon)], before, RECEIVED + 2 * HOUR)).toBeUndefined();
  });

  it('belong to the same incident until two hours after the last alert', () => {
    const before = told({ images: 400, since: RECEIVED - 5 });
    const at = (now: number) => news([losing('a', 21, false, now)], before, now)?.since;
    expect(at(RECEIVED + HOUR)).toBe(RECEIVED - 5);
    expect(at(RECEIVED + 2 * HOUR)).toBe(RECEIVED + 2 * HOUR);
  });

  it('include a client with nothing left again when young images went since it was last reported', () => {
    const before = told({ clients: toldOf('a') });
    const days = RECEIVED + 3 * DAY;
    expect(news(empty('a', RECEIVED), before, days)).toBeUndefined();
    expect(named(news(empty('a', days - 1), before, days))).toEqual(['a']);
  });

  it('are none after a dismissal until its raised threshold is exceeded or it is over', () => {
    const raised = dismissal({ threshold: 60 });
    expect(news([losing('a', 60)], undefined, RECEIVED, raised)).toBeUndefined();
    expect(news([losing('a', 61)], undefined, RECEIVED, raised)).toMatchObject({ threshold: 60 });
    // The 24 reported before are below the raised threshold, so 61 is news before the hour is over.
    expect(news([losing('a', 61)], told({ images: 24 }), RECEIVED + MINUTE, raised)).toMatchObject({ levels: [1, 0] });
    expect(news([losing('a', 60)], undefined, RECEIVED + HOUR - 1, raised)).toBeUndefined();
    expect(news([losing('a', 60, false, RECEIVED + 1)], undefined, RECEIVED + HOUR, raised)).toMatchObject({
      threshold: 20,
    });
  });

  it('leave out dismissed clients with nothing left, but include the first other one within the hour', () => {
    const of = dismissal({ clients: ['sql01'] });
    const [before, later] = [told({ nothingLeft: 1, clients: toldOf('sql01') }), RECEIVED + 1];
    expect(news([losing('SQL01', 1, true, later)], before, RECEIVED + MINUTE, of)).toBeUndefined();
    const found = news([losing('SQL01', 1, true, later), ...empty('w', later)], before, RECEIVED + MINUTE, of);
    expect([named(found), found?.known]).toEqual([['w'], 1]);
  });
});

describe('the message about deleted images', () => {
  const textOf = (judged: ClientLosses[], ...dismissals: Dismissal[]) => {
    const intent = intentOf('demo', must(news(judged, undefined, RECEIVED + MINUTE, ...dismissals)), 50);
    return imagesDeleted({ ...intent, pk: 'p', sk: 's' } satisfies ImagesDeletedIntent, BERLIN);
  };

  it('says that nothing is left of a client even if that was dismissed', () => {
    const [many, of] = [losing('b', 21), dismissal({ clients: ['a'] })];
    expect(textOf([many]).facts['What is left']).toBe('something of every client');
    const known = textOf([many, losing('A', 1, true)], of);
    expect(known.facts['What is left']).toBe('nothing of 1, reported or dismissed before');
    expect(known.sections?.map(({ title }) => title)).toEqual(['Images gone, by client']);
    const more = textOf([many, losing('A', 1, true), losing('c', 1, true)], of);
    expect(more.facts['What is left']).toBe('nothing of 1 client; nothing of 1 more, reported or dismissed before');
    expect(more.data).toMatchObject({ nothingLeft: ['c'], nothingLeftBefore: 1 });
  });

  it('counts what a client with nothing left lost over several days', () => {
    const days = { ...losing('a', 16, true, RECEIVED - 2 * DAY), lastAt: RECEIVED };
    expect(textOf([days])).toMatchObject({
      subject: 'CRITICAL nothing left to restore of a: 16 young images gone [demo]',
      headline: expect.stringMatching(
        /^16 young images of 1 client of demo vanished within a week, 0 of them within an h/,
      ),
      facts: { 'Images gone': '16 deleted, 0 without a local copy' },
      data: { images: 0, earlierImages: 16, from: RECEIVED - 2 * DAY, until: RECEIVED },
    });
    // For other clients only the losses of the last hour count.
    const other = { ...losing('b', 30, false, RECEIVED - 2 * HOUR), lastAt: RECEIVED };
    expect(textOf([days, other]).data).toMatchObject({ images: 0, clients: [{ clientName: 'a', images: 16 }] });
  });
});

it('remembers the reported clients for less than a week, and only as many as fit into an item', () => {
  const judged = Array.from({ length: 4_000 }, (_, index) => losing(`${'c'.repeat(500)}${index}`, 1, true));
  const found = must(news(judged));
  const intent = intentOf('demo', found, 50);
  const memory = toldNow('demo', found, intent.until, told({ clients: toldOf('old') }), RECEIVED + MINUTE);
  for (const item of [intent, memory]) expect(JSON.stringify(item).length).toBeLessThan(300_000);
  expect([intent.nothingLeft.length, memory.clients.length, intent.nothingLeftCount]).toEqual([279, 279, 4_000]);
  const few = must(news(empty('B')));
  const after = toldNow('demo', few, RECEIVED, told({ clients: toldOf('b', 'old') }), RECEIVED + DAY);
  expect(after.clients.map(({ client, at }) => [client, at])).toEqual([
    ['b', RECEIVED + DAY],
    ['old', RECEIVED],
  ]);
  const week = toldNow('demo', few, RECEIVED, told({ clients: toldOf('old') }), RECEIVED + 7 * DAY);
  expect(week.clients.map(({ client }) => client)).toEqual(['b']);
});

/** The most messages in any hour: each has a higher level than those before, of images or of clients. */
const MOST = 6;

it('reports each client with nothing left within 65 minutes, in at most six messages an hour', () => {
  const lost = fc.record({
    client: fc.integer({ min: 0, max: 150 }),
    at: fc.integer({ min: 0, max: 150 * 60 }),
    images: fc.integer({ min: 0, max: 250 }),
  });
  const jitter = fc.array(fc.integer({ min: -25, max: 25 }), { minLength: 250, maxLength: 250 });
  fc.assert(
    fc.property(fc.array(lost, { minLength: 1, maxLength: 60 }), jitter, (all, seconds) => {
      const waves = all.map(({ client, at, images }) => ({ client: `c${client}`, at: at * 1_000, images }));
      const saying: { at: number; clients: Set<string> }[] = [];
      let memory: Told | undefined;
      for (const [minute, second] of seconds.entries()) {
        const now = (minute + 1) * MINUTE + second * 1_000;
        // As in the watch: recent losses that are known by now.
        const recent = waves.filter(({ at }) => at <= now && at > now - 75 * MINUTE);
        const judged = [...Map.groupBy(recent, ({ client }) => client)].map(([clientName, ofClient]) => ({
          ...{ clientName, nothingLeft: true, lastAt: Math.max(...ofClient.map(({ at }) => at)) },
          counted: ofClient.flatMap(({ at, images }) => young(clientName, images + 1, at)),
        }));
        const found = newsOf(judged, memory, [], THRESHOLD, now);
        if (!found) continue;
        saying.push({ at: now, clients: new Set(named(found)) });
        memory = toldNow('demo', found, intentOf('demo', found, 50).until, memory, now);
      }
      for (const { client, at } of waves)
        expect(
          saying.some((one) => one.clients.has(client) && one.at >= at && one.at <= at + 65 * MINUTE),
          `${client} ${at}`,
        ).toBe(true);
      for (const { at } of saying)
        expect(saying.filter((one) => one.at >= at && one.at < at + HOUR).length).toBeLessThanOrEqual(MOST);
    }),
    { numRuns: 20 },
  );
});
