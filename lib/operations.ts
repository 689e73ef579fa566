import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { METRIC_DIMENSION, METRIC_NAMESPACE, type MetricName } from '../functions/runtime/metrics.ts';

export interface OperationsProps {
  emails: readonly string[];
  /** Where goes what SNS cannot deliver to one of them. */
  undelivered: IQueue;
}

/** What a period without a value is taken for, by when a metric is written. */
const MISSING = {
  always: TreatMissingData.IGNORE,
  'when it happens': TreatMissingData.NOT_BREACHING,
  'each period': TreatMissingData.BREACHING,
};

export interface AlarmProps {
  /** What has happened, and what to do about it: the text of the alarm. */
  means: string;
  todo: string;
  /**
   * `always`: the metric is written when it is 0 too, so the alarm stays as it is until the next value, however long that takes.
   * `when it happens`: it is written only then, so a period without a value is a good one.
   * `each period`: a period without a value is a bad one, because what writes it did not run. CloudWatch says so only some periods later:
   * it looks for older values first (CloudWatch User Guide, "How alarm state is evaluated when data is missing").
   */
  written: keyof typeof MISSING;
  /** How long one value counts; a minute unless given. */
  period?: Duration;
  /** Whether one value in a period raises the alarm (the default), or only all of them. */
  failures?: 'any' | 'all';
  /** Raises it while the least value is at most this, instead of while one is at least 1. A metric may have several such alarms. */
  atMost?: number;
}

/** What tells the people who run nbwatch that it needs them: a topic of its own, and the alarms that publish to it. */
export class Operations extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, { emails, undelivered }: OperationsProps) {
    super(scope, id);
    const alarms = new ServicePrincipal('cloudwatch.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
    });
    // CloudWatch cannot publish to a topic under SNS's own key, whose policy nobody can change.
    const key = new Key(this, 'Key', {
      description: 'nbwatch: encrypts what is published to the operations topic',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    key.grantEncryptDecrypt(alarms);
    this.topic = new Topic(this, 'Topic', { displayName: 'nbwatch operations', masterKey: key, enforceSSL: true });
    this.topic.grantPublish(alarms);
    for (const address of emails)
      this.topic.addSubscription(new EmailSubscription(address, { deadLetterQueue: undelivered }));
  }

  /** Raises an alarm while the greatest (or the least) value of a metric in a period is at least one, or the least is at most a value. */
  alarmOn(
    name: MetricName,
    { means, todo, written, period = Duration.minutes(1), failures = 'any', atMost }: AlarmProps,
  ): void {
    const metric = new Metric({
      namespace: METRIC_NAMESPACE,
      metricName: name,
      dimensionsMap: { [METRIC_DIMENSION]: Stack.of(this).stackName },
      statistic: failures === 'any' && atMost === undefined ? 'Maximum' : 'Minimum',
      period,
    });
    const alarm = new Alarm(this, `${name}${atMost ?? ''}`, {
      metric,
      alarmDescription: `${means} ${todo}`,
      threshold: atMost ?? 1,
      comparisonOperator:
        atMost === undefined
          ? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
          : ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: MISSING[written],
    });
    const tell = new SnsAction(this.topic);
    alarm.addAlarmAction(tell);
    alarm.addOkAction(tell);
  }
}
