import { unprojectedKey } from '../keys/records.ts';
import { FORMAT, type ItemKey } from '../keys/tables.ts';
import { type Fact, type JobFact, readFact } from '../ledger/fact.ts';
import { reasonOf } from '../nbwss/issues.ts';
import { DONE } from '../nbwss/job.ts';
import { type Item, isKept } from '../store/items.ts';
import type { ProjectionContext } from './context.ts';

/** The readable facts of one partition, and those of them that the caller asked about. */
export interface PartitionFacts {
  facts: Fact[];
  asked: Fact[];
  /** How many facts the rules cannot read. */
  unreadable: number;
  /** The facts that the caller asked about and the rules cannot read. */
  unprojected: Unprojected[];
}

/** The key of a fact that the rules could not read, and the reason, which names attributes and rules but no values. */
export interface Unprojected extends ItemKey {
  reason: string;
}

/** Reads every unexpired fact of a partition. `asks`: whether the caller asks about the fact with this sort key. */
export async function readFacts(
  context: ProjectionContext,
  pk: string,
  asks: (sk: unknown) => boolean,
): Promise<PartitionFacts> {
  const found: PartitionFacts = { facts: [], asked: [], unreadable: 0, unprojected: [] };
  for await (const item of context.readPartition(pk)) {
    if (!isKept(item, context.now())) continue;
    let fact: Fact;
    try {
      fact = readFact(item);
    } catch (error) {
      found.unreadable += 1;
      if (asks(item.sk)) found.unprojected.push(await noteUnprojected(context, item, reasonOf(error)));
      continue;
    }
    found.facts.push(fact);
    if (asks(item.sk)) found.asked.push(fact);
  }
  return found;
}

export const isDone = (fact: Fact): fact is JobFact => fact.object === 'JOB' && fact.entry.state === DONE;

/** Notes, once a day, a fact that the rules could not read. It stays in the ledger for a later version to read. */
async function noteUnprojected({ records, now }: ProjectionContext, item: Item, reason: string): Promise<Unprojected> {
  const fact = { pk: String(item.pk), sk: String(item.sk) };
  const at = now();
  const note = { format: FORMAT, factPk: fact.pk, factSk: fact.sk, reason, notedAt: at };
  await records.writeOnce({ ...unprojectedKey(at, fact), ...note });
  return { ...fact, reason };
}
