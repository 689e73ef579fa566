import { BatchWriteItemCommand, type DynamoDBClient, type WriteRequest } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { seriesKey } from '../../functions/keys/records.ts';
import { readFact } from '../../functions/ledger/fact.ts';
import type { Tables } from '../../functions/questions/query.ts';
import { seriesOf } from '../../functions/records/series.ts';
import { createSeriesStore } from '../../functions/records/series-store.ts';
import type { Deployment } from '../../local/stack/deployment.ts';
import { createTables } from '../../local/stack/tables.ts';
import { addAround, countAround } from './around.ts';
import { CLIENTS, END, type Extent, itemsOf, jobFact, type Put, primaryName, SLOTS } from './estate.ts';

/**
 * The most items that one BatchWriteItem takes, and how many calls run at a time: one database answers them one after
 * the other.
 */
const BATCH = 25;
const AT_ONCE = 6;

/** How many items a table has. */
export type Counts = Record<'ledger' | 'records', number>;

export interface Loading {
  client: DynamoDBClient;
  deployment: Deployment;
  extent: Extent;
  progress(line: string): void;
}

/**
 * The stack's tables with everything that an estate of this extent has reported. They have no streams, which no
 * question reads.
 */
export async function load({
  client,
  deployment,
  extent,
  progress,
}: Loading): Promise<{ tables: Tables; counts: Counts }> {
  await createTables(client, withoutStreams(deployment));
  const { LedgerTable = '', RecordsTable = '', RegistryTable = '' } = deployment.outputs;
  const tables: Tables = {
    ...{ client, ledger: LedgerTable, records: RecordsTable, registry: RegistryTable },
    onUnreadable({ pk, sk, reason }) {
      throw new Error(`${pk} ${sk} cannot be read: ${reason}`);
    },
  };
  const counts: Counts = { ledger: 0, records: 0 };
  const source = itemsOfAll(extent, (day) => {
    if (day % 10 === 9 || day === extent.days - 1)
      progress(`query: ${counts.records} records and ${counts.ledger} facts of ${extent.days} days, ${day + 1} done`);
  });
  await Promise.all(Array.from({ length: AT_ONCE }, () => writeAll(tables, source, counts)));
  await foldSeries(tables, extent);
  await addAround(tables, extent);
  const { ledger, records } = countAround(extent);
  const series = extent.primaries * CLIENTS;
  return { tables, counts: { ledger: counts.ledger + ledger, records: counts.records + records + series } };
}

/** Day after day, so that a primary server's items lie apart in the file, as they would in use. */
function* itemsOfAll({ primaries, days }: Extent, done: (day: number) => void): Generator<Put> {
  for (let day = 0; day < days; day += 1) {
    for (let primary = 0; primary < primaries; primary += 1) yield* itemsOf(primaryName(primary), days - 1 - day);
    done(day);
  }
}

/** Writes items from a source that other writers share, until nothing is left. */
async function writeAll(tables: Tables, source: Iterator<Put>, counts: Counts): Promise<void> {
  for (;;) {
    const batch: Put[] = [];
    for (let next = source.next(); !next.done; next = source.next()) {
      batch.push(next.value);
      if (batch.length === BATCH) break;
    }
    if (batch.length === 0) return;
    for (const { table } of batch) counts[table] += 1;
    await write(tables, batch);
  }
}

async function write(tables: Tables, batch: readonly Put[]): Promise<void> {
  let requests: Record<string, WriteRequest[]> = {};
  for (const { table, item } of batch) {
    const request = { PutRequest: { Item: marshall(item, { removeUndefinedValues: true }) } };
    requests[tables[table]] = [...(requests[tables[table]] ?? []), request];
  }
  while (Object.keys(requests).length > 0) {
    const command = new BatchWriteItemCommand({ RequestItems: requests });
    requests = (await tables.client.send(command)).UnprocessedItems ?? {};
  }
}

/** Folds the runs of each series, as the projection does. */
async function foldSeries({ client, records }: Tables, { primaries }: Extent): Promise<void> {
  const store = createSeriesStore(client, records, () => END);
  for (let primary = 0; primary < primaries; primary += 1)
    for (let client = 0; client < CLIENTS; client += 1) {
      const fact = readFact(jobFact(primaryName(primary), 0, SLOTS - 1, client));
      const series = fact.object === 'JOB' ? seriesOf(fact.primary, fact.entry) : undefined;
      if (series) await store.refold(seriesKey(series).pk);
    }
}

function withoutStreams(deployment: Deployment): Deployment {
  return {
    ...deployment,
    ofType: (type) =>
      deployment.ofType(type).map(({ properties: { StreamSpecification: _, ...properties }, ...resource }) => ({
        ...resource,
        properties,
      })),
  };
}
