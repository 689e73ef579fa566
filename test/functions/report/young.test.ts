import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Image } from '../../../functions/questions/images.ts';
import { youngOf } from '../../../functions/report/young.ts';
import { DAY, FROM, HOUR, image, TO } from './asked.ts';

const RANGE = { from: FROM, to: TO };
const KEPT = 14;

/** A backup each night for the 40 days before the end of the range, each kept for `kept` days. */
function nights(kept = KEPT): Image[] {
  return Array.from({ length: 40 }, (_, night) => {
    const made = TO - night * DAY - 6 * HOUR;
    const lostAt = made + kept * DAY + HOUR;
    return image(made, lostAt <= TO ? lostAt : undefined);
  });
}

const young = (known: readonly Image[]) => youngOf('demo', known, RANGE, 50);
const gone = (one: Image, at: number): Image => image(one.backupTime * 1000, at);

describe('images that retention deletes at their usual age are not young', () => {
  it.each([3, 14, 30])('if all are kept for %i days', (kept) => {
    expect(young(nights(kept))).toEqual([]);
  });

  it('between fulls that are kept longer, as long as a younger image stays', () => {
    const fulls = Array.from({ length: 12 }, (_, week) => {
      const made = TO - week * 7 * DAY - 5 * HOUR;
      return image(made, made + 35 * DAY <= TO ? made + 35 * DAY : undefined, { backupId: `full_${week}` });
    });
    expect(young([...nights(7), ...fulls])).toEqual([]);
  });
});

it('a day is judged by the images of that day, even if all of them are gone since', () => {
  const from = TO - 60 * DAY;
  const kept = (prefix: string, days: number, every: number) =>
    Array.from({ length: Math.floor(100 / every) }, (_, index) => {
      const made = TO - index * every * DAY - 6 * HOUR;
      const lostAt = made + days * DAY + HOUR;
      return image(made, lostAt <= TO ? lostAt : undefined, { backupId: `${prefix}_${index}` });
    });
  // Those of every third day are kept a third as long as the others, which is below half of the usual age.
  expect(youngOf('demo', [...kept('long', 12, 1), ...kept('short', 4, 3)], { from, to: TO }, 50)).toEqual([]);
});

it('images that vanish with everything younger are young, and count on the day that they vanished', () => {
  const at = FROM + 6 * DAY + 9 * HOUR;
  const known = nights().map((one) =>
    one.backupTime * 1000 < at && one.condition === 'RESTORABLE' ? gone(one, at) : one,
  );
  expect(young(known)).toMatchObject([
    {
      primary: 'demo',
      clientName: 'sql01',
      day: '2026-11-07',
      noLocalCopy: 0,
      youngestSeconds: 15 * 3_600 + 1,
      usualSeconds: expect.any(Number),
    },
  ]);
  // Those of the last seven nights: what is older is not below half of the usual age.
  expect(young(known)[0]?.images).toBe(7);
  expect(youngOf('demo', known, { from: at + DAY, to: TO }, 50)).toEqual([]);
  expect(youngOf('demo', known, RANGE, 1)).toEqual([]);
});

it('the newest image counts as young if it alone vanishes, and not once it was brought back', () => {
  const at = FROM + 6 * DAY + 9 * HOUR;
  const [last] = nights().filter(({ backupTime }) => backupTime * 1000 < at);
  const known = nights().filter((one) => one.backupId !== last?.backupId);
  if (!last) throw new Error('none');
  // Only the newest vanished: nothing younger stays.
  expect(young([...known, gone(last, at)])).toMatchObject([{ images: 1 }]);
  expect(young([...known, { ...last, receivedAt: at, newestAt: at + HOUR, facts: 3 }])).toEqual([]);
});

it('a primary’s clock that is set ahead makes no image old', () => {
  const at = FROM + 6 * DAY + 9 * HOUR;
  const known = nights().map((one) =>
    one.backupTime * 1000 < at && one.condition === 'RESTORABLE'
      ? { ...gone(one, at), ageAtDeletion: 400 * 86_400 }
      : one,
  );
  expect(young(known)[0]?.images).toBe(7);
});

it('the order of images changes nothing', () => {
  const some = fc.array(fc.tuple(fc.integer({ min: -30, max: 9 }), fc.option(fc.integer({ min: 0, max: 40 }))), {
    maxLength: 30,
  });
  fc.assert(
    fc.property(some, (all) => {
      const known = all.map(([made, kept], index) =>
        image(FROM + made * DAY, kept === null ? undefined : FROM + (made + kept) * DAY + HOUR, {
          backupId: `i_${index}`,
        }),
      );
      const of = (images: readonly Image[]) => young(images).toSorted((a, b) => a.day.localeCompare(b.day));
      expect(of(known.toReversed())).toEqual(of(known));
    }),
  );
});
