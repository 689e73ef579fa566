import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { FACT_INSERTED } from '../functions/keys/filters.ts';
import type { ProjectionVariables } from '../functions/projection/environment.ts';
import { grantKeys } from './grants.ts';
import { NbwatchFunction } from './nbwatch-function.ts';
import type { Parts } from './parts.ts';
import { consumeStream } from './stream-consumer.ts';

/** The function behind the Ledger's stream, which turns facts into records and intents. */
export function addProjection(scope: Construct, { stores: { ledger, records }, givenUp, settings }: Parts): void {
  const projection = new NbwatchFunction(scope, 'Projection', {
    folder: 'projection',
    description: 'Behind the ledger: folds the facts of a job or image into its records, writes intents',
    timeout: Duration.minutes(1),
    environment: {
      LEDGER_TABLE: ledger.tableName,
      RECORDS_TABLE: records.tableName,
      IMAGE_RECORD_DAYS: String(settings.imageRecordDays),
    } satisfies ProjectionVariables,
    logDays: settings.logDays,
  });
  grantKeys(ledger, projection, ['dynamodb:Query'], ['job#*', 'image#*', 'aside#*']);
  grantKeys(records, projection, ['dynamodb:PutItem'], ['job#*', 'image#*', 'series#*', 'unprojected#*', 'notice#*']);
  // For a job: whether its run counts as usable. For a notice: whether people were already alerted to what was put
  // aside.
  grantKeys(records, projection, ['dynamodb:GetItem'], ['series#*', 'job#*', 'notice#*']);
  grantKeys(records, projection, ['dynamodb:Query'], ['series#*']);
  consumeStream(ledger, projection, { filters: [FACT_INSERTED], batchSize: 100, givenUp });
}
