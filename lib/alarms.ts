import { Duration, Stack } from 'aws-cdk-lib';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { MetricName } from '../functions/runtime/metrics.ts';
import { functionsOf, streamConsumersOf } from './functions-of.ts';
import { lambdaMetric, ownMetric, together } from './metrics.ts';
import type { Operations } from './operations.ts';

const MINUTES_5 = Duration.minutes(5);

export interface AlarmedProps {
  /** Whether the stack has a probe, which can be missed. */
  canary: boolean;
  /** The topic that people and programs get alerts from. */
  alerts: Topic;
}

/**
 * The alarms for the people who run nbwatch. An alarm sends a mail when it begins and when it ends, not while it lasts.
 * A condition that comes and goes keeps its alarm raised for a while, so that it does not mail each time.
 * docs/operations.md has an article for each alarm.
 */
export function addAlarms(operations: Operations, props: AlarmedProps): void {
  addAlarmsOfReceipt(operations);
  addAlarmsOfAlerts(operations, props);
  addAlarmsOfCertificate(operations);
  addAlarmsOfFunctions(operations);
}

/** Alarms on what NetBackup sends and what becomes of it. */
function addAlarmsOfReceipt(operations: Operations): void {
  const sum = (period: Duration, ...names: MetricName[]) => {
    const metrics = names.map((name) => ownMetric(operations, name, { statistic: Stats.SUM, period }));
    return together('SUM', metrics, { period });
  };
  operations.alarmOnMetric('Unanswered', sum(MINUTES_5, 'Silent', 'PutAsideUnanswered'), {
    means: 'Messages of NetBackup get no answer: what it reports may not be stored.',
    todo: 'It sends them again. The log of Ingest says why.',
    written: 'when it happens',
    // A cold start or a slow call leaves one message unanswered, and the next try is answered. A message that is never
    // answered comes 60 times.
    threshold: 5,
    lasts: 3,
  });
  operations.alarmOnMetric('PutAsides', sum(Duration.hours(1), 'PutAside', 'PutAsideUnanswered', 'StoredInPart'), {
    means: 'NetBackup sent something that nbwatch cannot read. It is kept, but it is in no record.',
    todo: 'npx nbwatch quarantine shows it with the reason.',
    written: 'when it happens',
    // Whoever sends one sends more: one alarm, which ends when none came for a day.
    lasts: 24,
  });
  operations.alarmOn('SeveralConnections', {
    means: 'For ten of twenty minutes an endpoint has had several live connections, where a primary server keeps one.',
    todo: 'npx nbwatch endpoint show NAME lists them with their sources; if one is not yours, npx nbwatch endpoint rotate NAME.',
    written: 'when it happens',
    // For ten minutes the gateway keeps a connection with a broken path beside the one its primary server opened next.
    lasts: 20,
    bad: 10,
  });
  operations.alarmOn('ConnectionChurn', {
    means: 'A primary server connects again and again: five times or more within a quarter of an hour.',
    todo: 'The log of Watch names the endpoint, that of Ingest says how its connections begin.',
    written: 'when it happens',
    period: MINUTES_5,
    lasts: 3,
  });
  operations.alarmOn('Unprojected', {
    means: 'A fact in the ledger cannot be read: it may be a failed job that raised no alert.',
    todo: 'npx nbwatch quarantine shows it with the reason.',
    written: 'when it happens',
    period: MINUTES_5,
  });
  operations.alarmOn('GivenUp', {
    means:
      'A stream gave up records after 23 hours of failures: jobs and images may be out of date, and failures may have raised no alert.',
    todo: 'Fix the cause, then npx nbwatch redrive; the alarm ends once nothing waits any more.',
    written: 'when it happens',
    // The interval at which the metric is written; one missing value does not end the alarm.
    period: MINUTES_5,
    lasts: 2,
  });
}

/** Alarms on whether alerts reach people. */
function addAlarmsOfAlerts(operations: Operations, { canary, alerts }: AlarmedProps): void {
  operations.alarmOn('OldestIntent', {
    means: 'An alert that nbwatch could have sent has waited for ten minutes.',
    todo: 'npx nbwatch alerts pending shows what waits. The log of Publisher says why.',
    written: 'always',
    threshold: Duration.minutes(10).toSeconds(),
  });
  operations.alarmOn('PublishFailures', {
    means: 'SNS did not take an alert: people may not know of a failed job.',
    todo: 'It stays pending and is tried again each minute. The log of Publisher says what SNS answered.',
    written: 'when it happens',
    // One alarm for a failure that lasts: the next try may come more than a minute later.
    period: MINUTES_5,
  });
  operations.alarmOn('SubscriptionsMissing', {
    means: 'A subscriber gets no alerts: the subscription was never confirmed, or somebody ended it.',
    todo: 'The log of Watch names it. Let its owner confirm, or deploy once without it in the settings and once with it.',
    written: 'when it happens',
    // The interval at which the metric is written; one missing value does not end the alarm.
    period: Duration.minutes(15),
    lasts: 2,
  });
  // A subscription stays confirmed when its queue, function or URL no longer takes anything: only SNS sees that.
  const undelivered = ['NumberOfNotificationsRedrivenToDlq', 'NumberOfNotificationsFailedToRedriveToDlq'].map((name) =>
    alerts.metric(name, { statistic: Stats.SUM, period: MINUTES_5 }),
  );
  operations.alarmOnMetric('Undelivered', together('SUM', undelivered, { period: MINUTES_5 }), {
    means:
      'SNS gave up on an alert that a subscriber should get: its queue, function, URL or address does not take it.',
    todo: 'The queue of the output UndeliveredQueueUrl has the alert and the error. Fix what refuses it.',
    written: 'when it happens',
    // The alerts that follow fail too: one alarm, which ends when none failed for an hour.
    lasts: 12,
  });
  operations.alarmOn('WatchFailed', {
    means: 'Watch fails or does not run: lost feeds, overdue backups or images that vanish may raise no alert.',
    todo: 'The log of Watch says which duty fails and why.',
    written: 'each period',
    // One failed run that the next run makes up for raises no alarm.
    period: MINUTES_5,
    failures: 'all',
  });
  if (!canary) return;
  operations.alarmOn('CanaryMissed', {
    means: 'nbwatch reported a failed job to itself and got no alert within two minutes, or did not try.',
    todo: 'People may get no alerts of failed jobs. The log of Probe says at which step it failed.',
    written: 'each period',
    period: Duration.hours(1),
  });
}

/** Alarms on whether primary servers will go on trusting the host that they connect to. */
function addAlarmsOfCertificate(operations: Operations): void {
  for (const atMost of [30, 7, 1]) {
    operations.alarmOn('CertificateDaysLeft', {
      means: `The certificate of the endpoint ends within ${atMost === 1 ? 'a day' : `${atMost} days`}: then no primary server connects.`,
      todo: 'AWS renews its own certificates long before. npx nbwatch doctor shows which it is.',
      written: 'always',
      period: Duration.hours(1),
      atMost,
    });
  }
  operations.alarmOn('CertificateChanged', {
    means:
      'The certificate of the endpoint comes from another authority, and a primary server has not connected since.',
    todo: 'Accept the certificate in NetBackup again. npx nbwatch doctor names the endpoint.',
    written: 'when it happens',
    period: Duration.hours(1),
    lasts: 2,
  });
}

/** Alarms on what Lambda reports of every function in the stack. */
function addAlarmsOfFunctions(operations: Operations): void {
  const functions = functionsOf(Stack.of(operations));
  const consumers = streamConsumersOf(Stack.of(operations));
  const sum = { statistic: Stats.SUM, period: MINUTES_5 };
  const age = consumers.map((one) => lambdaMetric(one, 'IteratorAge', { statistic: Stats.MAXIMUM, period: MINUTES_5 }));
  operations.alarmOnMetric('StreamAge', together('MAX', age, { period: MINUTES_5 }), {
    means: 'For five minutes records of a stream have waited for their function: jobs, images and alerts come late.',
    todo: 'The log of the function says what fails; it is tried again for 23 hours.',
    written: 'when it happens',
    threshold: MINUTES_5.toMilliseconds(),
  });
  const throttles = functions.map((one) => lambdaMetric(one, 'Throttles', sum));
  operations.alarmOnMetric('Throttles', together('SUM', throttles, { period: MINUTES_5 }), {
    means: 'Lambda did not run a function: the account runs as many at once as it may.',
    todo: 'NetBackup connects and sends again. See what else runs in the account, or ask AWS for a higher quota.',
    written: 'when it happens',
    lasts: 3,
  });
  // `WatchFailed` counts each failed run of `watch`, and also notices when it does not run.
  const watched = functions.filter(({ node }) => node.id !== 'Watch');
  const errors = watched.map((one) => lambdaMetric(one, 'Errors', sum));
  operations.alarmOnMetric('FunctionErrors', together('SUM', errors, { period: MINUTES_5 }), {
    means: 'A function failed three times or more within five minutes: it crashes, runs out of time, or a call fails.',
    todo: 'The log of the function says why; the dashboard shows which one it is.',
    written: 'when it happens',
    // One failure that the next try makes up for raises no alarm.
    threshold: 3,
    lasts: 3,
  });
}
