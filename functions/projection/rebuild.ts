import { isDeepStrictEqual } from 'node:util';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { deservesAlert, failureItem } from '../alerts/intent.ts';
import { keyPrefix } from '../keys/key.ts';
import { jobOfRun, seriesKeyIn } from '../keys/records.ts';
import { type ItemKey, placeName } from '../keys/tables.ts';
import type { Fact } from '../ledger/fact.ts';
import { recordItems } from '../records/items.ts';
import { last, orderBy } from '../records/order.ts';
import { createRepairs, type Repairs } from '../records/repairs.ts';
import { runItem, runOf, winsPlace } from '../records/series.ts';
import { settleInTurn } from '../runtime/settle.ts';
import { asKept, type Item, isKept } from '../store/items.ts';
import { createProjection, type ProjectionContext } from './context.ts';
import { isDone, readFacts } from './read-facts.ts';

/*
 * Makes Records again from the ledger, in two passes that may run while traffic flows: `rebuild` for each partition of
 * the ledger, then `sweep` for each partition of Records. Neither raises an alert.
 */

/** The state of a place before. Everything but `same` was fixed; an `orphan`, which no fact asks for, was deleted. */
export type Was = 'same' | 'missing' | 'different' | 'orphan';

/** What a pass found at a place in Records. */
export interface Found extends ItemKey {
  what: 'job' | 'image' | 'series run' | 'series' | 'failure';
  was: Was;
}

export interface RebuildContext extends ProjectionContext {
  repairs: Repairs;
}

export function createRebuild(
  dynamodb: DynamoDBClient,
  tables: { ledger: string; records: string },
  imageRecordDays: number | undefined,
): RebuildContext {
  const repairs = createRepairs(dynamodb, tables.records);
  return { ...createProjection(dynamodb, tables, imageRecordDays), repairs };
}

/** How many runs of one series are checked at a time. */
const AT_ONCE = 8;

/**
 * The first pass, for one partition of the ledger: makes the records, series runs and failures of a job or image agree
 * with its facts. A failure without an intent gets one that is marked as `rebuilt`: nobody was alerted, and nobody is
 * until its fact is projected after all.
 */
export async function rebuild(context: RebuildContext, pk: string): Promise<Found[]> {
  const found = await repair(context, pk);
  // The wrong item may have looked newer, so that the write of a projection at that very moment was refused. Now it is
  // right.
  if (found.some(({ was }) => was === 'different')) await repair(context, pk);
  return found;
}

/**
 * The second pass, for one partition of Records: deletes job records and series runs that no fact asks for, and folds
 * the series again. Leaves image records alone: they outlive facts that expire.
 */
export async function sweep(context: RebuildContext, pk: string): Promise<Found[]> {
  if (pk.startsWith(keyPrefix('job'))) return removeOrphan(context, 'job', { pk, sk: 'job' }, pk);
  if (pk.startsWith(keyPrefix('series'))) return sweepSeries(context, pk);
  return [];
}

/** What facts ask for at one place in Records. */
interface Wanted {
  what: Found['what'];
  place: ItemKey;
  isRight(existing: Item): boolean;
  /** Makes it so. Returns false if the item changed since it was read. */
  make(existing: Item | undefined): Promise<boolean>;
}

async function repair(context: RebuildContext, pk: string): Promise<Found[]> {
  const { repairs } = context;
  const facts = async () => (await readFacts(context, pk, () => false)).facts;
  let wanted = wantedOf(context, await facts());
  const items = await Array.fromAsync(repairs.read(wanted.map(({ place }) => place)));
  const existing = new Map(items.map((item) => [placeName(item), item]));
  const isRight = ({ place, isRight }: Wanted) => {
    const item = existing.get(placeName(place));
    return item !== undefined && isRight(item);
  };
  if (!wanted.every(isRight)) {
    // An item may already reflect a fact that arrived after the facts were read. So the facts are read again: what all
    // of them ask for at these places is right. A place that only a newer fact asks for is left to its projection.
    const read = new Set(wanted.map(({ place }) => placeName(place)));
    wanted = wantedOf(context, await facts()).filter(({ place }) => read.has(placeName(place)));
  }
  const found: Found[] = [];
  for (const target of wanted) {
    const before = existing.get(placeName(target.place));
    // If `make` fails, the item changed meanwhile: a fact arrived, and its projection folded all of them.
    const right = isRight(target) || !(await target.make(before));
    found.push({ what: target.what, ...target.place, was: right ? 'same' : before ? 'different' : 'missing' });
  }
  return found;
}

/** Everything that the facts of one partition ask for. */
function wantedOf({ repairs, imageRecordDays }: RebuildContext, facts: readonly Fact[]): Wanted[] {
  const wantedItem = (what: Found['what'], item: ItemKey & Item): Wanted => ({
    what,
    place: { pk: item.pk, sk: item.sk },
    isRight: (existing) => isDeepStrictEqual(existing, asKept(item)),
    make: (existing) => repairs.replace(existing, item),
  });
  const done = facts.filter(isDone);
  const runs = Map.groupBy(
    done.flatMap((fact) => runOf(fact) ?? []),
    (run) => placeName(runItem(run)),
  );
  const failed = done.filter(deservesAlert).toSorted(firstReceived);
  const failures = Map.groupBy(
    failed.map((fact) => failureItem(fact)),
    placeName,
  );
  return [
    ...recordItems(facts, imageRecordDays).map((item) => wantedItem(item.sk === 'job' ? 'job' : 'image', item)),
    ...[...runs.values()].flatMap((sharing) => {
      const run = last(sharing, winsPlace);
      return run ? [wantedItem('series run', runItem(run))] : [];
    }),
    ...[...failures.values()].flatMap((versions) => wantedFailure(repairs, versions)),
  ];
}

const firstReceived = orderBy<Fact>(
  (fact) => fact.receivedAt,
  (fact) => fact.digest,
);

/**
 * A failure that several facts may report, the first received first. Its intent is right if it matches any of them,
 * because the fact that is projected first writes it. Its other attributes (the state of its series then, whether
 * people were told) only projection and publisher know.
 */
function wantedFailure(repairs: Repairs, versions: readonly (ItemKey & Item)[]): Wanted[] {
  const [first, ...others] = versions.map(({ series: _, ...folded }) => folded);
  if (!first) return [];
  const { pk, sk } = first;
  return [
    {
      what: 'failure',
      place: { pk, sk },
      isRight: (existing) =>
        [first, ...others].some((version) =>
          Object.entries(version).every(([name, value]) => existing[name] === value),
        ),
      make: (existing) => (existing ? repairs.amend(first) : repairs.replace(undefined, { ...first, rebuilt: true })),
    },
  ];
}

async function sweepSeries(context: RebuildContext, pk: string): Promise<Found[]> {
  const { repairs, series, now } = context;
  const runs = await Array.fromAsync(repairs.runsOf(pk));
  const orphans = await settleInTurn(runs, AT_ONCE, (run) => removeOrphan(context, 'series run', run, jobOfRun(run)));
  const place = seriesKeyIn(pk);
  // Read before its runs, so that the runs include every one that it was folded from.
  const [before] = await Array.fromAsync(repairs.read([place]));
  const was = await series.refold(pk);
  if (was !== 'empty') return [...orphans.flat(), { what: 'series', ...place, was }];
  if (!before || !isKept(before, now()) || !(await repairs.remove(before))) return orphans.flat();
  return [...orphans.flat(), { what: 'series', ...place, was: 'orphan' }];
}

/** Deletes the item at a place that no fact of a job asks for. Leaves expired items to DynamoDB. */
async function removeOrphan(
  context: RebuildContext,
  what: Found['what'],
  place: ItemKey,
  jobPk: string,
): Promise<Found[]> {
  const { repairs, now } = context;
  if (await isWanted(context, place, jobPk)) return [];
  const [item] = await Array.fromAsync(repairs.read([place]));
  if (!item || !isKept(item, now())) return [];
  // Checks once more: a fact that arrived since may have made this item.
  const removed = !(await isWanted(context, place, jobPk)) && (await repairs.remove(item));
  // The orphan may have looked newer, so that the write for such a fact was refused.
  await rebuild(context, jobPk);
  return removed ? [{ what, ...place, was: 'orphan' }] : [];
}

/** Whether the facts that the ledger now has of a job ask for an item at a place. Unreadable facts count: they may. */
async function isWanted(context: RebuildContext, place: ItemKey, jobPk: string): Promise<boolean> {
  const { facts, unreadable } = await readFacts(context, jobPk, () => false);
  return unreadable > 0 || wantedOf(context, facts).some((wanted) => placeName(wanted.place) === placeName(place));
}
