import type { JobFact } from '../ledger/fact.ts';
import { recordItems } from '../records/items.ts';
import type { Added } from '../records/series-store.ts';
import type { ProjectionContext } from './context.ts';
import { intend } from './intend.ts';
import { isDone, readFacts, type Unprojected } from './read-facts.ts';

/** How many facts there are, when the `arrived` ones were received (epoch ms), and which the rules could not read. */
export interface Projected {
  facts: number;
  receivedAt: number[];
  unprojected: Unprojected[];
}

/**
 * Makes the records of one job or image again from all its facts. Then, for each DONE fact in `arrived` (sort keys),
 * updates its series and writes an intent if people must hear of it. Repeating it, or running it twice at once, changes
 * nothing. A failed call throws.
 */
export async function project(
  context: ProjectionContext,
  pk: string,
  arrived: ReadonlySet<unknown>,
): Promise<Projected> {
  const { facts, asked, unprojected } = await readFacts(context, pk, (sk) => arrived.has(sk));
  for (const record of recordItems(facts, context.imageRecordDays)) await context.records.write(record);
  const done: [JobFact, Added | undefined][] = [];
  for (const fact of asked.filter(isDone)) done.push([fact, await context.series.add(fact)]);
  // Intents come last: when one exists, the records already show what it reports.
  for (const [fact, added] of done) await intend(context, fact, added);
  return { facts: facts.length, receivedAt: asked.map(({ receivedAt }) => receivedAt), unprojected };
}
