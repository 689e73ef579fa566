import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createRecords, type Records } from '../records/records.ts';
import { PATIENT } from '../runtime/clients.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { type Item, readPartition } from '../store/items.ts';
import { projectionEnvironment } from './environment.ts';

/** All that the projection reaches. */
export interface ProjectionContext {
  /** Every item of one ledger partition, read consistently. */
  readPartition(pk: string): AsyncIterable<Item>;
  records: Records;
  now: () => number;
  imageRecordDays: number | undefined;
}

export function createContext(variables: NodeJS.ProcessEnv): ProjectionContext {
  const environment = readEnvironment(projectionEnvironment, variables);
  const dynamodb = new DynamoDBClient(PATIENT);
  return {
    readPartition: (pk) => readPartition(dynamodb, environment.LEDGER_TABLE, pk),
    records: createRecords(dynamodb, environment.RECORDS_TABLE),
    now: Date.now,
    imageRecordDays: environment.IMAGE_RECORD_DAYS,
  };
}
