import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { FactRetention } from '../ledger/fact.ts';
import { createLedger, type Ledger } from '../ledger/ledger.ts';
import type { AcknowledgementPayload } from '../nbwss/envelope.ts';
import { type AsideLimit, createAsideLimit } from '../registry/aside-limit.ts';
import { createRegistry, type Registry } from '../registry/registry.ts';
import { allowedSources } from '../registry/sources.ts';
import { HASTY } from '../runtime/clients.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { ingestEnvironment } from './environment.ts';
import { createSocket, type Socket } from './socket.ts';

/**
 * Everything that `ingest` uses from outside, as ports no wider than their use, so that a test can pass plain objects.
 */
export interface IngestContext {
  registry: Registry;
  ledger: Ledger;
  asideLimit: AsideLimit;
  socket: Socket;
  /** Whether this address may connect. */
  isAllowedSource(address: string): boolean;
  now: () => number;
  deadlineMs: number;
  acknowledgementPayload: AcknowledgementPayload;
  retention: FactRetention;
}

export function createContext(variables: NodeJS.ProcessEnv): IngestContext {
  const environment = readEnvironment(ingestEnvironment, variables);
  const dynamodb = new DynamoDBClient(HASTY);
  return {
    registry: createRegistry(dynamodb, environment.REGISTRY_TABLE),
    ledger: createLedger(dynamodb, environment.LEDGER_TABLE),
    asideLimit: createAsideLimit(dynamodb, environment.REGISTRY_TABLE),
    socket: createSocket(new ApiGatewayManagementApiClient(HASTY)),
    isAllowedSource: allowedSources(environment.ALLOWED_CIDRS),
    now: Date.now,
    deadlineMs: environment.DEADLINE_MS,
    acknowledgementPayload: environment.ACKNOWLEDGEMENT_PAYLOAD,
    retention: { jobDays: environment.JOB_FACT_DAYS, imageDays: environment.IMAGE_FACT_DAYS },
  };
}
