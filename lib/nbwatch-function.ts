import { fileURLToPath } from 'node:url';
import { type Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { ApplicationLogLevel, Architecture, LoggingFormat, Runtime, SystemLogLevel } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { BUNDLING } from './bundling.ts';

export interface NbwatchFunctionProps {
  /** The folder of `functions/` that holds its `handler.ts`. */
  folder: string;
  description: string;
  timeout: Duration;
  environment: Record<string, string>;
  logDays: number;
}

const root = fileURLToPath(new URL('..', import.meta.url));

/** A function of this product: one bundle, one log group, and a role that so far may only write to that log group. */
export class NbwatchFunction extends NodejsFunction {
  constructor(scope: Construct, id: string, props: NbwatchFunctionProps) {
    const logGroup = new LogGroup(scope, `${id}Log`, {
      retention: props.logDays as RetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // Lambda's own managed policy would let it write to every log group of the account.
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    super(scope, id, {
      entry: `${root}functions/${props.folder}/handler.ts`,
      handler: 'handler',
      projectRoot: root,
      depsLockFilePath: `${root}package-lock.json`,
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      // CPU grows with memory, and `ingest` has 1.5 s for a message of 128 KB.
      memorySize: 1_024,
      timeout: props.timeout,
      // Tells two stacks in one account, for two host names, apart in logs and metrics.
      environment: { POWERTOOLS_SERVICE_NAME: Stack.of(scope).stackName, ...props.environment },
      role,
      logGroup,
      // Lambda would write three lines of its own for each run, more than the function does: keep only those about what
      // went wrong.
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      systemLogLevelV2: SystemLogLevel.WARN,
      bundling: { ...BUNDLING, format: OutputFormat.ESM, forceDockerBundling: false },
    });
  }
}
