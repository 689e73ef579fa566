import { deservesAlert, intentItem } from '../alerts/intent.ts';
import type { ItemKey } from '../keys/ledger.ts';
import { unprojectedKey } from '../keys/records.ts';
import { EXPIRES_AT, FORMAT } from '../keys/tables.ts';
import { type Fact, readFact } from '../ledger/fact.ts';
import { recordItems } from '../records/items.ts';
import type { Item } from '../store/items.ts';
import type { ProjectionContext } from './context.ts';

/** How many facts a partition has, and how many of its items the rules could not read. */
export interface Projected {
  facts: number;
  unreadable: number;
}

/**
 * Makes the records of one job or image again from all its facts, then writes an intent for each fact in `arrived` (sort keys)
 * that people must hear of. Repeating it, or running it twice at once, changes nothing. A failed call throws.
 */
export async function project(
  context: ProjectionContext,
  pk: string,
  arrived: ReadonlySet<unknown>,
): Promise<Projected> {
  const now = context.now();
  const facts: { sk: unknown; fact: Fact }[] = [];
  let unreadable = 0;
  for await (const item of context.readPartition(pk)) {
    if (isExpired(item, now)) continue;
    try {
      facts.push({ sk: item.sk, fact: readFact(item) });
    } catch (error) {
      unreadable += 1;
      if (arrived.has(item.sk)) await noteUnprojected(context, item, error);
    }
  }
  for (const record of recordItems(
    facts.map(({ fact }) => fact),
    context.imageRecordDays,
  ))
    await context.records.write(record);
  // Last: an intent says that the records already show what it tells of.
  for (const { sk, fact } of facts) {
    if (arrived.has(sk) && fact.object === 'JOB' && deservesAlert(fact))
      await context.records.writeOnce(intentItem(fact, now));
  }
  return { facts: facts.length, unreadable };
}

/** TTL deletes late: what has expired no longer counts, whether it is still there or not. */
function isExpired(item: Item, now: number): boolean {
  const expiresAt = item[EXPIRES_AT];
  return typeof expiresAt === 'number' && expiresAt * 1000 <= now;
}

/** Notes, once, a fact that the rules could not read: it stays in the ledger, and a later version may read it. */
async function noteUnprojected({ records, now }: ProjectionContext, item: Item, error: unknown): Promise<void> {
  const fact: ItemKey = { pk: String(item.pk), sk: String(item.sk) };
  const reason = error instanceof Error ? error.message : String(error);
  await records.writeOnce({ ...unprojectedKey(now(), fact), format: FORMAT, factPk: fact.pk, factSk: fact.sk, reason });
}
