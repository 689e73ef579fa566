import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { IngestVariables } from '../functions/ingest/environment.ts';
import { CANARY_TOKENS } from '../functions/keys/registry.ts';
import { grantKeys } from './grants.ts';
import { NbwatchFunction } from './nbwatch-function.ts';
import type { Parts } from './parts.ts';

/** The function that answers NetBackup. */
export function addIngest(
  scope: Construct,
  { stores: { ledger, registry }, gateway, settings }: Parts,
): NbwatchFunction {
  const ingest = new NbwatchFunction(scope, 'Ingest', {
    folder: 'ingest',
    description: 'Answers NetBackup: checks, appends facts to the ledger, acknowledges',
    // Above the handler's own deadline, which ends a slow message; this ends only a hung process.
    timeout: Duration.seconds(5),
    environment: {
      LEDGER_TABLE: ledger.tableName,
      REGISTRY_TABLE: registry.tableName,
      AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: gateway.stage.callbackUrl,
      ALLOWED_CIDRS: settings.allowedCidrs.join(',') || 'all',
      DEADLINE_MS: String(settings.deadlineMs),
      ACKNOWLEDGEMENT_PAYLOAD: settings.acknowledgementPayload,
      JOB_FACT_DAYS: String(settings.jobDays),
      IMAGE_FACT_DAYS: String(settings.imageFactDays),
    } satisfies IngestVariables,
    logDays: settings.logDays,
  });
  gateway.route(ingest);
  gateway.grantConnections(ingest, ['POST', 'DELETE']);
  grantKeys(ledger, ingest, ['dynamodb:PutItem'], ['job#*', 'image#*', 'aside#*']);
  // For facts only: which ones of a large message are stored already.
  grantKeys(ledger, ingest, ['dynamodb:BatchGetItem'], ['job#*', 'image#*']);
  grantKeys(registry, ingest, ['dynamodb:GetItem'], ['token#*', CANARY_TOKENS, 'connection#*', 'endpoint', 'aside#*']);
  grantKeys(registry, ingest, ['dynamodb:PutItem'], ['connection#*']);
  // On an endpoint: that its token was used. On what was put aside: how much there was this hour.
  grantKeys(registry, ingest, ['dynamodb:UpdateItem'], ['connection#*', 'endpoint', 'aside#*']);
  return ingest;
}
