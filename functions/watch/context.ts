import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SNSClient } from '@aws-sdk/client-sns';
import type * as v from 'valibot';
import type { AlertSettings } from '../alerts/alert-settings.ts';
import { createOutbox, type Outbox } from '../alerts/outbox.ts';
import { hasTls, readCertificate } from '../certificate/read.ts';
import { leaseKey } from '../keys/records.ts';
import { createRecords, type Records } from '../records/records.ts';
import { createCertificates } from '../registry/certificates.ts';
import { createDeletions, type Deletions } from '../registry/deletions.ts';
import { createEndpoints, type Endpoints } from '../registry/endpoints.ts';
import { createExpectations, type Expectations } from '../registry/expectations.ts';
import { createFeeds, type Feeds } from '../registry/feeds.ts';
import { createOverdues, type Overdues } from '../registry/overdues.ts';
import { createRegistry, type Registry } from '../registry/registry.ts';
import { PATIENT } from '../runtime/clients.ts';
import { lambdaEnvironment, readEnvironment } from '../runtime/environment.ts';
import { createLease, type Lease } from '../store/lease.ts';
import type { WatchedCertificate } from './certificate-watch.ts';
import { type CountedDay, createDayQuestions, type DayQuestions } from './count-day.ts';
import type { LostImages } from './deletion-watch.ts';
import { watchEnvironment } from './environment.ts';
import { createGivenUp, type GivenUp } from './given-up.ts';
import { createImageQuestions, type ImageQuestions } from './image-questions.ts';
import { createLiveness, type Liveness } from './liveness.ts';
import { newOverdueMemory, type OverdueMemory } from './overdue-memory.ts';
import { createSeriesQuestions, type SeriesQuestions } from './series-questions.ts';
import { type WatchedTopic, watchedTopic } from './subscriptions.ts';
import type { Thresholds } from './thresholds.ts';

/** Everything that `watch` uses from outside. */
export interface WatchContext {
  endpoints: Pick<Endpoints, 'list' | 'connections'>;
  registry: Pick<Registry, 'closed'>;
  liveness: Liveness;
  feeds: Feeds;
  expectations: Pick<Expectations, 'list'>;
  overdues: Overdues;
  /** Held by the one run that may report overdue backups. */
  overdueLease: Lease;
  series: SeriesQuestions;
  overdueMemory: OverdueMemory;
  /** When people are alerted. */
  thresholds: Thresholds;
  topics: readonly WatchedTopic[];
  certificate: WatchedCertificate;
  records: Pick<Records, 'read' | 'writeOnce'>;
  day: DayQuestions;
  /** Days of primaries that are counted for a summary that is not written yet. */
  counted: Map<string, CountedDay>;
  images: ImageQuestions;
  deletions: Pick<Deletions, 'told' | 'saveTold' | 'dismissals'>;
  /** By primary. */
  lost: Map<string, LostImages>;
  outbox: Pick<Outbox, 'pendingSince' | 'remembered'>;
  givenUp: GivenUp;
  /** Duties that failed in the last run of this process. */
  failed: Set<string>;
  settings: Pick<AlertSettings, 'zone' | 'summaryHour' | 'severities'>;
  /** Epoch ms. */
  now: () => number;
}

/** How long the host of the endpoint may take to show its certificate, ms. */
const READ_MS = 10_000;

export function createContext(variables: NodeJS.ProcessEnv): WatchContext {
  const environment = readEnvironment(watchEnvironment, variables);
  const sns = new SNSClient(PATIENT);
  const topics = [
    watchedTopic(sns, environment.ALERTS_TOPIC_ARN, environment.ALERT_SUBSCRIBERS),
    watchedTopic(sns, environment.CHAT_TOPIC_ARN, environment.CHAT_SUBSCRIBERS),
    watchedTopic(sns, environment.OPERATIONS_TOPIC_ARN, environment.OPERATIONS_SUBSCRIBERS),
  ];
  const liveness = createLiveness(new ApiGatewayManagementApiClient(PATIENT));
  const givenUp = createGivenUp(environment.GIVEN_UP_URL, readEnvironment(lambdaEnvironment, variables).AWS_REGION);
  const url = environment.ENDPOINT_URL;
  const read = hasTls(url) ? () => readCertificate(url, AbortSignal.timeout(READ_MS)) : undefined;
  return createWatch(environment, new DynamoDBClient(PATIENT), { liveness, topics, givenUp, read });
}

type Environment = v.InferOutput<typeof watchEnvironment>;

/** A watch on the tables of its environment. Scenarios create one with a clock of their own (epoch ms). */
export function createWatch(
  environment: Pick<
    Environment,
    'REGISTRY_TABLE' | 'RECORDS_TABLE' | 'LEDGER_TABLE' | 'THRESHOLDS' | 'ALERT_SETTINGS' | 'ENDPOINT_URL'
  >,
  client: DynamoDBClient,
  { read, ...around }: Pick<WatchContext, 'liveness' | 'topics' | 'givenUp'> & Pick<WatchedCertificate, 'read'>,
  now: () => number = Date.now,
): WatchContext {
  const { REGISTRY_TABLE: registry, RECORDS_TABLE: records, LEDGER_TABLE: ledger } = environment;
  return {
    ...around,
    certificate: { host: new URL(environment.ENDPOINT_URL).hostname, read, seen: createCertificates(client, registry) },
    endpoints: createEndpoints(client, registry, { now }),
    registry: createRegistry(client, registry),
    feeds: createFeeds(client, registry, now),
    expectations: createExpectations(client, registry, { now }),
    overdues: createOverdues(client, registry),
    overdueLease: createLease(client, records, leaseKey('overdue')),
    series: createSeriesQuestions({ client, ledger, records, registry }),
    overdueMemory: newOverdueMemory(),
    thresholds: environment.THRESHOLDS,
    records: createRecords(client, records),
    day: createDayQuestions({ client, ledger, records, registry }),
    counted: new Map(),
    images: createImageQuestions({ client, ledger, records, registry }),
    deletions: createDeletions(client, registry),
    lost: new Map(),
    outbox: createOutbox(client, records),
    failed: new Set(),
    settings: environment.ALERT_SETTINGS,
    now,
  };
}
