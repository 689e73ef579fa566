import { ACCOUNT, REGION } from './environment.ts';
import type { Run } from './run.ts';
import { bucketNameOf, topicArn } from './stack/attributes.ts';

/** What `.nbwatch/local.json` says: every address and name that somebody may want of a run. */
export interface RunDescription {
  pid: number;
  /** What NetBackup connects to. */
  endpointUrl: string;
  /** The `--endpoint-url` of every AWS client; any credentials do. */
  awsUrl: string;
  /** Where connections are managed (`@connections`). */
  managementUrl: string;
  region: string;
  /** The stack's outputs, as `cdk deploy` would print them. */
  outputs: Readonly<Record<string, string>>;
  tables: readonly string[];
  topics: readonly string[];
  queues: readonly string[];
  buckets: readonly string[];
  functions: readonly string[];
}

export function describeRun(run: Run): RunDescription {
  const { outputs } = run.deployment;
  const idsOf = (type: string) => run.deployment.ofType(type).map(({ id }) => id);
  return {
    pid: process.pid,
    endpointUrl: run.endpointUrl,
    awsUrl: run.awsUrl,
    managementUrl: run.managementUrl,
    region: REGION,
    outputs: { ...outputs, EndpointUrl: run.endpointUrl, ManagementUrl: run.managementUrl },
    // By the outputs: a table that was adopted is no resource of the stack.
    tables: ['LedgerTable', 'RecordsTable', 'RegistryTable'].flatMap((name) => outputs[name] ?? []),
    topics: idsOf('AWS::SNS::Topic').map(topicArn),
    queues: idsOf('AWS::SQS::Queue').map((id) => `${run.awsUrl}/${ACCOUNT}/${id}`),
    buckets: idsOf('AWS::S3::Bucket').map(bucketNameOf),
    functions: idsOf('AWS::Lambda::Function'),
  };
}
