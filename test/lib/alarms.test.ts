import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, inject, it } from 'vitest';
import { articleOf } from '../../lib/operations.ts';
import { readAssembly } from '../../local/stack/synthesize.ts';

const template = Template.fromJSON({ ...readAssembly(inject('assemblyFolder')).template });

interface MetricStat {
  Metric: { Namespace: string; MetricName: string; Dimensions: { Name: string; Value: unknown }[] };
  Stat: string;
  Period: number;
}

/** Each alarm by its name. */
const alarms = new Map(
  Object.entries(template.findResources('AWS::CloudWatch::Alarm')).map(([id, { Properties }]) => [
    /^Operations(\w+)[0-9A-F]{8}$/.exec(id)?.[1] ?? '',
    Properties,
  ]),
);
const named = (name: string) => alarms.get(name);
const metricsOf = (name: string): MetricStat[] =>
  (named(name)?.Metrics ?? []).flatMap((one: { MetricStat?: MetricStat }) => one.MetricStat ?? []);

describe('an alarm', () => {
  // Name; metric or expression; statistic; period in s; threshold; number of periods; what missing data counts as.
  it.each<[string, string, string, number, number, number, string]>([
    ['Unanswered', 'SUM([FILL(m0, 0), FILL(m1, 0)])', 'Sum', 300, 5, 3, 'notBreaching'],
    ['PutAsides', 'SUM([FILL(m0, 0), FILL(m1, 0), FILL(m2, 0)])', 'Sum', 3_600, 1, 24, 'notBreaching'],
    ['SeveralConnections', 'SeveralConnections', 'Maximum', 60, 1, 20, 'notBreaching'],
    ['ConnectionChurn', 'ConnectionChurn', 'Maximum', 300, 1, 3, 'notBreaching'],
    ['Unprojected', 'Unprojected', 'Maximum', 300, 1, 1, 'notBreaching'],
    ['GivenUp', 'GivenUp', 'Maximum', 300, 1, 2, 'notBreaching'],
    ['OldestIntent', 'OldestIntent', 'Maximum', 60, 600, 1, 'ignore'],
    ['PublishFailures', 'PublishFailures', 'Maximum', 300, 1, 1, 'notBreaching'],
    ['SubscriptionsMissing', 'SubscriptionsMissing', 'Maximum', 900, 1, 2, 'notBreaching'],
    ['Undelivered', 'SUM([FILL(m0, 0), FILL(m1, 0)])', 'Sum', 300, 1, 12, 'notBreaching'],
    ['WatchFailed', 'WatchFailed', 'Minimum', 300, 1, 1, 'breaching'],
    ['CanaryMissed', 'CanaryMissed', 'Maximum', 3_600, 1, 1, 'breaching'],
    ['Refused', 'Refused', 'Sum', 300, 100, 3, 'notBreaching'],
    ['Flood', 'Invocations', 'Sum', 300, 30_000, 3, 'notBreaching'],
    ['LedgerChanged', 'LedgerChanged', 'Maximum', 300, 1, 1, 'notBreaching'],
    ['CertificateChanged', 'CertificateChanged', 'Maximum', 3_600, 1, 2, 'notBreaching'],
    ['StreamAge', 'MAX([FILL(m0, 0), FILL(m1, 0), FILL(m2, 0)])', 'Maximum', 300, 300_000, 1, 'notBreaching'],
    [
      'Throttles',
      'SUM([FILL(m0, 0), FILL(m1, 0), FILL(m2, 0), FILL(m3, 0), FILL(m4, 0), FILL(m5, 0)])',
      ...(['Sum', 300, 1, 3, 'notBreaching'] as const),
    ],
    [
      'FunctionErrors',
      'SUM([FILL(m0, 0), FILL(m1, 0), FILL(m2, 0), FILL(m3, 0), FILL(m4, 0)])',
      ...(['Sum', 300, 3, 3, 'notBreaching'] as const),
    ],
  ])(
    'on %s watches %s, by its own statistic, period, threshold and rule for missing data',
    (name, of, stat, period, threshold, periods, missing) => {
      const alarm = named(name);
      const [first] = metricsOf(name);
      const expression = alarm?.Metrics?.find(
        (one: { Expression?: string }) => one.Expression !== undefined,
      )?.Expression;
      expect({
        of: alarm?.MetricName ?? expression,
        stat: alarm?.Statistic ?? first?.Stat,
        period: alarm?.Period ?? first?.Period,
        threshold: alarm?.Threshold,
        periods: alarm?.EvaluationPeriods,
        missing: alarm?.TreatMissingData,
      }).toEqual({ of, stat, period, threshold, periods, missing });
      expect(alarm).toMatchObject({ ComparisonOperator: 'GreaterThanOrEqualToThreshold' });
    },
  );

  it('begins with one bad period, except SeveralConnections, which begins with ten', () => {
    const several = [...alarms].filter(([, { DatapointsToAlarm }]) => DatapointsToAlarm !== 1);
    expect(several).toMatchObject([['SeveralConnections', { DatapointsToAlarm: 10 }]]);
  });

  it.each([30, 7, 1])('on the certificate is raised when at most %i days are left', (days) => {
    expect(named(`CertificateDaysLeft${days}`)).toMatchObject({
      ...{ MetricName: 'CertificateDaysLeft', Statistic: 'Minimum', Period: 3_600, Threshold: days },
      ...{ ComparisonOperator: 'LessThanOrEqualToThreshold', TreatMissingData: 'ignore' },
    });
  });

  it('publishes to the operations topic when it begins and when it ends, and its description names its article', () => {
    expect(alarms.size).toBe(Object.keys(template.findResources('AWS::CloudWatch::Alarm')).length);
    for (const [name, { AlarmActions, OKActions, AlarmDescription }] of alarms) {
      const topic = [{ Ref: expect.stringMatching(/^OperationsTopic/) }];
      expect({ AlarmActions, OKActions }).toEqual({ AlarmActions: topic, OKActions: topic });
      expect(AlarmDescription.endsWith(` ${articleOf(name.replace(/\d+$/, ''))}`)).toBe(true);
      // CloudWatch accepts this length, and an email of SNS shows it whole.
      expect(AlarmDescription.length).toBeLessThan(400);
    }
    expect(articleOf('GivenUp')).toBe('docs/operations.md#givenup');
  });
});

describe('an alarm of several metrics', () => {
  it.each([
    ['Unanswered', ['Silent', 'PutAsideUnanswered']],
    ['PutAsides', ['PutAside', 'PutAsideUnanswered', 'StoredInPart']],
  ])('on %s adds the nbwatch metrics %j', (name, metrics) => {
    expect(metricsOf(name).map(({ Metric: { Namespace, MetricName } }) => [Namespace, MetricName])).toEqual(
      metrics.map((one) => ['nbwatch', one]),
    );
  });

  it.each([
    ['StreamAge', 'IteratorAge', ['Projection', 'Publisher', 'ArchiveFunction']],
    ['Throttles', 'Throttles', ['Ingest', 'Projection', 'Publisher', 'Watch', 'Probe', 'ArchiveFunction']],
    ['FunctionErrors', 'Errors', ['Ingest', 'Projection', 'Publisher', 'Probe', 'ArchiveFunction']],
  ])(
    'on %s watches %s of the stack’s functions %j, and of no other function of the account',
    (name, metric, functions) => {
      const looked = metricsOf(name).map(({ Metric: { Namespace, MetricName, Dimensions } }) => {
        const [{ Name, Value } = { Name: '', Value: {} }] = Dimensions;
        const id = String(Reflect.get(Object(Value), 'Ref')).replace(/[0-9A-F]{8}$/, '');
        return [Namespace, MetricName, Name, id];
      });
      expect(looked).toEqual(functions.map((one) => ['AWS/Lambda', metric, 'FunctionName', one]));
    },
  );

  it('on Undelivered adds what SNS moves from the alerts topic to the dead-letter queue, and what it cannot move', () => {
    const topic = { 'Fn::GetAtt': [expect.stringMatching(/^AlertsTopic/), 'TopicName'] };
    expect(metricsOf('Undelivered').map(({ Metric }) => Metric)).toEqual(
      ['NumberOfNotificationsRedrivenToDlq', 'NumberOfNotificationsFailedToRedriveToDlq'].map((MetricName) => ({
        ...{ Namespace: 'AWS/SNS', MetricName },
        Dimensions: [{ Name: 'TopicName', Value: topic }],
      })),
    );
  });
});

it('no alarm has more metrics than the ten that CloudWatch allows', () => {
  for (const { Metrics = [] } of alarms.values()) expect(Metrics.length).toBeLessThanOrEqual(10);
});
