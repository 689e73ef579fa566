import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Construct } from 'constructs';
import { CANARY_TOKENS } from '../functions/keys/registry.ts';
import type { ProbeVariables } from '../functions/probe/environment.ts';
import { grantKeys, grantReceive } from './grants.ts';
import { NbwatchFunction } from './nbwatch-function.ts';
import type { Parts } from './parts.ts';
import type { ProbeTopic } from './probe-topic.ts';

/** The function that reports a failed job as the canary every hour, and checks that people would be alerted. */
export function addProbe(
  scope: Construct,
  { stores: { registry }, gateway, settings }: Parts,
  probeTopic: ProbeTopic,
): void {
  const probe = new NbwatchFunction(scope, 'Probe', {
    folder: 'probe',
    description: 'Every hour: checks that people would be alerted to a failed job',
    // Above its own deadline, which ends a probe that waits in vain and counts it.
    timeout: Duration.seconds(150),
    environment: {
      REGISTRY_TABLE: registry.tableName,
      ENDPOINT_URL: gateway.url,
      QUEUE_URL: probeTopic.queue.queueUrl,
      DEADLINE_MS: String(Duration.minutes(2).toMilliseconds()),
    } satisfies ProbeVariables,
    logDays: settings.logDays,
  });
  grantKeys(registry, probe, ['dynamodb:PutItem'], [CANARY_TOKENS]);
  grantReceive(probeTopic.queue, probe);
  new Rule(scope, 'EachHour', { schedule: Schedule.rate(Duration.hours(1)), targets: [new LambdaFunction(probe)] });
}
