import type { ItemKey } from '../keys/ledger.ts';
import { unprojectedKey } from '../keys/records.ts';
import { FORMAT } from '../keys/tables.ts';
import { type Fact, type JobFact, readFact } from '../ledger/fact.ts';
import { DONE } from '../nbwss/job.ts';
import { type Item, isKept } from '../store/items.ts';
import type { ProjectionContext } from './context.ts';

/** The facts of one partition: all, and those that the caller asked about. */
export interface PartitionFacts {
  facts: Fact[];
  asked: Fact[];
  /** Items that the rules could not read. */
  unreadable: number;
}

/** Every fact of a partition that has not expired. `asks` says by its sort key whether the caller is here for a fact. */
export async function readFacts(
  context: ProjectionContext,
  pk: string,
  asks: (sk: unknown) => boolean,
): Promise<PartitionFacts> {
  const facts: Fact[] = [];
  const asked: Fact[] = [];
  let unreadable = 0;
  for await (const item of context.readPartition(pk)) {
    if (!isKept(item, context.now())) continue;
    try {
      const fact = readFact(item);
      facts.push(fact);
      if (asks(item.sk)) asked.push(fact);
    } catch (error) {
      unreadable += 1;
      if (asks(item.sk)) await noteUnprojected(context, item, error);
    }
  }
  return { facts, asked, unreadable };
}

export const isDone = (fact: Fact): fact is JobFact => fact.object === 'JOB' && fact.entry.state === DONE;

/** Notes, once, a fact that the rules could not read: it stays in the ledger, and a later version may read it. */
async function noteUnprojected({ records, now }: ProjectionContext, item: Item, error: unknown): Promise<void> {
  const fact: ItemKey = { pk: String(item.pk), sk: String(item.sk) };
  const reason = error instanceof Error ? error.message : String(error);
  await records.writeOnce({ ...unprojectedKey(now(), fact), format: FORMAT, factPk: fact.pk, factSk: fact.sk, reason });
}
