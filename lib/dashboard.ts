import { Duration, Stack } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type GraphWidgetProps,
  type IAlarm,
  type IWidget,
  Stats,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { METRICS, type MetricName } from '../functions/runtime/metrics.ts';
import { functionsOf, streamConsumersOf } from './functions-of.ts';
import { lambdaMetric, ownMetric } from './metrics.ts';

export interface NbwatchDashboardProps {
  alarms: readonly IAlarm[];
}

/** The width of a CloudWatch dashboard. */
const COLUMNS = 24;

const MINUTES_5 = Duration.minutes(5);

/** `JobFailed` as `Job failed`. */
const inWords = (name: string) => name.replaceAll(/(?<=.)[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/**
 * One page that shows a backup administrator whether nbwatch is healthy and what it does. docs/operations.md explains
 * each graph.
 */
export class NbwatchDashboard extends Construct {
  constructor(scope: Construct, id: string, { alarms }: NbwatchDashboardProps) {
    super(scope, id);
    new Dashboard(this, 'Dashboard', {
      defaultInterval: Duration.days(1),
      widgets: [
        [heading('Is it healthy?')],
        [new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: COLUMNS, height: 3 })],
        [heading('What NetBackup reports')],
        inRow(this.reported()),
        [heading('How fast it is')],
        inRow(this.fast()),
        [heading('What people are told')],
        inRow(this.told()),
        [heading('What it runs on')],
        inRow(this.runsOn()),
      ],
    });
  }

  /** How often each metric was counted. `named`: the label of each. */
  private sums(named: Partial<Record<MetricName, string>>) {
    return Object.entries(named).map(([name, label]) =>
      ownMetric(this, name as MetricName, { label, statistic: Stats.SUM, period: MINUTES_5 }),
    );
  }

  /** The greatest value of metrics that are written about every minute. */
  private levels(named: Partial<Record<MetricName, string>>) {
    return Object.entries(named).map(([name, label]) =>
      ownMetric(this, name as MetricName, { label, statistic: Stats.MAXIMUM, period: MINUTES_5 }),
    );
  }

  private percentiles(name: MetricName) {
    const one = (label: string, percentile: number) =>
      ownMetric(this, name, { label, statistic: Stats.percentile(percentile), period: MINUTES_5 });
    return [one('half of them within', 50), one('99 of 100 within', 99)];
  }

  private reported(): GraphWidgetProps[] {
    const acknowledged = ownMetric(this, 'AcknowledgementTime', {
      label: 'acknowledged',
      statistic: Stats.SAMPLE_COUNT,
      period: MINUTES_5,
    });
    return [
      {
        title: 'Notifications',
        left: [acknowledged, ...this.sums({ Unacknowledged: 'connection gone before the answer' })],
      },
      {
        title: 'Facts in them',
        left: this.sums({ Facts: 'new', Duplicates: 'known already', Variants: 'known otherwise' }),
      },
      {
        title: 'Put aside, or without an answer',
        left: this.sums({
          StoredInPart: 'put aside in part',
          PutAside: 'put aside',
          PutAsideUnanswered: 'put aside, unanswered',
          PutAsideNotKept: 'put aside, only counted',
          Silent: 'silent: sent again by NetBackup',
        }),
      },
    ];
  }

  private fast(): GraphWidgetProps[] {
    const axis = { label: 'ms', min: 0, showUnits: false };
    return [
      {
        title: 'Until NetBackup has its acknowledgement',
        left: this.percentiles('AcknowledgementTime'),
        leftYAxis: axis,
        leftAnnotations: [{ value: 2_000, label: 'NetBackup gives up' }],
      },
      {
        title: 'Until jobs and images show it',
        left: this.percentiles('ProjectionDelay'),
        leftYAxis: axis,
      },
    ];
  }

  private told(): GraphWidgetProps[] {
    const byKind = Object.keys(METRICS).filter((name) => name.endsWith('Messages'));
    const kinds = Object.fromEntries(byKind.map((name) => [name, inWords(name.replace('Messages', ''))]));
    return [
      { title: 'Messages', left: this.sums(kinds), stacked: true },
      {
        title: 'What waits to be told',
        left: this.levels({ PendingIntents: 'intents' }),
        right: this.levels({ OldestIntent: 'the oldest, late by' }),
        rightYAxis: { label: 's', min: 0, showUnits: false },
      },
      {
        title: 'Not delivered',
        left: [
          ...this.sums({ PublishFailures: 'not taken by SNS' }),
          ...this.levels({ SubscriptionsMissing: 'subscribers missing' }),
        ],
      },
    ];
  }

  private runsOn(): GraphWidgetProps[] {
    const functions = functionsOf(Stack.of(this));
    const nameOf = ({ node }: Construct) => (node.id === 'Function' ? (node.scope?.node.id ?? node.id) : node.id);
    const each = (metric: string, statistic: string, ofThem = functions) =>
      ofThem.map((one) => lambdaMetric(one, metric, { label: nameOf(one), statistic, period: MINUTES_5 }));
    return [
      {
        title: 'Connections',
        left: this.levels({
          Connections: 'open',
          SeveralConnections: 'endpoints with several',
          ConnectionChurn: 'endpoints that connect often',
        }),
      },
      { title: 'Errors of functions', left: each('Errors', Stats.SUM) },
      { title: 'Throttled functions', left: each('Throttles', Stats.SUM) },
      {
        title: 'Age of the streams',
        left: each('IteratorAge', Stats.MAXIMUM, streamConsumersOf(Stack.of(this))),
        leftYAxis: { label: 'ms', min: 0, showUnits: false },
        right: this.levels({ GivenUp: 'batches given up' }),
      },
    ];
  }
}

function heading(title: string): IWidget {
  return new TextWidget({ markdown: `## ${title}`, width: COLUMNS, height: 1 });
}

/** Graphs side by side, equally wide. */
function inRow(graphs: readonly GraphWidgetProps[]): IWidget[] {
  return graphs.map((props) => new GraphWidget({ width: COLUMNS / graphs.length, height: 6, ...props }));
}
