import { CfnOutput, Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { LEDGER_INDEXES, RECORDS_INDEXES } from '../functions/keys/indexes.ts';
import type { ReportVariables } from '../functions/report/environment.ts';
import { grantIndex, grantKeys } from './grants.ts';
import { KeptBucket } from './kept-bucket.ts';
import { NbwatchFunction } from './nbwatch-function.ts';
import type { Settings } from './settings.ts';
import type { Stores } from './stores.ts';

export interface ReportProps {
  stores: Pick<Stores, 'ledger' | 'records' | 'registry'>;
  settings: Pick<Settings, 'zone' | 'reportDays' | 'deletedAgePercent' | 'logDays'> & { reportHour: number };
}

/** The function that writes a report every day, and the private bucket that it writes to. */
export class Report extends Construct {
  constructor(scope: Construct, id: string, { stores: { ledger, records, registry }, settings }: ReportProps) {
    super(scope, id);
    const bucket = new KeptBucket(this, 'Bucket', {
      lifecycleRules: [
        ...(settings.reportDays === 'forever' ? [] : [{ expiration: Duration.days(settings.reportDays) }]),
        { abortIncompleteMultipartUploadAfter: Duration.days(7) },
      ],
    });
    const report = new NbwatchFunction(this, 'Function', {
      folder: 'report',
      description: 'Every ten minutes: writes the report of the day when it is due',
      // It reads a month of a large domain page by page.
      timeout: Duration.minutes(10),
      environment: {
        LEDGER_TABLE: ledger.tableName,
        RECORDS_TABLE: records.tableName,
        REGISTRY_TABLE: registry.tableName,
        REPORT_BUCKET: bucket.bucketName,
        ZONE: settings.zone,
        REPORT_HOUR: String(settings.reportHour),
        YOUNG_PERCENT: String(settings.deletedAgePercent),
      } satisfies ReportVariables,
      logDays: settings.logDays,
    });
    for (const { name } of [RECORDS_INDEXES.byDay, RECORDS_INDEXES.byClient, RECORDS_INDEXES.byPrimary])
      grantIndex(records, report, name);
    grantIndex(ledger, report, LEDGER_INDEXES.byDay.name);
    grantKeys(registry, report, ['dynamodb:Query'], ['endpoint', 'feed', 'gap#*', 'expectation', 'overdue#*']);
    // Whether people were sent today's report already, and the intent to send it.
    grantKeys(records, report, ['dynamodb:GetItem', 'dynamodb:PutItem'], ['notice#*']);
    // It writes reports, and can neither read nor delete one.
    report.addToRolePolicy(
      new PolicyStatement({ actions: ['s3:PutObject'], resources: [bucket.arnForObjects('reports/*')] }),
    );
    new Rule(this, 'EachTenMinutes', {
      schedule: Schedule.rate(Duration.minutes(10)),
      targets: [new LambdaFunction(report)],
    });
    // Named like the other outputs, without the path of the construct.
    new CfnOutput(this, 'Output', {
      value: bucket.bucketName,
      description: 'The reports of each day',
    }).overrideLogicalId('ReportBucket');
  }
}
