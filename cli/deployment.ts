import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudFormationClient, DescribeStacksCommand, type Stack } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { alertSettingsText } from '../functions/alerts/alert-settings.ts';
import { days } from '../functions/runtime/environment.ts';
import { CliError, EXIT } from './errors.ts';

/** The options that say which nbwatch a command is about. */
export interface Where {
  local?: boolean;
  stack?: string;
}

/** What a command that is to be copied ends with, so that it asks the same nbwatch. */
export function whereOf({ local, stack }: Where): string {
  return stack === undefined ? (local ? ' --local' : '') : ` --stack ${stack}`;
}

/** A running nbwatch: how to reach its services and what its stack is called. */
export interface Target {
  /** For messages: `the one-machine run` or `stack Nbwatch`. */
  name: string;
  /** The name of the stack; undefined for the one-machine run. */
  stack?: string;
  /** Configuration of every AWS client. */
  client: Pick<DynamoDBClientConfig, 'endpoint' | 'region' | 'credentials'>;
  outputs: Outputs;
  /** Where connections are managed (`@connections`). */
  managementUrl: string;
}

const outputsSchema = v.object({
  EndpointUrl: v.string(),
  /** Of a stack with a host name of one's own: what its DNS record has to name. */
  DomainTarget: v.optional(v.string()),
  ManagementUrl: v.string(),
  AlertsTopicArn: v.string(),
  ChatTopicArn: v.string(),
  OperationsTopicArn: v.string(),
  /** Absent, like those that this version cannot read, of a stack that another version deployed. */
  AlertSettings: v.fallback(v.optional(alertSettingsText), undefined),
  LedgerTable: v.string(),
  RecordsTable: v.string(),
  RegistryTable: v.string(),
  GivenUpBucket: v.string(),
  /** Not of a stack without an archive. */
  ArchiveBucket: v.optional(v.string()),
  /** Days, or `forever`. */
  ImageRecordDays: days,
});
type Outputs = v.InferOutput<typeof outputsSchema>;

const processSchema = v.object({ pid: v.pipe(v.number(), v.integer(), v.minValue(1)) });
const runSchema = v.object({
  awsUrl: v.string(),
  region: v.string(),
  outputs: outputsSchema,
});

/** The name that `cdk deploy` gives the stack. */
const DEFAULT_STACK = 'Nbwatch';
/** What a one-machine run writes when it is up, and removes when it ends. */
const runFile = () => join(process.env.NBWATCH_FOLDER ?? '.nbwatch', 'local.json');

/**
 * Finds the nbwatch that is meant: `--local` is the one-machine run of this folder, `--stack` a deployed stack, and without either
 * the one-machine run if it is up, else the stack `Nbwatch`. Throws CliError.
 */
export async function findTarget({ local = false, stack }: Where): Promise<Target> {
  if (local && stack !== undefined)
    throw new CliError('--local and --stack exclude each other.', 'Give one of them.', EXIT.usage);
  if (stack !== undefined) return describeStack(stack);
  const run = readRun();
  if (run !== 'none' && run !== 'unreadable') return run;
  if (!local) return describeStack(DEFAULT_STACK);
  throw run === 'none'
    ? new CliError('No one-machine run is up in this folder.', 'Start one with: npm start -- --no-demo', EXIT.notFound)
    : new CliError(
        `${runFile()} does not say how to reach the one-machine run.`,
        'End the run if it is up, and start it again with: npm start -- --no-demo',
        EXIT.notFound,
      );
}

/** The one-machine run of this folder, if it is up: a file that a killed run left behind tells of none, whatever it says. */
function readRun(): Target | 'none' | 'unreadable' {
  let text: string;
  try {
    text = readFileSync(runFile(), 'utf8');
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'none' : 'unreadable';
  }
  const written = v.safeParse(v.pipe(v.string(), v.parseJson(), v.unknown()), text).output;
  if (!v.is(processSchema, written)) return 'unreadable';
  if (!isAlive(written.pid)) return 'none';
  const described = v.safeParse(runSchema, written);
  if (!described.success) return 'unreadable';
  const { awsUrl, region, outputs } = described.output;
  const { ManagementUrl: managementUrl } = outputs;
  const credentials = { accessKeyId: 'person', secretAccessKey: 'local' };
  return { name: 'the one-machine run', client: { endpoint: awsUrl, region, credentials }, outputs, managementUrl };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function describeStack(name: string): Promise<Target> {
  const found = await readStack(name);
  if (found === undefined)
    throw new CliError(`There is no stack ${name} in this account and Region.`, LOOK_ELSEWHERE, EXIT.notFound);
  const named = Object.fromEntries((found.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
  const { success, output, issues } = v.safeParse(outputsSchema, named);
  if (!success)
    throw new CliError(
      `The stack ${name} (${found.StackStatus}) is not one of nbwatch: it has no output ${v.getDotPath(issues[0])} that can be used.`,
      'Name that of nbwatch with --stack. If it is this one, deploy it again: that did not end well, or was another version.',
    );
  return { name: `stack ${name}`, stack: name, client: {}, outputs: output, managementUrl: output.ManagementUrl };
}

const LOOK_ELSEWHERE =
  'Check the AWS credentials and Region of this shell (AWS_PROFILE, AWS_REGION), name the stack with --stack, or start a one-machine run with: npm start -- --no-demo';

/** A stack as CloudFormation describes it; undefined where there is none of this name. Throws CliError where that is not known. */
async function readStack(name: string): Promise<Stack | undefined> {
  const cloudformation = new CloudFormationClient({});
  try {
    return (await cloudformation.send(new DescribeStacksCommand({ StackName: name }))).Stacks?.[0];
  } catch (error) {
    if (isNoSuchStack(error)) return undefined;
    const why = error instanceof Error ? error.message : String(error);
    throw new CliError(`The stack ${name} could not be read: ${why}`, LOOK_ELSEWHERE);
  } finally {
    cloudformation.destroy();
  }
}

/** CloudFormation has no error of its own for it: a name that can be none is a `ValidationError` too. */
const isNoSuchStack = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ValidationError' && error.message.endsWith('does not exist');

/** A DynamoDB client for a target. */
export function databaseOf({ client }: Target): DynamoDBClient {
  return new DynamoDBClient(client);
}
