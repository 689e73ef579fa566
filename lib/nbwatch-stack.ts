import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { IngestVariables } from '../functions/ingest/environment.ts';
import { FACT_INSERTED, INTENT_INSERTED } from '../functions/keys/filters.ts';
import { LEDGER_INDEXES, RECORDS_INDEXES, REGISTRY_INDEXES } from '../functions/keys/indexes.ts';
import { CANARY_TOKENS } from '../functions/keys/registry.ts';
import type { ProbeVariables } from '../functions/probe/environment.ts';
import type { ProjectionVariables } from '../functions/projection/environment.ts';
import type { PublisherVariables } from '../functions/publisher/environment.ts';
import type { WatchVariables } from '../functions/watch/environment.ts';
import type { Thresholds } from '../functions/watch/thresholds.ts';
import { alertSettingsOf, chatSubscribersOf, operatorsOf, subscribersOf } from './alert-settings-of.ts';
import { AlertsTopic } from './alerts-topic.ts';
import { ChatTopic } from './chat-topic.ts';
import { Gateway } from './gateway.ts';
import { grantIndex, grantKeys, grantListSubscriptions, grantReceive } from './grants.ts';
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
    const stores = new Stores(this, 'Stores', { keep: settings.keepData });
    const { ledger, records, registry } = stores;
    const alerts = new AlertsTopic(this, 'Alerts', { subscriptions: subscriptionsOf(settings) });
    const chat = new ChatTopic(this, 'Chat', settings);
    const probeTopic = settings.canary ? new ProbeTopic(this, 'ProbeTopic') : undefined;
    const alertSettings = JSON.stringify(alertSettingsOf(settings));
    const operations = new Operations(this, 'Operations', {
      emails: settings.operationsEmails,
      undelivered: alerts.undelivered,
    });
    const gateway = new Gateway(this, 'Gateway');
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
    consumeStream(ledger, projection, { filter: FACT_INSERTED, batchSize: 100, givenUp });

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
    // Intents are of jobs, or notices; `state` is what the budget has left. A transaction asks for the permissions of its members.
    const intents = ['job#*', 'notice#*'];
    const own = ['state#*', 'message#*'];
    grantKeys(records, publisher, ['dynamodb:GetItem', 'dynamodb:BatchGetItem'], [...intents, ...own]);
    grantKeys(records, publisher, ['dynamodb:UpdateItem'], [...intents, ...own]);
    grantKeys(records, publisher, ['dynamodb:PutItem'], [...own, 'lease#*', 'sent#*']);
    grantKeys(records, publisher, ['dynamodb:DeleteItem'], ['lease#*']);
    grantIndex(records, publisher, RECORDS_INDEXES.pending.name);
    grantKeys(registry, publisher, ['dynamodb:Query'], ['silence']);
    alerts.topic.grantPublish(publisher);
    chat.topic.grantPublish(publisher);
    probeTopic?.topic.grantPublish(publisher);
    consumeStream(records, publisher, { filter: INTENT_INSERTED, batchSize: 100, givenUp });

    const watch = new NbwatchFunction(this, 'Watch', {
      folder: 'watch',
      description: 'Each minute: looks for what no notification tells',
      timeout: Duration.seconds(50),
      environment: {
        REGISTRY_TABLE: registry.tableName,
        RECORDS_TABLE: records.tableName,
        LEDGER_TABLE: ledger.tableName,
        ENDPOINT_URL: gateway.stage.url,
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
    grantIndex(records, watch, RECORDS_INDEXES.bySeries.name);
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
    operations.alarmOn('SeveralConnections', {
      means:
        'For more than two minutes an endpoint has had several live connections, where a primary server keeps one.',
      todo: 'nbwatch endpoint show NAME lists them with their sources; if one is not yours, nbwatch endpoint rotate NAME.',
      written: 'always',
    });
    operations.alarmOn('WatchFailed', {
      means: 'Watch fails or does not run: lost feeds, overdue backups or images that vanish may not be told.',
      todo: 'The log of Watch says which duty fails and why; docs/operations.md says what to do.',
      written: 'each period',
      // One failure that the next run mends is none.
      period: Duration.minutes(5),
      failures: 'all',
    });
    operations.alarmOn('Unprojected', {
      means: 'A fact that is in the ledger cannot be read: a failed job may be in it, and raised no alert.',
      todo: 'nbwatch quarantine shows it with the reason; docs/operations.md says what to do.',
      written: 'when it happens',
      period: Duration.minutes(5),
    });
    operations.alarmOn('PublishFailures', {
      means: 'SNS did not take an alert: people may not know of a failed job.',
      todo: 'It stays pending and is tried again each minute. The log of Publisher says what SNS answered; docs/operations.md says what to do.',
      written: 'when it happens',
      // One alarm for a trouble that lasts: the next try may take more than a minute.
      period: Duration.minutes(5),
    });
    operations.alarmOn('SubscriptionsMissing', {
      means: 'A subscriber gets no alerts: the subscription was never confirmed, or somebody ended it.',
      todo: 'The log of Watch names it. Let its owner confirm, or deploy once without it in the settings and once with it.',
      written: 'always',
      // As often as it is written. Between two values, and while `watch` does not run, the state stays as it is.
      period: Duration.minutes(15),
    });

    for (const atMost of [30, 7, 1]) {
      operations.alarmOn('CertificateDaysLeft', {
        means: `The certificate of the endpoint ends within ${atMost === 1 ? 'a day' : `${atMost} days`}: then no primary server connects.`,
        todo: 'AWS renews its own certificates long before. nbwatch doctor shows which it is; docs/operations.md says what to do.',
        written: 'always',
        period: Duration.hours(1),
        atMost,
      });
    }
    operations.alarmOn('CertificateChanged', {
      means: 'The certificate of the endpoint is of another authority, and a primary server has not connected since.',
      todo: 'Accept the certificate in NetBackup again. nbwatch doctor names the endpoint; docs/operations.md says what to do.',
      written: 'always',
      period: Duration.hours(1),
    });

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
          ENDPOINT_URL: gateway.stage.url,
          QUEUE_URL: probeTopic.queue.queueUrl,
          DEADLINE_MS: String(Duration.minutes(2).toMilliseconds()),
        } satisfies ProbeVariables,
        logDays,
      });
      grantKeys(registry, probe, ['dynamodb:PutItem'], [CANARY_TOKENS]);
      grantReceive(probeTopic.queue, probe);
      new Rule(this, 'EachHour', { schedule: Schedule.rate(Duration.hours(1)), targets: [new LambdaFunction(probe)] });
      operations.alarmOn('CanaryMissed', {
        means: 'nbwatch reported a failed job to itself and was not told of it within two minutes, or did not try.',
        todo: 'People may not be told of failed jobs. The log of Probe says at which step it failed; docs/operations.md says what to do.',
        written: 'each period',
        period: Duration.hours(1),
      });
    }

    const { reportHour } = settings;
    if (reportHour !== 'off') new Report(this, 'Report', { stores, settings: { ...settings, reportHour } });

    const output = (name: string, value: string, description: string) =>
      new CfnOutput(this, name, { value, description });
    output('EndpointUrl', gateway.stage.url, 'What NetBackup connects to: the url of an endpoint file');
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
    return new Bucket(this, 'GivenUp', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      lifecycleRules: [{ expiration: Duration.days(400) }],
      // CloudFormation cannot delete a bucket that holds something, so it never tries to.
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }
}
