import { unprojectedKey } from '../keys/records.ts';
import { FORMAT, type ItemKey } from '../keys/tables.ts';
import { type Fact, type JobFact, readFact } from '../ledger/fact.ts';
import { reasonOf } from '../nbwss/issues.ts';
import { DONE } from '../nbwss/job.ts';
import { type Item, isKept } from '../store/items.ts';
import type { ProjectionContext } from './context.ts';

/** The facts of one partition: all that can be read, and those that the caller asked about. */
export interface PartitionFacts {
  facts: Fact[];
  asked: Fact[];
  /** How many the rules cannot read. */
  unreadable: number;
  /** Asked about, and not readable by the rules. */
  unprojected: Unprojected[];
}

/** The key of a fact that the rules could not read, and why: names attributes and rules, no values. */
export interface Unprojected extends ItemKey {
  reason: string;
}

/** Every fact of a partition that has not expired. `asks` says by its sort key whether the caller is here for a fact. */
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

/** Notes, once a day, a fact that the rules could not read: it stays in the ledger, and a later version may read it. */
async function noteUnprojected({ records, now }: ProjectionContext, item: Item, reason: string): Promise<Unprojected> {
  const fact = { pk: String(item.pk), sk: String(item.sk) };
  const at = now();
  const note = { format: FORMAT, factPk: fact.pk, factSk: fact.sk, reason, notedAt: at };
  await records.writeOnce({ ...unprojectedKey(at, fact), ...note });
  return { ...fact, reason };
}
