import { Duration, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { LEDGER_INDEXES, RECORDS_INDEXES, REGISTRY_INDEXES } from '../functions/keys/indexes.ts';
import { stateKey } from '../functions/keys/records.ts';
import type { WatchVariables } from '../functions/watch/environment.ts';
import type { Thresholds } from '../functions/watch/thresholds.ts';
import { alertSettingsOf, chatSubscribersOf, operatorsOf, subscribersOf } from './alert-settings-of.ts';
import { grantIndex, grantKeys, grantList, grantListSubscriptions } from './grants.ts';
import { NbwatchFunction } from './nbwatch-function.ts';
import type { Parts } from './parts.ts';

/** The function that the clock wakes every minute, to look for what no notification reports. */
export function addWatch(
  scope: Construct,
  { stores: { ledger, records, registry }, alerts, chat, operations, gateway, givenUp, settings }: Parts,
): NbwatchFunction {
  const { region, urlSuffix } = Stack.of(scope);
  const watch = new NbwatchFunction(scope, 'Watch', {
    folder: 'watch',
    description: 'Every minute: looks for what no notification reports',
    timeout: Duration.seconds(50),
    environment: {
      REGISTRY_TABLE: registry.tableName,
      RECORDS_TABLE: records.tableName,
      LEDGER_TABLE: ledger.tableName,
      GIVEN_UP_URL: `https://s3.${region}.${urlSuffix}/${givenUp.bucketName}`,
      ENDPOINT_URL: gateway.url,
      ALERTS_TOPIC_ARN: alerts.topic.topicArn,
      CHAT_TOPIC_ARN: chat.topic.topicArn,
      OPERATIONS_TOPIC_ARN: operations.topic.topicArn,
      ALERT_SETTINGS: JSON.stringify(alertSettingsOf(settings)),
      THRESHOLDS: JSON.stringify({
        feedLostMinutes: settings.feedLostMinutes,
        overdueRuns: settings.overdueRuns,
        overdueGaps: settings.overdueGaps,
        overdueHours: settings.overdueHours,
        deletedImages: settings.deletedImages,
        deletedAgePercent: settings.deletedAgePercent,
      } satisfies Thresholds),
      ALERT_SUBSCRIBERS: JSON.stringify(subscribersOf(settings)),
      CHAT_SUBSCRIBERS: JSON.stringify(chatSubscribersOf(settings)),
      OPERATIONS_SUBSCRIBERS: JSON.stringify(operatorsOf(settings)),
      AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: gateway.stage.callbackUrl,
    } satisfies WatchVariables,
    logDays: settings.logDays,
  });
  grantKeys(registry, watch, ['dynamodb:Query'], ['endpoint', 'feed']);
  grantKeys(registry, watch, ['dynamodb:PutItem'], ['feed', 'gap#*']);
  grantKeys(registry, watch, ['dynamodb:UpdateItem'], ['connection#*']);
  // For images that vanish: what was reported to people and what they dismissed; then the images of a client.
  grantKeys(registry, watch, ['dynamodb:Query'], ['deletions', 'dismissal']);
  grantKeys(registry, watch, ['dynamodb:PutItem'], ['deletions']);
  grantIndex(records, watch, RECORDS_INDEXES.byClient.name);
  grantIndex(registry, watch, REGISTRY_INDEXES.byEndpoint.name);
  // For the daily summary: what the day brought, and which series fail.
  grantIndex(records, watch, RECORDS_INDEXES.byDay.name);
  grantIndex(records, watch, RECORDS_INDEXES.byPrimary.name);
  grantIndex(ledger, watch, LEDGER_INDEXES.byDay.name);
  grantKeys(records, watch, ['dynamodb:GetItem', 'dynamodb:PutItem'], ['notice#*']);
  // For overdue backups: their runs, what people expect, when nothing was heard, and what was reported.
  grantKeys(records, watch, ['dynamodb:GetItem', 'dynamodb:Query'], ['series#*']);
  grantKeys(records, watch, ['dynamodb:PutItem', 'dynamodb:DeleteItem'], ['lease#overdue']);
  grantKeys(registry, watch, ['dynamodb:Query'], ['expectation', 'overdue#*', 'gap#*']);
  grantKeys(registry, watch, ['dynamodb:PutItem', 'dynamodb:DeleteItem'], ['overdue#*']);
  // The certificate that the endpoint's host last served.
  grantKeys(registry, watch, ['dynamodb:GetItem', 'dynamodb:PutItem'], ['certificate']);
  grantListSubscriptions(watch, [alerts.topic, chat.topic, operations.topic]);
  gateway.grantConnections(watch, ['GET']);
  // For the alarms: which intents wait, when the publisher last chose to keep them, and what the streams gave up.
  grantIndex(records, watch, RECORDS_INDEXES.pending.name);
  grantKeys(records, watch, ['dynamodb:GetItem'], [stateKey('publisher').pk]);
  grantList(givenUp, watch);
  return watch;
}
