import type { Delivery } from '../../client/traffic/delivery.ts';
import { sha256 } from '../../functions/keys/key.ts';
import { amountOf, type Line, times } from './book.ts';
import { ARCHIVE_WINDOW_MS } from './clock.ts';

/** The stream of a new table has about so many shards, and each collects its batch on its own. */
const SHARDS = 4;

/** Which shard an image falls into is random, so the images are dealt out so many times. */
const DEALS = 100;

/**
 * How many objects the archive writes for these, as the mean of all deals: each shard writes one for each window, which
 * begins with its first image. `share`: how much of the time between two messages passes.
 */
export function objectsOf(deliveries: readonly Delivery[], share: number): number {
  const counts = Array.from({ length: DEALS }, (_, deal) => objectsOfDeal(deliveries, share, deal));
  return counts.reduce((sum, count) => sum + count, 0) / DEALS;
}

function objectsOfDeal(deliveries: readonly Delivery[], share: number, deal: number): number {
  const endsAt = new Map<number, number>();
  let objects = 0;
  for (const { at, payload } of deliveries)
    for (const { object, data } of payload)
      for (const entry of object === 'IMAGE' ? data : []) {
        const id = `${deal} ${Reflect.get(entry, 'backupId')}`;
        const shard = Number.parseInt(sha256(id).slice(0, 8), 16) % SHARDS;
        if (at * share < (endsAt.get(shard) ?? 0)) continue;
        objects += 1;
        endsAt.set(shard, at * share + ARCHIVE_WINDOW_MS);
      }
  return objects;
}

/**
 * Scales the archive's lines to so many objects. Waiting until all is done ends the archive's windows early, and makes
 * smaller objects.
 */
export function withObjects(lines: readonly Line[], objects: number): Line[] {
  const archive = lines.filter(({ part }) => part === 'archive');
  const puts = amountOf(archive, 'put');
  const rest = lines.filter(({ part }) => part !== 'archive');
  return puts === 0 ? rest : [...rest, ...times(archive, objects / puts)];
}
