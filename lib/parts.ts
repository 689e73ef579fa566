import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { AlertsTopic } from './alerts-topic.ts';
import type { ChatTopic } from './chat-topic.ts';
import type { Gateway } from './gateway.ts';
import type { Operations } from './operations.ts';
import type { ProbeTopic } from './probe-topic.ts';
import type { Settings } from './settings.ts';
import type { Stores } from './stores.ts';

/** The parts of the stack that its functions connect. */
export interface Parts {
  settings: Settings;
  stores: Stores;
  gateway: Gateway;
  alerts: AlertsTopic;
  chat: ChatTopic;
  /** Absent where the canary is switched off. */
  probeTopic: ProbeTopic | undefined;
  operations: Operations;
  /** The bucket for stream records that failed for 23 hours. */
  givenUp: Bucket;
}
