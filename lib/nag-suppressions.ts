import { type Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Findings of cdk-nag that are no fault here, and why. */
export interface Suppression {
  /** Where, by the ids of the constructs below the stack. It counts for all that is below. */
  at: readonly string[];
  rules: readonly string[];
  reason: string;
}

const FUNCTIONS = ['Ingest', 'Projection', 'Publisher', 'Watch', 'Probe', 'Archive/Function', 'Report/Function'];

/** A wildcard in a resource, as the rule names it. */
const wildcard = (resource: string) => `AwsSolutions-IAM5[Resource::${resource}]`;
const connections = (method: string) =>
  wildcard(
    `arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<GatewayApi4EDF2151>/nbwss/${method}/@connections/*`,
  );

/** Every finding of the packs AwsSolutions and Serverless that is left. test/lib/nag.test.ts runs them, and finds what is left over here. */
export const SUPPRESSIONS: readonly Suppression[] = [
  {
    at: ['Gateway/Api'],
    rules: ['AwsSolutions-APIG4'],
    reason:
      'NBWSS shows its token in the first message, not in the HTTP upgrade, so there is nothing to authorize on $connect. Ingest reads the Registry before it takes anything else of a connection (functions/ingest/connect.ts).',
  },
  {
    at: ['Gateway/Stage'],
    rules: ['AwsSolutions-APIG1', 'Serverless-APIGWAccessLogging'],
    reason:
      'Access logs of a WebSocket API need a role that is set once for all APIs of an account and Region (AWS::ApiGateway::Account): this stack would change it for others. Ingest logs every message with its outcome, connection and request id, and the address of whoever is refused.',
  },
  {
    at: ['Alerts/Undelivered'],
    rules: ['AwsSolutions-SQS3', 'Serverless-SQSRedrivePolicy'],
    reason:
      'It is the dead-letter queue of the subscriptions to alerts and operations. People read it; nothing consumes it.',
  },
  {
    at: ['ProbeTopic'],
    rules: ['AwsSolutions-SQS3', 'Serverless-SQSRedrivePolicy', 'Serverless-SNSRedrivePolicy'],
    reason:
      'It carries alerts of the canary, which are of no use after two minutes. One that does not arrive is what the probe looks for: the alarm CanaryMissed tells it.',
  },
  {
    at: ['GivenUp', 'Archive/Bucket', 'Report/Bucket'],
    rules: ['AwsSolutions-S1'],
    reason:
      'Private, TLS only, and written by roles that can neither read nor delete. Who of the account reads it is in CloudTrail where data events are on; server access logs would need a bucket more, and are delivered as best effort.',
  },
  {
    at: ['IngestRole'],
    rules: [connections('POST'), connections('DELETE')],
    reason: 'Ids of connections are not known before; the stage and the method are named.',
  },
  {
    at: ['WatchRole'],
    rules: [connections('GET')],
    reason: 'Ids of connections are not known before; the stage and the method are named.',
  },
  {
    at: ['ProjectionRole', 'PublisherRole', 'Archive/FunctionRole'],
    rules: [wildcard('<GivenUp4E100BCE.Arn>/*')],
    reason: 'Lambda names the objects that it puts there. The role may put, and neither read nor delete.',
  },
  {
    at: ['Archive/FunctionRole'],
    rules: [wildcard('<ArchiveBucket49F1AC64.Arn>/facts/*')],
    reason: 'Objects are named by day and number. The role may put where nothing is, and neither read nor delete.',
  },
  {
    at: ['Report/FunctionRole'],
    rules: [wildcard('<ReportBucket83562F83.Arn>/reports/*')],
    reason: 'Reports are named by their day. The role may put, and neither read nor delete.',
  },
  {
    at: ['ProjectionRole', 'PublisherRole', 'Archive/FunctionRole'],
    rules: [wildcard('*')],
    reason:
      'It is dynamodb:ListStreams alone, which AWS knows without a resource only (Service Authorization Reference); test/lib/stack.test.ts holds that nothing else is without one.',
  },
  {
    at: FUNCTIONS,
    rules: ['Serverless-LambdaTracing'],
    reason:
      'Tracing needs xray:PutTraceSegments on every resource for each role, and costs time that Ingest must answer in. The request id of a message is in the logs, its facts, and all that was put aside.',
  },
  {
    at: ['Ingest'],
    rules: ['Serverless-LambdaDLQ'],
    reason:
      'The gateway invokes it and waits. What it did not store it did not acknowledge, and NetBackup sends it again.',
  },
  {
    at: ['Projection', 'Publisher', 'Archive/Function'],
    rules: ['Serverless-LambdaDLQ'],
    reason:
      'Streams wake it: a dead-letter queue of the function gets none of their records. Each mapping keeps what it gives up, whole, in the bucket GivenUp.',
  },
  {
    at: ['Watch', 'Probe', 'Report/Function'],
    rules: ['Serverless-LambdaDLQ'],
    reason:
      'Its events are ticks of a clock that carry nothing. A run that failed is made up for by the next; alarms tell when none succeeds.',
  },
  {
    at: ['EachMinute', 'EachHour', 'Report/EachTenMinutes'],
    rules: ['Serverless-EventBusDLQ'],
    reason:
      'Its events are ticks of a clock that carry nothing. A run that failed is made up for by the next; alarms tell when none succeeds.',
  },
];

/** The construct at a path below another, if it is part of this stack. */
export function constructAt(root: IConstruct, path: string): IConstruct | undefined {
  return path.split('/').reduce<IConstruct | undefined>((parent, id) => parent?.node.tryFindChild(id), root);
}

/** Writes the suppressions where cdk-nag looks for them: whoever adds its packs to the app has no findings of this stack. */
export function suppressFindings(stack: Stack): void {
  for (const { at, rules, reason } of SUPPRESSIONS) {
    for (const path of at) {
      const construct = constructAt(stack, path);
      if (construct) Validations.of(construct).acknowledge(...rules.map((id) => ({ id, reason })));
    }
  }
}
