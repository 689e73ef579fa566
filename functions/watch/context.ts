import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createEndpoints, type Endpoints } from '../registry/endpoints.ts';
import { createRegistry, type Registry } from '../registry/registry.ts';
import { PATIENT } from '../runtime/clients.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { watchEnvironment } from './environment.ts';
import { createLiveness, type Liveness } from './liveness.ts';

/** All that `watch` reaches. */
export interface WatchContext {
  endpoints: Pick<Endpoints, 'list' | 'connections'>;
  registry: Pick<Registry, 'closed'>;
  liveness: Liveness;
  /** Epoch ms. */
  now: () => number;
}

export function createContext(variables: NodeJS.ProcessEnv): WatchContext {
  const { REGISTRY_TABLE } = readEnvironment(watchEnvironment, variables);
  const dynamodb = new DynamoDBClient(PATIENT);
  return {
    endpoints: createEndpoints(dynamodb, REGISTRY_TABLE),
    registry: createRegistry(dynamodb, REGISTRY_TABLE),
    liveness: createLiveness(new ApiGatewayManagementApiClient(PATIENT)),
    now: Date.now,
  };
}
