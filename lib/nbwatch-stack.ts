import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { IngestVariables } from '../functions/ingest/environment.ts';
import { FACT_INSERTED, INTENT_INSERTED } from '../functions/keys/filters.ts';
import { RECORDS_INDEXES, REGISTRY_INDEXES } from '../functions/keys/indexes.ts';
import type { ProjectionVariables } from '../functions/projection/environment.ts';
import type { PublisherVariables } from '../functions/publisher/environment.ts';
import type { WatchVariables } from '../functions/watch/environment.ts';
import { AlertsTopic } from './alerts-topic.ts';
import { Gateway } from './gateway.ts';
import { grantIndex, grantKeys } from './grants.ts';
import { NbwatchFunction } from './nbwatch-function.ts';
import { Operations } from './operations.ts';
import type { Settings } from './settings.ts';
import { Stores } from './stores.ts';
import { consumeStream } from './stream-consumer.ts';

export interface NbwatchStackProps extends StackProps {
  settings: Settings;
}

/** The whole product: gateway, `ingest`, ledger, `projection`, records, `publisher`, topic. docs/architecture.md draws it. */
export class NbwatchStack extends Stack {
  constructor(scope: Construct, id: string, { settings, ...props }: NbwatchStackProps) {
    super(scope, id, {
      description: 'nbwatch: receives NetBackup notifications, keeps them, alerts on failed jobs',
      ...props,
    });
    const { ledger, records, registry } = new Stores(this, 'Stores', { keep: settings.keepData });
    const { topic } = new AlertsTopic(this, 'Alerts', settings);
    const operations = new Operations(this, 'Operations', { emails: settings.operationsEmails });
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
    grantKeys(registry, ingest, ['dynamodb:GetItem'], ['token#*', 'connection#*', 'endpoint', 'aside#*']);
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
    grantKeys(ledger, projection, ['dynamodb:Query'], ['job#*', 'image#*']);
    grantKeys(records, projection, ['dynamodb:PutItem'], ['job#*', 'image#*', 'series#*', 'unprojected#*']);
    grantKeys(records, projection, ['dynamodb:GetItem', 'dynamodb:Query'], ['series#*']);
    consumeStream(ledger, projection, { filter: FACT_INSERTED, batchSize: 100, givenUp });

    const publisher = new NbwatchFunction(this, 'Publisher', {
      folder: 'publisher',
      description: 'Behind the records: publishes what people must hear of',
      timeout: Duration.minutes(1),
      environment: { RECORDS_TABLE: records.tableName, ALERTS_TOPIC_ARN: topic.topicArn } satisfies PublisherVariables,
      logDays,
    });
    grantKeys(records, publisher, ['dynamodb:GetItem'], ['job#*']);
    grantKeys(records, publisher, ['dynamodb:UpdateItem'], ['job#*', 'message#*']);
    grantKeys(records, publisher, ['dynamodb:PutItem'], ['message#*', 'lease#*']);
    grantKeys(records, publisher, ['dynamodb:DeleteItem'], ['lease#*']);
    grantIndex(records, publisher, RECORDS_INDEXES.pending.name);
    topic.grantPublish(publisher);
    consumeStream(records, publisher, { filter: INTENT_INSERTED, batchSize: 100, givenUp });

    const watch = new NbwatchFunction(this, 'Watch', {
      folder: 'watch',
      description: 'Each minute: looks for what no notification tells',
      timeout: Duration.seconds(50),
      environment: {
        REGISTRY_TABLE: registry.tableName,
        AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: gateway.stage.callbackUrl,
      } satisfies WatchVariables,
      logDays,
    });
    grantKeys(registry, watch, ['dynamodb:Query'], ['endpoint']);
    grantKeys(registry, watch, ['dynamodb:UpdateItem'], ['connection#*']);
    grantIndex(registry, watch, REGISTRY_INDEXES.byEndpoint.name);
    gateway.grantConnections(watch, ['GET']);
    operations.alarmOn('SeveralConnections', {
      means:
        'For more than two minutes an endpoint has had several live connections, where a primary server keeps one.',
      todo: 'nbwatch endpoint show NAME lists them with their sources; if one is not yours, nbwatch endpoint rotate NAME.',
    });

    new Rule(this, 'EachMinute', {
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [
        // What a woken publisher had to leave, because another held the lease or SNS refused, waits no longer than a minute.
        new LambdaFunction(publisher),
        new LambdaFunction(watch),
      ],
    });

    const output = (name: string, value: string, description: string) =>
      new CfnOutput(this, name, { value, description });
    output('EndpointUrl', gateway.stage.url, 'What NetBackup connects to: the url of an endpoint file');
    output('AlertsTopicArn', topic.topicArn, 'Subscribe email, Slack, queues and functions to this');
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
