import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { CANARY_PARAMETER, canaryTokenItem } from '../registry/canary.ts';
import { PATIENT } from '../runtime/clients.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { putIfAbsent } from '../store/items.ts';
import { type Connection, openConnection } from './connection.ts';
import { probeEnvironment } from './environment.ts';
import { createQueue, type Queue, WAITING } from './queue.ts';

/** Everything that `probe` uses from outside. */
export interface ProbeContext {
  /** Makes the token with this hash valid, from a time on (epoch ms). */
  admit(tokenHash: string, at: number, signal: AbortSignal): Promise<void>;
  connect(token: string, signal: AbortSignal): Promise<Connection>;
  queue: Queue;
  /** Epoch ms. */
  now: () => number;
  deadlineMs: number;
}

export function createContext(variables: NodeJS.ProcessEnv): ProbeContext {
  const environment = readEnvironment(probeEnvironment, variables);
  const dynamodb = new DynamoDBClient(PATIENT);
  // Use the Region's endpoint, as for any other call: the client would otherwise connect to whatever host the queue's
  // URL names.
  const sqs = new SQSClient({ ...WAITING, useQueueUrlAsEndpoint: false });
  return {
    async admit(tokenHash, at, signal) {
      await putIfAbsent(dynamodb, environment.REGISTRY_TABLE, canaryTokenItem(tokenHash, at), signal);
    },
    connect(token, signal) {
      const url = new URL(environment.ENDPOINT_URL);
      // This lets `probe` in where the settings do not allow its address.
      url.searchParams.set(CANARY_PARAMETER, token);
      return openConnection(url.href, signal);
    },
    queue: createQueue(sqs, environment.QUEUE_URL),
    now: Date.now,
    deadlineMs: environment.DEADLINE_MS,
  };
}
