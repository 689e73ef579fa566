import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { addAlarms } from './alarms.ts';
import { alertSettingsOf } from './alert-settings-of.ts';
import { AlertsTopic } from './alerts-topic.ts';
import { Archive } from './archive.ts';
import { ChatTopic } from './chat-topic.ts';
import { NbwatchDashboard } from './dashboard.ts';
import { alarmOnFloods } from './floods.ts';
import { Gateway } from './gateway.ts';
import { addIngest } from './ingest.ts';
import { KeptBucket } from './kept-bucket.ts';
import { Operations } from './operations.ts';
import type { Parts } from './parts.ts';
import { addProbe } from './probe.ts';
import { ProbeTopic } from './probe-topic.ts';
import { addProjection } from './projection.ts';
import { addPublisher } from './publisher.ts';
import { Report } from './report.ts';
import type { Settings } from './settings.ts';
import { Stores } from './stores.ts';
import { subscriptionsOf } from './subscriptions.ts';
import { addWatch } from './watch.ts';

export interface NbwatchStackProps extends StackProps {
  settings: Settings;
}

/** The whole product: gateway, `ingest`, ledger, `projection`, records, `publisher`, topics (docs/architecture.md). */
export class NbwatchStack extends Stack {
  constructor(scope: Construct, id: string, { settings, ...props }: NbwatchStackProps) {
    super(scope, id, {
      description: 'nbwatch: receives NetBackup notifications, keeps them, alerts on failed jobs',
      ...props,
    });
    const stores = new Stores(this, 'Stores', { keep: settings.keepData, adopted: settings });
    const alerts = new AlertsTopic(this, 'Alerts', { subscriptions: subscriptionsOf(settings) });
    const chat = new ChatTopic(this, 'Chat', settings);
    const probeTopic = settings.canary ? new ProbeTopic(this, 'ProbeTopic') : undefined;
    const operations = new Operations(this, 'Operations', {
      emails: settings.operationsEmails,
      undelivered: alerts.undelivered,
    });
    const gateway = new Gateway(this, 'Gateway', settings);
    const givenUp = this.givenUpBucket();
    const parts: Parts = { settings, stores, gateway, alerts, chat, probeTopic, operations, givenUp };

    const ingest = addIngest(this, parts);
    addProjection(this, parts);
    const publisher = addPublisher(this, parts);
    const watch = addWatch(this, parts);
    new Rule(this, 'EachMinute', {
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [
        // Whatever a publisher had to leave, because another held the lease or SNS refused, waits at most a minute.
        new LambdaFunction(publisher),
        new LambdaFunction(watch),
      ],
    });
    if (probeTopic) addProbe(this, parts, probeTopic);

    const { archive, archiveDays, logDays, reportHour } = settings;
    if (archive !== 'off')
      new Archive(this, 'Archive', { stores, operations, givenUp, mode: archive, days: archiveDays, logDays });
    if (reportHour !== 'off') new Report(this, 'Report', { stores, settings: { ...settings, reportHour } });

    // Last: they look at every function of the stack, and the dashboard at every alarm.
    addAlarms(operations, { canary: settings.canary, alerts: alerts.topic });
    alarmOnFloods(operations, ingest, settings);
    new NbwatchDashboard(this, 'Dashboard', { alarms: operations.alarms });
    this.addOutputs(parts);
  }

  private addOutputs({ settings, stores, gateway, alerts, chat, operations, givenUp }: Parts): void {
    const output = (name: string, value: string, description: string) =>
      new CfnOutput(this, name, { value, description });
    output('EndpointUrl', gateway.url, 'What NetBackup connects to: the url of an endpoint file');
    output('ManagementUrl', gateway.stage.callbackUrl, 'Where nbwatch looks up connections and ends them');
    if (gateway.domainTarget !== undefined)
      output('DomainTarget', gateway.domainTarget, 'What the CNAME record of nbwatch:domainName has to point to');
    output('AlertsTopicArn', alerts.topic.topicArn, 'Subscribe email, queues, functions and HTTPS endpoints to this');
    output('ChatTopicArn', chat.topic.topicArn, 'Subscribe Slack and Teams to this');
    output(
      'UndeliveredQueueUrl',
      alerts.undelivered.queueUrl,
      'Alerts and operations messages that SNS could not deliver to a subscriber',
    );
    output('OperationsTopicArn', operations.topic.topicArn, 'Subscribe those who run nbwatch: its alarms go here');
    output('LedgerTable', stores.ledger.tableName, 'Every fact that NetBackup reported, and what was put aside');
    output('RecordsTable', stores.records.tableName, 'Jobs and images as they are now, intents and messages');
    output('RegistryTable', stores.registry.tableName, 'Endpoints and connections');
    output('ImageRecordDays', String(settings.imageRecordDays), 'How long the record of a deleted image is kept');
    output(
      'AlertSettings',
      JSON.stringify(alertSettingsOf(settings)),
      'Who gets which alerts and when, for nbwatch alerts pending',
    );
    output('GivenUpBucket', givenUp.bucketName, 'Whole stream records that failed for 23 hours');
  }

  /** For stream records that failed for 23 hours. They point at facts the ledger still has: 400 days are plenty. */
  private givenUpBucket(): Bucket {
    return new KeptBucket(this, 'GivenUp', {
      lifecycleRules: [{ expiration: Duration.days(400) }],
    });
  }
}
