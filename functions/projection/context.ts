import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createRecords, type Records } from '../records/records.ts';
import { createSeriesStore, type SeriesStore } from '../records/series-store.ts';
import { PATIENT } from '../runtime/clients.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { type Item, readPartition } from '../store/items.ts';
import { projectionEnvironment } from './environment.ts';

/** Everything that the projection uses from outside. */
export interface ProjectionContext {
  /** Yields every item of one ledger partition, read consistently. */
  readPartition(pk: string): AsyncIterable<Item>;
  records: Records;
  series: SeriesStore;
  now: () => number;
  imageRecordDays: number | undefined;
}

export function createContext(variables: NodeJS.ProcessEnv): ProjectionContext {
  const {
    LEDGER_TABLE: ledger,
    RECORDS_TABLE: records,
    IMAGE_RECORD_DAYS,
  } = readEnvironment(projectionEnvironment, variables);
  return createProjection(new DynamoDBClient(PATIENT), { ledger, records }, IMAGE_RECORD_DAYS);
}

/** Makes a projection on these tables. `rebuild`, `redrive` and scenarios make their own. `now`: epoch ms. */
export function createProjection(
  dynamodb: DynamoDBClient,
  tables: { ledger: string; records: string },
  imageRecordDays: number | undefined,
  now: () => number = Date.now,
): ProjectionContext {
  return {
    readPartition: (pk) => readPartition(dynamodb, tables.ledger, pk),
    records: createRecords(dynamodb, tables.records),
    series: createSeriesStore(dynamodb, tables.records, now),
    now,
    imageRecordDays,
  };
}
