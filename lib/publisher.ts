import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { INTENT_INSERTED } from '../functions/keys/filters.ts';
import { RECORDS_INDEXES } from '../functions/keys/indexes.ts';
import type { PublisherVariables } from '../functions/publisher/environment.ts';
import { alertSettingsOf } from './alert-settings-of.ts';
import { grantIndex, grantKeys } from './grants.ts';
import { NbwatchFunction } from './nbwatch-function.ts';
import type { Parts } from './parts.ts';
import { consumeStream } from './stream-consumer.ts';

/** The function behind the stream of Records, which alerts people. The clock wakes it too. */
export function addPublisher(
  scope: Construct,
  { stores: { records, registry }, alerts, chat, probeTopic, givenUp, settings }: Parts,
): NbwatchFunction {
  const publisher = new NbwatchFunction(scope, 'Publisher', {
    folder: 'publisher',
    description: 'Behind the records: publishes what people must hear of',
    timeout: Duration.minutes(1),
    environment: {
      RECORDS_TABLE: records.tableName,
      REGISTRY_TABLE: registry.tableName,
      ALERTS_TOPIC_ARN: alerts.topic.topicArn,
      CHAT_TOPIC_ARN: chat.topic.topicArn,
      PROBE_TOPIC_ARN: probeTopic?.topic.topicArn ?? 'none',
      ALERT_SETTINGS: JSON.stringify(alertSettingsOf(settings)),
    } satisfies PublisherVariables,
    logDays: settings.logDays,
  });
  // Intents belong to jobs, or are notices; `state` holds what is left of the budget.
  const intents = ['job#*', 'notice#*'];
  const own = ['state#*', 'message#*'];
  grantKeys(records, publisher, ['dynamodb:GetItem'], own);
  grantKeys(records, publisher, ['dynamodb:BatchGetItem'], intents);
  grantKeys(records, publisher, ['dynamodb:UpdateItem'], [...intents, ...own]);
  grantKeys(records, publisher, ['dynamodb:PutItem'], ['message#*', 'lease#*', 'sent#*']);
  grantKeys(records, publisher, ['dynamodb:DeleteItem'], ['lease#*']);
  grantIndex(records, publisher, RECORDS_INDEXES.pending.name);
  grantKeys(registry, publisher, ['dynamodb:Query'], ['silence']);
  alerts.topic.grantPublish(publisher);
  chat.topic.grantPublish(publisher);
  probeTopic?.topic.grantPublish(publisher);
  consumeStream(records, publisher, { filters: [INTENT_INSERTED], batchSize: 100, givenUp });
  return publisher;
}
