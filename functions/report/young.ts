import { isoDay } from '../keys/indexes.ts';
import type { Image } from '../questions/images.ts';
import type { Range } from '../questions/range.ts';
import { least } from '../records/order.ts';
import { ATTACK_MS, judgeClient, lossOfRecord, median, UNUSUAL_MS } from '../watch/losses.ts';
import type { YoungDeletions } from './report.ts';

const DAY_MS = 86_400_000;

/** An image as it was at a time (epoch ms): if it went later, it was still there. */
function asOf(image: Image, at: number): Image {
  const { ageAtDeletion: _, ...rest } = image;
  return lossOfRecord(image) && image.receivedAt > at ? { ...rest, condition: 'RESTORABLE' } : image;
}

/**
 * The images of one client that went at a young age in a range, by the day (UTC) on which the loss was received. Each
 * day is judged by the rules of `watch` (functions/watch/losses.ts), with the images that were there at its end.
 * `known`: records of the client's images.
 */
export function youngOf(primary: string, known: readonly Image[], range: Range, agePercent: number): YoungDeletions[] {
  const losses = known
    .flatMap((image) => lossOfRecord(image) ?? [])
    .filter(({ receivedAt }) => range.from <= receivedAt && receivedAt <= range.to);
  return [...Map.groupBy(losses, ({ receivedAt }) => isoDay(receivedAt))].flatMap(([day, ofDay]) => {
    const begin = Date.parse(day);
    const then = known
      .filter(({ backupTime }) => backupTime * 1000 < begin + DAY_MS)
      .map((image) => asOf(image, begin + DAY_MS - 1));
    const bounds = {
      before: begin - UNUSUAL_MS,
      daysBefore: begin - ATTACK_MS,
      firstLostAt: least(ofDay.map(({ receivedAt }) => receivedAt)),
    };
    const { counted, clientName } = judgeClient(ofDay, then, bounds, agePercent);
    if (counted.length === 0) return [];
    return [
      {
        ...{ primary, clientName, day, images: counted.length },
        noLocalCopy: counted.filter(({ condition }) => condition === 'NO_LOCAL_COPY').length,
        youngestSeconds: least(counted.map(({ age }) => age)),
        usualSeconds: median(counted.map(({ usual }) => usual)) ?? 0,
      },
    ];
  });
}
