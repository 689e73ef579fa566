import { isDeepStrictEqual } from 'node:util';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { deservesAlert, failureItem } from '../alerts/intent.ts';
import { recordPlace } from '../keys/records.ts';
import { type RecordItem, recordItems } from '../records/items.ts';
import type { Item } from '../store/items.ts';
import type { ProjectionContext } from './context.ts';
import { isDone, readFacts } from './read-facts.ts';

/** What a rebuild found at a record. `missing` and `different` were mended. */
export type Rebuilt = 'same' | 'missing' | 'different';

/**
 * How old a fact must be for a rebuild to take it for told. The stream gives up what it could not project for 23 hours; until then the
 * alert of a fact may still be on its way, and a rebuild must not take its place.
 */
const TOLD_AFTER_MS = 25 * 3_600_000;

/**
 * Makes the records, series and failures of one job or image again, and says what was there. Raises no alert: a failure that has no
 * intent gets one that counts as told (`rebuilt`), until its fact is projected after all. Traffic may go on meanwhile.
 */
export async function rebuild(context: ProjectionContext, pk: string): Promise<Rebuilt[]> {
  // Before the facts: what it was folded from is then among them, but for what has expired since.
  const before = await context.records.read(recordPlace(pk));
  const { facts } = await readFacts(context, pk, () => false);
  const found: Rebuilt[] = [];
  for (const record of recordItems(facts, context.imageRecordDays))
    found.push(await rebuildRecord(context, before, record));
  const done = facts.filter(isDone);
  for (const fact of done) await context.series.add(fact);
  for (const fact of done.filter(deservesAlert)) {
    if (fact.receivedAt < context.now() - TOLD_AFTER_MS)
      await context.records.writeOnce({ ...failureItem(fact), rebuilt: true });
  }
  return found;
}

async function rebuildRecord(
  { records }: ProjectionContext,
  before: Item | undefined,
  record: RecordItem,
): Promise<Rebuilt> {
  if (before && isDeepStrictEqual(before, asKept(record))) return 'same';
  // Not by the guard of `write`: a record of facts that have expired since has seen more than there is, and must be made anew too.
  // When it changed meanwhile, a fact has arrived, and its projection has folded all of them.
  if (!(await records.replace(before, record))) return 'same';
  return before === undefined ? 'missing' : 'different';
}

/** A record as it would be read back. */
function asKept(record: RecordItem): Record<string, unknown> {
  return unmarshall(marshall(record, { removeUndefinedValues: true }));
}
