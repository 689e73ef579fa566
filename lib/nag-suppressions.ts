import { type Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Findings of cdk-nag that are not faults here, and why. */
interface Suppression {
  /** Where: paths of construct ids below the stack. The suppression covers everything below these too. */
  at: readonly string[];
  rules: readonly string[];
  reason: string;
}

const FUNCTIONS = ['Ingest', 'Projection', 'Publisher', 'Watch', 'Probe', 'Archive/Function', 'Report/Function'];

/** A wildcard in a resource, in the rule's notation. */
const wildcard = (resource: string) => `AwsSolutions-IAM5[Resource::${resource}]`;
const connections = (method: string) =>
  wildcard(
    `arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<GatewayApi4EDF2151>/nbwss/${method}/@connections/*`,
  );

/**
 * Every remaining finding of the packs AwsSolutions and Serverless. test/lib/nag.test.ts runs them, and fails for an
 * entry that is not needed.
 */
export const SUPPRESSIONS: readonly Suppression[] = [
  {
    at: ['Gateway/Api'],
    rules: ['AwsSolutions-APIG4'],
    reason:
      'NBWSS sends its token in the first message, not in the HTTP upgrade, so there is nothing to authorize on $connect. Ingest reads the Registry before it takes anything else from a connection (functions/ingest/connect.ts).',
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
      'It carries alerts of the canary, which are of no use after two minutes. If one does not arrive, the probe notices, and the alarm CanaryMissed is raised.',
  },
  {
    at: ['GivenUp', 'Archive/Bucket', 'Report/Bucket'],
    rules: ['AwsSolutions-S1'],
    reason:
      'Private, TLS only, and written by roles that can neither read nor delete. Where data events are on, CloudTrail records who in the account reads it; server access logs would need another bucket, and are delivered on a best-effort basis.',
  },
  {
    at: ['IngestRole'],
    rules: [connections('POST'), connections('DELETE')],
    reason: 'Connection ids are not known in advance; the stage and the method are named.',
  },
  {
    at: ['WatchRole'],
    rules: [connections('GET')],
    reason: 'Connection ids are not known in advance; the stage and the method are named.',
  },
  {
    at: ['ProjectionRole', 'PublisherRole', 'Archive/FunctionRole'],
    rules: [wildcard('<GivenUp4E100BCE.Arn>/*')],
    reason: 'Lambda names the objects that it puts there. The role may put, but neither read nor delete.',
  },
  {
    at: ['Archive/FunctionRole'],
    rules: [wildcard('<ArchiveBucket49F1AC64.Arn>/facts/*')],
    reason: 'Objects are named by day and number. The role may put where nothing is, but neither read nor delete.',
  },
  {
    at: ['Report/FunctionRole'],
    rules: [wildcard('<ReportBucket83562F83.Arn>/reports/*')],
    reason: 'Reports are named by their day. The role may put, but neither read nor delete.',
  },
  {
    at: ['ProjectionRole', 'PublisherRole', 'Archive/FunctionRole'],
    rules: [wildcard('*')],
    reason:
      'This is only dynamodb:ListStreams, for which AWS supports no resource (Service Authorization Reference); test/lib/stack.test.ts checks that everything else names one.',
  },
  {
    at: FUNCTIONS,
    rules: ['Serverless-LambdaTracing'],
    reason:
      'Tracing needs xray:PutTraceSegments on every resource for each role, and takes time from the deadline of Ingest. The request id of a message is in the logs, in its facts, and in everything that was put aside.',
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
      'Streams wake it: a dead-letter queue of the function would get none of their records. Each mapping keeps what it gives up, whole, in the bucket GivenUp.',
  },
  {
    at: ['Watch', 'Probe', 'Report/Function'],
    rules: ['Serverless-LambdaDLQ'],
    reason:
      'Its events are ticks of a clock that carry nothing. The next run makes up for one that failed; alarms are raised when none succeeds.',
  },
  {
    at: ['EachMinute', 'EachHour', 'Report/EachTenMinutes'],
    rules: ['Serverless-EventBusDLQ'],
    reason:
      'Its events are ticks of a clock that carry nothing. The next run makes up for one that failed; alarms are raised when none succeeds.',
  },
];

/** The construct at a path below another; undefined if this stack does not have it. */
export function constructAt(root: IConstruct, path: string): IConstruct | undefined {
  return path.split('/').reduce<IConstruct | undefined>((parent, id) => parent?.node.tryFindChild(id), root);
}

/**
 * Writes the suppressions where cdk-nag looks for them: whoever adds its packs to the app gets no findings from this
 * stack.
 */
export function suppressFindings(stack: Stack): void {
  for (const { at, rules, reason } of SUPPRESSIONS) {
    for (const path of at) {
      const construct = constructAt(stack, path);
      if (construct) Validations.of(construct).acknowledge(...rules.map((id) => ({ id, reason })));
    }
  }
}
