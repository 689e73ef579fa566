import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { MetricName } from '../functions/runtime/metrics.ts';
import { ownMetric } from './metrics.ts';

export interface OperationsProps {
  emails: readonly string[];
  /** The queue for what SNS cannot deliver to one of them. */
  undelivered: IQueue;
}

/** How a period without a value counts, by when the metric is written. */
const MISSING = {
  always: TreatMissingData.IGNORE,
  'when it happens': TreatMissingData.NOT_BREACHING,
  'each period': TreatMissingData.BREACHING,
};

export interface AlarmProps {
  /** What has happened and what to do about it: together the text of the alarm. */
  means: string;
  todo: string;
  /**
   * `always`: the metric is written even when it is 0, so the alarm keeps its state until the next value, however long
   * that takes.
   * `when it happens`: the metric is written only then, so a period without a value is a good one.
   * `each period`: a period without a value is a bad one, because the writer did not run. CloudWatch raises the alarm
   * only some periods later: it looks for older values first (CloudWatch User Guide, "How alarm state is evaluated when
   * data is missing").
   */
  written: keyof typeof MISSING;
  /** The length of a period; a minute unless given. */
  period?: Duration;
  /** Whether any bad value in a period raises the alarm (the default), or only a period in which all are bad. */
  failures?: 'any' | 'all';
  /** The least value that is bad; 1 unless given. */
  threshold?: number;
  /**
   * For how many periods a bad one keeps the alarm raised, so that what comes and goes is mailed once; 1 unless given.
   */
  lasts?: number;
  /** How many of these periods must be bad; 1 unless given. */
  bad?: number;
  /**
   * Raises the alarm while the least value is at most this, instead of at least `threshold`. A metric may have several
   * such alarms.
   */
  atMost?: number;
}

/** The path of an alarm's article. */
export const articleOf = (alarm: string) => `docs/operations.md#${alarm.toLowerCase()}`;

/** Alerts the people who run nbwatch when it needs them: a topic of its own, and the alarms that publish to it. */
export class Operations extends Construct {
  readonly topic: Topic;
  /** The alarms that publish to the topic. */
  readonly alarms: Alarm[] = [];

  constructor(scope: Construct, id: string, { emails, undelivered }: OperationsProps) {
    super(scope, id);
    const alarms = new ServicePrincipal('cloudwatch.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
    });
    // CloudWatch cannot publish to a topic under SNS's own key, because nobody can change that key's policy.
    const key = new Key(this, 'Key', {
      description: 'nbwatch: encrypts what is published to the operations topic',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.topic = new Topic(this, 'Topic', { displayName: 'nbwatch operations', masterKey: key, enforceSSL: true });
    // This also lets CloudWatch use the key for publishing, and for nothing else.
    this.topic.grantPublish(alarms);
    for (const address of emails)
      this.topic.addSubscription(new EmailSubscription(address, { deadLetterQueue: undelivered }));
  }

  /**
   * Raises an alarm while the greatest (or the least) value of a metric in a period is at least `threshold`, or the
   * least at most `atMost`.
   */
  alarmOn(name: MetricName, props: AlarmProps): void {
    const { period = Duration.minutes(1), failures = 'any', atMost } = props;
    const metric = ownMetric(this, name, {
      statistic: failures === 'any' && atMost === undefined ? 'Maximum' : 'Minimum',
      period,
    });
    this.alarmOnMetric(name, metric, props);
  }

  /**
   * Raises an alarm on another kind of metric: one of AWS, or one computed from several. The metric brings its own
   * period.
   */
  alarmOnMetric(
    name: string,
    metric: IMetric,
    { means, todo, written, threshold = 1, atMost, lasts = 1, bad = 1 }: Omit<AlarmProps, 'period' | 'failures'>,
  ): void {
    const alarm = new Alarm(this, `${name}${atMost ?? ''}`, {
      metric,
      alarmDescription: `${means} ${todo} The article: ${articleOf(name)}`,
      threshold: atMost ?? threshold,
      comparisonOperator:
        atMost === undefined
          ? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
          : ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: lasts,
      datapointsToAlarm: bad,
      treatMissingData: MISSING[written],
    });
    const tell = new SnsAction(this.topic);
    alarm.addAlarmAction(tell);
    alarm.addOkAction(tell);
    this.alarms.push(alarm);
  }
}
