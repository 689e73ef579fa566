import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SNSClient } from '@aws-sdk/client-sns';
import type { AlertSettings } from '../alerts/alert-settings.ts';
import { createRecords, type Records } from '../records/records.ts';
import { createDeletions, type Deletions } from '../registry/deletions.ts';
import { createEndpoints, type Endpoints } from '../registry/endpoints.ts';
import { createFeeds, type Feeds } from '../registry/feeds.ts';
import { createRegistry, type Registry } from '../registry/registry.ts';
import { PATIENT } from '../runtime/clients.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { type CountedDay, createDayQuestions, type DayQuestions } from './count-day.ts';
import type { LostImages } from './deletion-watch.ts';
import { watchEnvironment } from './environment.ts';
import { createImageQuestions, type ImageQuestions } from './image-questions.ts';
import { createLiveness, type Liveness } from './liveness.ts';
import { type WatchedTopic, watchedTopic } from './subscriptions.ts';
import type { Thresholds } from './thresholds.ts';

/** All that `watch` reaches. */
export interface WatchContext {
  endpoints: Pick<Endpoints, 'list' | 'connections'>;
  registry: Pick<Registry, 'closed'>;
  liveness: Liveness;
  feeds: Feeds;
  /** From when on people are told. */
  thresholds: Thresholds;
  topics: readonly WatchedTopic[];
  records: Pick<Records, 'read' | 'writeOnce'>;
  day: DayQuestions;
  /** Days of primaries that were counted for a summary which is not yet written. */
  counted: Map<string, CountedDay>;
  images: ImageQuestions;
  deletions: Pick<Deletions, 'told' | 'tell' | 'dismissals'>;
  /** By primary. */
  lost: Map<string, LostImages>;
  /** Whether a client's images are deleted because it was taken out of service. */
  isRetired: (primary: string, clientName: string) => Promise<boolean>;
  settings: Pick<AlertSettings, 'zone' | 'summaryHour' | 'severities'>;
  /** Epoch ms. */
  now: () => number;
}

export function createContext(variables: NodeJS.ProcessEnv): WatchContext {
  const environment = readEnvironment(watchEnvironment, variables);
  const { REGISTRY_TABLE: registry, RECORDS_TABLE: records, LEDGER_TABLE: ledger } = environment;
  const client = new DynamoDBClient(PATIENT);
  const sns = new SNSClient(PATIENT);
  return {
    endpoints: createEndpoints(client, registry),
    registry: createRegistry(client, registry),
    liveness: createLiveness(new ApiGatewayManagementApiClient(PATIENT)),
    feeds: createFeeds(client, registry),
    thresholds: environment.THRESHOLDS,
    topics: [
      watchedTopic(sns, environment.ALERTS_TOPIC_ARN, environment.ALERT_SUBSCRIBERS),
      watchedTopic(sns, environment.CHAT_TOPIC_ARN, environment.CHAT_SUBSCRIBERS),
      watchedTopic(sns, environment.OPERATIONS_TOPIC_ARN, environment.OPERATIONS_SUBSCRIBERS),
    ],
    records: createRecords(client, records),
    day: createDayQuestions({ client, ledger, records, registry }),
    counted: new Map(),
    images: createImageQuestions({ client, ledger, records, registry }),
    deletions: createDeletions(client, registry),
    lost: new Map(),
    isRetired: async () => false,
    settings: environment.ALERT_SETTINGS,
    now: Date.now,
  };
}
