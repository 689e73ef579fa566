import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Image } from '../../../functions/questions/images.ts';
import { judgeClient, type Loss, lossOf, median } from '../../../functions/watch/losses.ts';
import { imageFact, RECEIVED } from '../support.ts';

const DAY = 86_400;
const NOW = Math.floor(RECEIVED / 1000);
const HOUR_MS = 3_600_000;
/** How long ago the backup of today was made, seconds. */
const TODAY = 7_200;
const BOUNDS = { before: RECEIVED - 25 * HOUR_MS, daysBefore: RECEIVED - 168 * HOUR_MS };

const madeAt = (days: number) => NOW - TODAY - days * DAY;

/** The loss, `minutes` minutes ago, of an image that was `days` days old. */
const loss = (days: number, other: Partial<Loss> = {}, minutes = 5): Loss => ({
  ...{ backupId: `sql01_${days}`, clientName: 'sql01', clientType: 'STANDARD', condition: 'DELETED' },
  ...{ backupTime: madeAt(days), lostAt: NOW - minutes * 60, receivedAt: RECEIVED - minutes * 60_000, ...other },
});

/** The record of an image that was made `days` days ago. */
const image = (days: number, condition: Image['condition'] = 'RESTORABLE', other: Partial<Image> = {}): Image => ({
  ...{ primary: 'demo', backupId: `sql01_${days}`, condition, clientName: 'sql01', clientType: 'STANDARD' },
  ...{ backupTime: madeAt(days), operationId: 'CREATE', createdTime: NOW, requestId: 'r', facts: 1 },
  ...{ receivedAt: madeAt(days) * 1000, newestAt: madeAt(days) * 1000, ...other },
});

/** The record of an image that was deleted `days` days ago at an age of `age` days. */
const gone = (days: number, age: number, other: Partial<Image> = {}): Image =>
  image(days + age, 'DELETED', {
    ...{
      facts: 2,
      ageAtDeletion: age * DAY,
      receivedAt: RECEIVED - days * DAY * 1000,
      newestAt: RECEIVED - days * DAY * 1000,
    },
    ...other,
  });

const days = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** A backup each day, always kept for 30 days as far as is known: the last 30 are there. */
const MONTH: readonly Image[] = [...days(0, 29).map((age) => image(age)), ...days(2, 60).map((ago) => gone(ago, 30))];

const firstOf = (losses: readonly Loss[]) => Math.min(...losses.map(({ receivedAt }) => receivedAt));
const judge = (losses: readonly Loss[], known: readonly Image[] = MONTH, percent = 50, firstLostAt = firstOf(losses)) =>
  judgeClient(losses, known, { ...BOUNDS, firstLostAt }, percent);
const countedDays = (...given: Parameters<typeof judge>) =>
  judge(...given)
    .counted.map(({ age }) => Math.round(age / DAY))
    .sort((a, b) => a - b);

describe('a client whose images are kept for 30 days', () => {
  it('counts the images lost below the given share of that age when it loses the newest', () => {
    expect(countedDays(days(0, 20).map((age) => loss(age)))).toEqual(days(0, 14));
    expect(
      countedDays(
        days(0, 20).map((age) => loss(age)),
        MONTH,
        40,
      ),
    ).toEqual(days(0, 11));
  });

  it('counts none when it loses its oldest images, in any order, and the newest stays', () => {
    expect(judge(days(1, 29).map((age) => loss(age)))).toMatchObject({ counted: [], nothingLeft: false });
    expect(judge(days(8, 29).map((age) => loss(age, {}, (age * 7) % 50)))).toMatchObject({ counted: [] });
  });

  it('is judged even when 150,000 losses are reported', () => {
    const flood = Array.from({ length: 150_000 }, (_, n) => loss(0, { backupId: `made-up_${n}` }));
    expect(judge(flood, MONTH, 50, RECEIVED - HOUR_MS).counted).toHaveLength(150_000);
  });

  it('counts the young images and has nothing left when it loses all of them', () => {
    const judged = judge(days(0, 29).map((age) => loss(age)));
    expect([judged.counted.length, judged.nothingLeft]).toEqual([15, true]);
  });

  it('is not excused by a backup that was made after the first loss', () => {
    const lost = days(0, 29).map((age) => loss(age, {}, 30));
    const later = image(0, 'RESTORABLE', { backupId: 'new', backupTime: NOW - 29 * 60 });
    expect(judge(lost, [...MONTH, later]).counted).toHaveLength(15);
    const earlier = { ...later, backupTime: NOW - 31 * 60 };
    expect(judge(lost, [...MONTH, earlier]).counted).toEqual([]);
  });

  it('is not excused by a backup that was running at the first loss and became known afterwards', () => {
    const lost = days(0, 29).map((age) => loss(age, {}, 30));
    const heard = (firstAt: number | undefined, receivedAt: number) =>
      image(0, 'RESTORABLE', { backupId: 'new', backupTime: NOW - 3_600, firstAt, receivedAt, newestAt: receivedAt });
    const [first, later] = [RECEIVED - 30 * 60_000, RECEIVED];
    expect(judge(lost, [...MONTH, heard(first, later)]).counted).toHaveLength(15);
    expect(judge(lost, [...MONTH, heard(first - 1, later)]).counted).toEqual([]);
    // It became known before this client's first loss, but not before the first loss of another client.
    const known = [...MONTH, heard(first - 1, later)];
    expect([first, first - 1].map((at) => judge(lost, known, 50, at).counted.length)).toEqual([0, 15]);
    // A record of an earlier version: the fact that decides it came no earlier than the image was known.
    expect(judge(lost, [...MONTH, heard(undefined, later)]).counted).toHaveLength(15);
    expect(judge(lost, [...MONTH, heard(undefined, first - 1)]).counted).toEqual([]);
  });

  it('counts young local copies that it loses, although newer images stay', () => {
    const copies = days(5, 20).map((age) => loss(age, { condition: 'NO_LOCAL_COPY' }));
    expect(countedDays(copies)).toEqual(days(5, 14));
    expect(countedDays([...copies, loss(6)])).toEqual(days(5, 14));
  });

  it('counts the young images lost in the last seven days once it has nothing left', () => {
    const young = (ago: number) => days(0, 14).map((age) => gone(ago, age, { backupId: `sql01_${age}` }));
    const old = days(15, 29);
    const judged = (ago: number, others = old) =>
      judge(
        others.map((age) => loss(age)),
        [...young(ago), ...old.map((age) => image(age)), ...days(8, 60).map((one) => gone(one, 30))],
      );
    for (const ago of [0.1, 2, 6.9])
      expect(judged(ago)).toMatchObject({ nothingLeft: true, counted: expect.objectContaining({ length: 15 }) });
    expect(judged(7.1)).toMatchObject({ counted: [], nothingLeft: false });
    // While something stays, what went before this hour does not matter.
    expect(judged(2, old.slice(1))).toMatchObject({ counted: [], nothingLeft: false });
  });

  it('is not excused by remaining images of another type, which has a usual age of its own', () => {
    const logs = days(0, 2).flatMap((age) => [
      image(age, 'RESTORABLE', { backupId: `log_${age}`, clientType: 'MS-SQL-Server' }),
      ...days(2, 60).map((ago) => gone(ago, 3, { backupId: `log_${age}_${ago}`, clientType: 'MS-SQL-Server' })),
    ]);
    const judged = judge(
      days(0, 29).map((age) => loss(age)),
      [...logs, ...MONTH],
    );
    expect([judged.counted.length, judged.nothingLeft]).toEqual([15, false]);
  });

  it('counts an image once, however often it is lost', () => {
    const twice = [loss(0, { condition: 'NO_LOCAL_COPY' }, 9), loss(0)];
    expect(judge(twice).counted).toHaveLength(1);
  });
});

describe('the usual age', () => {
  const usual = (known: readonly Image[], one = loss(0)) => judge([one], known).counted[0]?.usual;

  it('is the median age at which the client lost images before the last day', () => {
    expect(usual([gone(2, 10), gone(3, 20), gone(4, 90)])).toBe(20 * DAY);
    expect(usual([gone(2, 10), gone(3, 20), ...days(0, 9).map((ago) => gone(ago / 24, 1))])).toBe(10 * DAY);
  });

  it('comes from images that were lost the same way, if there are any', () => {
    const copies = days(2, 40).map((ago) => gone(ago, 1, { backupId: `c_${ago}`, condition: 'NO_LOCAL_COPY' }));
    expect(usual([...copies, ...MONTH])).toBe(30 * DAY);
    expect(judge([loss(1, { condition: 'NO_LOCAL_COPY' })], [...copies, ...MONTH]).counted).toEqual([]);
    expect(usual([...MONTH], loss(0, { condition: 'NO_LOCAL_COPY' }))).toBe(30 * DAY);
  });

  it('of a client with nothing left comes from before the last week, unless none was lost that way then', () => {
    const copies = (ago: number) => gone(ago, 1, { backupId: `c_${ago}`, condition: 'NO_LOCAL_COPY' });
    const last = loss(1, { condition: 'NO_LOCAL_COPY' });
    expect(judge([last], [image(1), ...[2, 3, 9].map(copies)])).toMatchObject({ counted: [], nothingLeft: false });
    // It began five days ago: what was lost that way before sets the usual age, so it is not news each day.
    const began = [image(1), ...[2, 3, 4].map(copies), ...days(9, 60).map((ago) => gone(ago, 30))];
    expect(judge([last], began)).toMatchObject({ counted: [], nothingLeft: false });
    const attacked = [image(1), ...[2, 3, 4].map((ago) => gone(ago, 1)), ...days(9, 60).map((ago) => gone(ago, 30))];
    expect(judge([loss(1)], attacked).counted.map(({ usual }) => usual / DAY)).toEqual([30, 30, 30, 30]);
  });

  it('is the age of the oldest image before any was lost', () => {
    expect(
      countedDays(
        days(0, 9).map((age) => loss(age)),
        days(0, 9).map((age) => image(age)),
      ),
    ).toEqual(days(0, 4));
    // The first image that retention deletes is the oldest, even if nbwatch was not there when it was made.
    expect(judge([loss(30)], [image(0), image(1)]).counted).toEqual([]);
  });

  it('is unknown for a client of which nbwatch heard only deletions, so that none counts', () => {
    const [lost, known] = [
      [loss(14), loss(35)],
      [gone(0, 14, { facts: 1 }), gone(0, 35, { facts: 1 })],
    ];
    expect(judge(lost, known)).toMatchObject({ counted: [], nothingLeft: false });
    // Once nbwatch has heard of one of its backups, the client is watched, all the more when that goes too.
    expect(judge([...lost, loss(0)], [...known, gone(0, 0, { backupId: 'sql01_0' })])).toMatchObject({
      counted: [{ backupId: 'sql01_14' }, { backupId: 'sql01_0' }],
      nothingLeft: true,
    });
  });

  it('is the age of the only image that a client ever had, so that its loss does not count', () => {
    expect(judge([loss(3)], [])).toMatchObject({ counted: [], nothingLeft: false });
    expect(judge([loss(0.001)], [image(0.001)])).toMatchObject({ counted: [], nothingLeft: false });
  });

  it('makes no image count whose age is negative because clocks disagree', () => {
    expect(judge([loss(-1)], [gone(0, -1)]).counted).toEqual([]);
  });
});

describe('an image that was brought back', () => {
  const back = (newestAt: number) => [image(0, 'RESTORABLE', { newestAt }), ...MONTH.slice(1)];
  it('does not count as lost once its record includes the loss', () => {
    expect(judge([loss(0)], back(RECEIVED - 5 * 60_000)).counted).toEqual([]);
    expect(judge([loss(0)], back(RECEIVED - 5 * 60_000 - 1)).counted).toHaveLength(1);
  });

  it('counts as lost when it was lost again afterwards', () => {
    expect(judge([loss(0, {}, 9), loss(0, {}, 3)], back(RECEIVED - 5 * 60_000)).counted).toHaveLength(1);
  });
});

describe('the loss that a fact reports', () => {
  const at = (operationId: string, messageTime: number) =>
    lossOf(imageFact({ operationId, clientType: undefined }, { messageTime }));

  it.each([
    ['DELETE', 'DELETED'],
    ['NO_LOCAL_COPY_AVAILABLE', 'NO_LOCAL_COPY'],
    ['CREATE', undefined],
    ['UPDATE', undefined],
    ['toString', undefined],
  ])('has, for the operation %s, the condition %s', (operation, condition) => {
    expect(at(operation, NOW)?.condition).toBe(condition);
  });

  it('is dated by its message, or by its receipt if the message has no time or one in the future', () => {
    expect(at('DELETE', NOW - 9)?.lostAt).toBe(NOW - 9);
    expect(at('DELETE', NOW + 400 * DAY)?.lostAt).toBe(NOW);
    expect(at('DELETE', 0)?.lostAt).toBe(NOW);
  });
});

const someDays = fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 20 });
const lossOfDay = fc
  .tuple(fc.integer({ min: 0, max: 40 }), fc.constantFrom('DELETED', 'NO_LOCAL_COPY'), fc.integer({ min: 0, max: 59 }))
  .map(([age, condition, minutes]) => loss(age, { condition }, minutes));
const client = fc.record({
  kept: someDays,
  earlier: fc.array(fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 40 })), { maxLength: 20 }),
  losses: fc.array(lossOfDay, { minLength: 1, maxLength: 20 }),
});
const knownOf = ({ kept, earlier }: { kept: number[]; earlier: [number, number][] }) => [
  ...kept.map((age) => image(age)),
  ...earlier.map(([ago, age], index) => gone(ago, age, { backupId: `e_${index}` })),
];
const idsOf = (judged: ReturnType<typeof judge>) => judged.counted.map(({ backupId }) => backupId).sort();

describe('for any client', () => {
  it('the order of losses and records changes nothing', () => {
    fc.assert(
      fc.property(client, fc.func(fc.integer()), (given, rank) => {
        const shuffled = <T>(values: readonly T[]) => values.toSorted((a, b) => rank(a) - rank(b));
        const [one, other] = [
          judge(given.losses, knownOf(given)),
          judge(shuffled(given.losses), shuffled(knownOf(given))),
        ];
        expect([idsOf(other), other.nothingLeft]).toEqual([idsOf(one), one.nothingLeft]);
      }),
    );
  });

  it('one more loss never stops another from counting, nor undoes that nothing is left', () => {
    fc.assert(
      fc.property(client, lossOfDay, (given, more) => {
        const [before, after] = [judge(given.losses, knownOf(given)), judge([...given.losses, more], knownOf(given))];
        expect(idsOf(after)).toEqual(expect.arrayContaining(idsOf(before)));
        expect(after.nothingLeft || !before.nothingLeft).toBe(true);
      }),
    );
  });

  it('no deletion counts while the newest image from before stays', () => {
    fc.assert(
      fc.property(client, (given) => {
        const newest = image(0, 'RESTORABLE', { backupId: 'newest', backupTime: NOW - 3_600 });
        const losses = given.losses.map((one) => ({ ...one, backupTime: Math.min(one.backupTime, NOW - 3_601) }));
        const { counted, nothingLeft } = judge(losses, [...knownOf(given), newest]);
        expect([counted.filter(({ condition }) => condition === 'DELETED'), nothingLeft]).toEqual([[], false]);
      }),
    );
  });
});

it('the median of two values is the lower one, and of none is undefined', () => {
  expect([median([3, 1, 2]), median([4, 1]), median([])]).toEqual([2, 1, undefined]);
});
