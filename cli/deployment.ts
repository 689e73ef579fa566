import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudFormationClient, DescribeStacksCommand, type Stack } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { alertSettingsText } from '../functions/alerts/alert-settings.ts';
import { days } from '../functions/runtime/environment.ts';
import { CliError, EXIT } from './errors.ts';

/** The options that choose the nbwatch to use. */
export interface Where {
  local?: boolean;
  stack?: string;
}

/** The end of a command that the user is meant to copy, so that it uses the same nbwatch. */
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
  /** The target of the DNS record, if the stack has a custom host name. */
  DomainTarget: v.optional(v.string()),
  ManagementUrl: v.string(),
  AlertsTopicArn: v.string(),
  ChatTopicArn: v.string(),
  OperationsTopicArn: v.string(),
  /** Undefined if another version deployed the stack without this output, or with one that this version cannot read. */
  AlertSettings: v.fallback(v.optional(alertSettingsText), undefined),
  LedgerTable: v.string(),
  RecordsTable: v.string(),
  RegistryTable: v.string(),
  GivenUpBucket: v.string(),
  /** Absent if the stack has no archive. */
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
/** The file that a one-machine run writes when it is up, and removes when it ends. */
const runFile = () => join(process.env.NBWATCH_FOLDER ?? '.nbwatch', 'local.json');

/**
 * Finds the nbwatch to use: with `--local` the one-machine run of this folder, with `--stack` a deployed stack, and
 * without either the one-machine run if it is up, otherwise the stack `Nbwatch`. Throws CliError.
 */
export async function findTarget({ local = false, stack }: Where): Promise<Target> {
  if (local && stack !== undefined)
    throw new CliError('--local and --stack cannot be used together.', 'Give one of them.', EXIT.usage);
  if (stack !== undefined) return describeStack(stack);
  const run = readRun();
  if (run !== 'none' && run !== 'unreadable') return run;
  if (!local) return describeStack(DEFAULT_STACK);
  throw run === 'none'
    ? new CliError('No one-machine run is up in this folder.', 'Start one with: npm start -- --no-demo', EXIT.notFound)
    : new CliError(
        `${runFile()} does not say how to reach the one-machine run.`,
        'Stop the run if it is up, and start it again with: npm start -- --no-demo',
        EXIT.notFound,
      );
}

/**
 * The one-machine run of this folder, if it is up. A file that a killed run left behind counts as `none`, whatever it
 * contains.
 */
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
      `The stack ${name} (${found.StackStatus}) is not an nbwatch stack: it has no usable output ${v.getDotPath(issues[0])}.`,
      'Name the nbwatch stack with --stack. If it is this one, deploy it again: the deployment failed, or was of another version.',
    );
  return { name: `stack ${name}`, stack: name, client: {}, outputs: output, managementUrl: output.ManagementUrl };
}

const LOOK_ELSEWHERE =
  'Check the AWS credentials and Region of this shell (AWS_PROFILE, AWS_REGION), name the stack with --stack, or start a one-machine run with: npm start -- --no-demo';

/**
 * A stack as CloudFormation describes it; undefined if there is none of this name. Throws CliError if it cannot be
 * read.
 */
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

/** CloudFormation has no error of its own for this: an invalid name is a `ValidationError`, too. */
const isNoSuchStack = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ValidationError' && error.message.endsWith('does not exist');

/** A DynamoDB client for a target. */
export function databaseOf({ client }: Target): DynamoDBClient {
  return new DynamoDBClient(client);
}
