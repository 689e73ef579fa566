import { ACCOUNT, REGION } from './environment.ts';
import type { Run } from './run.ts';
import { bucketNameOf, topicArn } from './stack/attributes.ts';

/** The content of `.nbwatch/local.json`: every address and name of a run that somebody may need. */
export interface RunDescription {
  pid: number;
  /** What NetBackup connects to. */
  endpointUrl: string;
  /** The `--endpoint-url` for every AWS client. Any credentials work. */
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
    // From the outputs: an adopted table is not a resource of the stack.
    tables: ['LedgerTable', 'RecordsTable', 'RegistryTable'].flatMap((name) => outputs[name] ?? []),
    topics: idsOf('AWS::SNS::Topic').map(topicArn),
    queues: idsOf('AWS::SQS::Queue').map((id) => `${run.awsUrl}/${ACCOUNT}/${id}`),
    buckets: idsOf('AWS::S3::Bucket').map(bucketNameOf),
    functions: idsOf('AWS::Lambda::Function'),
  };
}
