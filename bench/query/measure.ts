import { createHash } from 'node:crypto';
import type { Tables } from '../../functions/questions/query.ts';
import type { DynamoDbLocal } from '../../local/dynamodb/dynamodb-local.ts';
import { readDeployment } from '../../local/stack/deployment.ts';
import type { Assembly } from '../../local/stack/synthesize.ts';
import { percentile } from '../percentiles.ts';
import { countingClient, type Spent } from './client.ts';
import { CLIENTS, type Extent, SLOTS } from './estate.ts';
import { type Counts, load } from './load.ts';
import { type Drawn, QUESTIONS, type Question } from './questions.ts';

export interface QueryPlan {
  /** The smallest first. It is loaded twice: what differs between two tables of one size does not come from size. */
  extents: readonly Extent[];
  rounds: number;
  /** How often each question is asked of each table in a round, and before the first round. */
  asks: number;
  warm: number;
}

/** The results of asking one table: ms for each round separately, the rest over all rounds. */
export interface Asked {
  p50: number[];
  p99: number[];
  /** Means per time that the question is asked. */
  answers: number;
  calls: number;
  units: number;
}

export interface QueryFigures {
  tables: (Extent & Counts)[];
  asks: number;
  /** The results of each table, in the order of the tables, and of a second table as large as the first. */
  questions: { name: string; asked: Asked[]; again: Asked }[];
}

export async function measureQuery(
  assembly: Assembly,
  plan: QueryPlan,
  start: () => Promise<Pick<DynamoDbLocal, 'url' | 'stop'>>,
  progress: (line: string) => void,
): Promise<QueryFigures> {
  const [smallest] = plan.extents;
  if (!smallest) throw new Error('There is no table to ask');
  const database = await start();
  const deployment = readDeployment(assembly);
  const loaded: Loaded[] = [];
  try {
    for (const [n, extent] of [smallest, ...plan.extents].entries()) {
      const { client, spent } = countingClient(database.url, `query${n}`);
      const { tables, counts } = await load({ client, deployment, extent, progress });
      loaded.push({ tables, extent, counts, spent });
    }
    const questions: QueryFigures['questions'] = [];
    for (const question of QUESTIONS) {
      progress(`query: ${question.name}`);
      const [again, ...asked] = await askAll(question, loaded, plan);
      if (again) questions.push({ name: question.name, asked, again });
    }
    return {
      tables: loaded.slice(1).map(({ extent, counts }) => ({ ...extent, ...counts })),
      asks: plan.asks,
      questions,
    };
  } finally {
    for (const { tables } of loaded) tables.client.destroy();
    await database.stop();
  }
}

interface Loaded {
  tables: Tables;
  extent: Extent;
  counts: Counts;
  spent(): Spent;
}

/**
 * Asks each table in turn, starting with a different one each time, so that other load on the machine affects all of
 * them alike.
 */
async function askAll(question: Question, loaded: readonly Loaded[], plan: QueryPlan): Promise<Asked[]> {
  for (let n = 0; n < plan.warm; n += 1)
    for (const { tables, extent } of loaded) await question.ask(tables, drawn(extent, -1, n));
  const all = loaded.map((): Asked => ({ p50: [], p99: [], answers: 0, calls: 0, units: 0 }));
  for (const { spent } of loaded) spent();
  for (let round = 0; round < plan.rounds; round += 1) {
    const taken = loaded.map((): number[] => []);
    for (let n = 0; n < plan.asks; n += 1)
      for (let turn = 0; turn < loaded.length; turn += 1) {
        const at = (n + turn) % loaded.length;
        const [one, asked] = [loaded[at], all[at]];
        if (!one || !asked) continue;
        const about = drawn(one.extent, round, n);
        const begun = performance.now();
        const answers = await question.ask(one.tables, about);
        taken[at]?.push(performance.now() - begun);
        const { calls, units } = one.spent();
        const times = plan.rounds * plan.asks;
        asked.answers += answers / times;
        asked.calls += calls / times;
        asked.units += units / times;
      }
    for (const [at, times] of taken.entries()) {
      all[at]?.p50.push(percentile(times, 50));
      all[at]?.p99.push(percentile(times, 99));
    }
  }
  return all;
}

/**
 * Draws something from a table by the round and the number of the question: the same in each run, spread over the whole
 * table.
 */
export function drawn({ primaries, days }: Extent, round: number, n: number): Drawn {
  const digest = createHash('sha256').update(`${round}/${n}`).digest();
  const draw = (word: number, below: number) => digest.readUInt32BE(word * 4) % below;
  return {
    ...{ primary: draw(0, primaries), day: 1 + draw(1, days - 1) },
    ...{ slot: 2 * draw(2, SLOTS / 2), client: draw(3, CLIENTS) },
  };
}
