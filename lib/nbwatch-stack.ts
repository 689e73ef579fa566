import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { IngestVariables } from '../functions/ingest/environment.ts';
import { FACT_INSERTED, INTENT_INSERTED } from '../functions/keys/filters.ts';
import { LEDGER_INDEXES, RECORDS_INDEXES, REGISTRY_INDEXES } from '../functions/keys/indexes.ts';
import { stateKey } from '../functions/keys/records.ts';
import { CANARY_TOKENS } from '../functions/keys/registry.ts';
import type { ProbeVariables } from '../functions/probe/environment.ts';
import type { ProjectionVariables } from '../functions/projection/environment.ts';
import type { PublisherVariables } from '../functions/publisher/environment.ts';
import type { WatchVariables } from '../functions/watch/environment.ts';
import type { Thresholds } from '../functions/watch/thresholds.ts';
import { addAlarms } from './alarms.ts';
import { alertSettingsOf, chatSubscribersOf, operatorsOf, subscribersOf } from './alert-settings-of.ts';
import { AlertsTopic } from './alerts-topic.ts';
import { Archive } from './archive.ts';
import { ChatTopic } from './chat-topic.ts';
import { NbwatchDashboard } from './dashboard.ts';
import { alarmOnFloods } from './floods.ts';
import { Gateway } from './gateway.ts';
import { grantIndex, grantKeys, grantList, grantListSubscriptions, grantReceive } from './grants.ts';
import { KeptBucket } from './kept-bucket.ts';
import { NbwatchFunction } from './nbwatch-function.ts';
import { Operations } from './operations.ts';
import { ProbeTopic } from './probe-topic.ts';
import { Report } from './report.ts';
import type { Settings } from './settings.ts';
import { Stores } from './stores.ts';
import { consumeStream } from './stream-consumer.ts';
import { subscriptionsOf } from './subscriptions.ts';

export interface NbwatchStackProps extends StackProps {
  settings: Settings;
}

/** The whole product: gateway, `ingest`, ledger, `projection`, records, `publisher`, topics. docs/architecture.md draws it. */
export class NbwatchStack extends Stack {
  constructor(scope: Construct, id: string, { settings, ...props }: NbwatchStackProps) {
    super(scope, id, {
      description: 'nbwatch: receives NetBackup notifications, keeps them, alerts on failed jobs',
      ...props,
    });
    const stores = new Stores(this, 'Stores', { keep: settings.keepData, adopted: settings });
    const { ledger, records, registry } = stores;
    const alerts = new AlertsTopic(this, 'Alerts', { subscriptions: subscriptionsOf(settings) });
    const chat = new ChatTopic(this, 'Chat', settings);
    const probeTopic = settings.canary ? new ProbeTopic(this, 'ProbeTopic') : undefined;
    const alertSettings = JSON.stringify(alertSettingsOf(settings));
    const operations = new Operations(this, 'Operations', {
      emails: settings.operationsEmails,
      undelivered: alerts.undelivered,
    });
    const gateway = new Gateway(this, 'Gateway', settings);
    const givenUp = this.givenUpBucket();
    const { logDays } = settings;

    const ingest = new NbwatchFunction(this, 'Ingest', {
      folder: 'ingest',
      description: 'Answers NetBackup: checks, appends facts to the ledger, acknowledges',
      // Above the handler's own deadline, which is what ends a slow message; this ends only a hung process.
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
      logDays,
    });
    gateway.route(ingest);
    gateway.grantConnections(ingest, ['POST', 'DELETE']);
    grantKeys(ledger, ingest, ['dynamodb:PutItem'], ['job#*', 'image#*', 'aside#*']);
    // Of facts only: which of a large message are there already.
    grantKeys(ledger, ingest, ['dynamodb:BatchGetItem'], ['job#*', 'image#*']);
    grantKeys(
      registry,
      ingest,
      ['dynamodb:GetItem'],
      ['token#*', CANARY_TOKENS, 'connection#*', 'endpoint', 'aside#*'],
    );
    grantKeys(registry, ingest, ['dynamodb:PutItem'], ['connection#*']);
    // Of an endpoint: that its token was used. Of put asides: how many there were this hour.
    grantKeys(registry, ingest, ['dynamodb:UpdateItem'], ['connection#*', 'endpoint', 'aside#*']);

    const projection = new NbwatchFunction(this, 'Projection', {
      folder: 'projection',
      description: 'Behind the ledger: folds the facts of a job or image into its records, writes intents',
      timeout: Duration.minutes(1),
      environment: {
        LEDGER_TABLE: ledger.tableName,
        RECORDS_TABLE: records.tableName,
        IMAGE_RECORD_DAYS: String(settings.imageRecordDays),
      } satisfies ProjectionVariables,
      logDays,
    });
    grantKeys(ledger, projection, ['dynamodb:Query'], ['job#*', 'image#*', 'aside#*']);
    grantKeys(records, projection, ['dynamodb:PutItem'], ['job#*', 'image#*', 'series#*', 'unprojected#*', 'notice#*']);
    // Of a job: whether its run counts as usable. Of a notice: whether people were told already of what was put aside.
    grantKeys(records, projection, ['dynamodb:GetItem'], ['series#*', 'job#*', 'notice#*']);
    grantKeys(records, projection, ['dynamodb:Query'], ['series#*']);
    consumeStream(ledger, projection, { filters: [FACT_INSERTED], batchSize: 100, givenUp });

    const publisher = new NbwatchFunction(this, 'Publisher', {
      folder: 'publisher',
      description: 'Behind the records: publishes what people must hear of',
      timeout: Duration.minutes(1),
      environment: {
        RECORDS_TABLE: records.tableName,
        REGISTRY_TABLE: registry.tableName,
        ALERTS_TOPIC_ARN: alerts.topic.topicArn,
        CHAT_TOPIC_ARN: chat.topic.topicArn,
        PROBE_TOPIC_ARN: probeTopic?.topic.topicArn ?? 'none',
        ALERT_SETTINGS: alertSettings,
      } satisfies PublisherVariables,
      logDays,
    });
    // Intents are of jobs, or notices; `state` is what the budget has left.
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

    const watch = new NbwatchFunction(this, 'Watch', {
      folder: 'watch',
      description: 'Each minute: looks for what no notification tells',
      timeout: Duration.seconds(50),
      environment: {
        REGISTRY_TABLE: registry.tableName,
        RECORDS_TABLE: records.tableName,
        LEDGER_TABLE: ledger.tableName,
        GIVEN_UP_URL: `https://s3.${this.region}.${this.urlSuffix}/${givenUp.bucketName}`,
        ENDPOINT_URL: gateway.url,
        ALERTS_TOPIC_ARN: alerts.topic.topicArn,
        CHAT_TOPIC_ARN: chat.topic.topicArn,
        OPERATIONS_TOPIC_ARN: operations.topic.topicArn,
        ALERT_SETTINGS: alertSettings,
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
      logDays,
    });
    grantKeys(registry, watch, ['dynamodb:Query'], ['endpoint', 'feed']);
    grantKeys(registry, watch, ['dynamodb:PutItem'], ['feed', 'gap#*']);
    grantKeys(registry, watch, ['dynamodb:UpdateItem'], ['connection#*']);
    // For images that vanish: what people were told and what they dismissed; below, the images of a client.
    grantKeys(registry, watch, ['dynamodb:Query'], ['deletions', 'dismissal']);
    grantKeys(registry, watch, ['dynamodb:PutItem'], ['deletions']);
    grantIndex(records, watch, RECORDS_INDEXES.byClient.name);
    grantIndex(registry, watch, REGISTRY_INDEXES.byEndpoint.name);
    // For the daily summary: what the day brought, and which series fail.
    grantIndex(records, watch, RECORDS_INDEXES.byDay.name);
    grantIndex(records, watch, RECORDS_INDEXES.byPrimary.name);
    grantIndex(ledger, watch, LEDGER_INDEXES.byDay.name);
    grantKeys(records, watch, ['dynamodb:GetItem', 'dynamodb:PutItem'], ['notice#*']);
    // For backups that are overdue: their runs, what people expect, what was not heard, and what was told.
    grantKeys(records, watch, ['dynamodb:GetItem', 'dynamodb:Query'], ['series#*']);
    grantKeys(records, watch, ['dynamodb:PutItem', 'dynamodb:DeleteItem'], ['lease#overdue']);
    grantKeys(registry, watch, ['dynamodb:Query'], ['expectation', 'overdue#*', 'gap#*']);
    grantKeys(registry, watch, ['dynamodb:PutItem', 'dynamodb:DeleteItem'], ['overdue#*']);
    // What the host of the endpoint last showed of itself.
    grantKeys(registry, watch, ['dynamodb:GetItem', 'dynamodb:PutItem'], ['certificate']);
    grantListSubscriptions(watch, [alerts.topic, chat.topic, operations.topic]);
    gateway.grantConnections(watch, ['GET']);
    // For the alarms: what waits to be told, since when the publisher keeps it, and what the streams gave up.
    grantIndex(records, watch, RECORDS_INDEXES.pending.name);
    grantKeys(records, watch, ['dynamodb:GetItem'], [stateKey('publisher').pk]);
    grantList(givenUp, watch);

    new Rule(this, 'EachMinute', {
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [
        // What a woken publisher had to leave, because another held the lease or SNS refused, waits no longer than a minute.
        new LambdaFunction(publisher),
        new LambdaFunction(watch),
      ],
    });

    if (probeTopic) {
      const probe = new NbwatchFunction(this, 'Probe', {
        folder: 'probe',
        description: 'Each hour: sees whether people would be told of a failed job',
        // Above its own deadline, which is what ends a probe that waits in vain and counts it.
        timeout: Duration.seconds(150),
        environment: {
          REGISTRY_TABLE: registry.tableName,
          ENDPOINT_URL: gateway.url,
          QUEUE_URL: probeTopic.queue.queueUrl,
          DEADLINE_MS: String(Duration.minutes(2).toMilliseconds()),
        } satisfies ProbeVariables,
        logDays,
      });
      grantKeys(registry, probe, ['dynamodb:PutItem'], [CANARY_TOKENS]);
      grantReceive(probeTopic.queue, probe);
      new Rule(this, 'EachHour', { schedule: Schedule.rate(Duration.hours(1)), targets: [new LambdaFunction(probe)] });
    }

    const { archive, archiveDays } = settings;
    if (archive !== 'off')
      new Archive(this, 'Archive', { stores, operations, givenUp, mode: archive, days: archiveDays, logDays });

    const { reportHour } = settings;
    if (reportHour !== 'off') new Report(this, 'Report', { stores, settings: { ...settings, reportHour } });

    // Last: they look at every function of the stack, and the dashboard at every alarm.
    addAlarms(operations, { canary: settings.canary, alerts: alerts.topic });
    alarmOnFloods(operations, ingest, settings);
    new NbwatchDashboard(this, 'Dashboard', { alarms: operations.alarms });

    const output = (name: string, value: string, description: string) =>
      new CfnOutput(this, name, { value, description });
    output('EndpointUrl', gateway.url, 'What NetBackup connects to: the url of an endpoint file');
    output('ManagementUrl', gateway.stage.callbackUrl, 'Where connections are looked at and ended');
    if (gateway.domainTarget !== undefined)
      output('DomainTarget', gateway.domainTarget, 'What the CNAME record of nbwatch:domainName has to name');
    output('AlertsTopicArn', alerts.topic.topicArn, 'Subscribe email, queues, functions and HTTPS endpoints to this');
    output('ChatTopicArn', chat.topic.topicArn, 'Subscribe Slack and Teams to this');
    output(
      'UndeliveredQueueUrl',
      alerts.undelivered.queueUrl,
      'Alerts, and news of operations, that SNS could not deliver to a subscriber',
    );
    output('OperationsTopicArn', operations.topic.topicArn, 'Subscribe those who run nbwatch: its alarms go here');
    output('LedgerTable', ledger.tableName, 'Every fact that NetBackup reported, and what was put aside');
    output('RecordsTable', records.tableName, 'Jobs and images as they are now, intents and messages');
    output('RegistryTable', registry.tableName, 'Endpoints and connections');
    output('ImageRecordDays', String(settings.imageRecordDays), 'How long the record of a deleted image is kept');
    output('GivenUpBucket', givenUp.bucketName, 'Stream records that failed for a day, whole');
  }

  /** Where stream records go that failed for 23 hours. They point at facts the ledger still has, so 400 days are plenty. */
  private givenUpBucket(): Bucket {
    return new KeptBucket(this, 'GivenUp', {
      lifecycleRules: [{ expiration: Duration.days(400) }],
    });
  }
}
