import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { FauxqsServer } from 'fauxqs';
import type { Clock } from './clock.ts';
import { systemClock } from './clock.ts';
import { HOST, REGION } from './environment.ts';
import type { LogEntry } from './functions/definition.ts';
import type { Invoke } from './functions/invocation.ts';
import { type FunctionRuntime, STOPPED, startFunctions } from './functions/runtime.ts';
import { type Frame, type Gateway, startGateway } from './gateway/gateway.ts';
import { fileCheckpoints, type GivenUp, type Mappings, memoryCheckpoints, startMappings } from './mappings/mappings.ts';
import { freePort } from './ports.ts';
import type { Call } from './proxy/call.ts';
import type { FaultPlan } from './proxy/faults.ts';
import { type Proxy as CallProxy, startProxy } from './proxy/server.ts';
import type { Published } from './proxy/sns-rules.ts';
import { adoptTables } from './stack/adopted.ts';
import { bucketNameOf } from './stack/attributes.ts';
import { type Deployment, readDeployment } from './stack/deployment.ts';
import { startMessaging } from './stack/messaging.ts';
import { checkRoleMay } from './stack/permissions.ts';
import { type ApiDefinition, readApi } from './stack/routes.ts';
import { startSchedules } from './stack/schedules.ts';
import type { Assembly } from './stack/synthesize.ts';
import { createTables, type LocalTable } from './stack/tables.ts';

export interface RunOptions {
  assembly: Assembly;
  /** DynamoDB Local, and the access key id whose database the run uses. */
  dynamodb: { url: string; accessKeyId: string };
  /** Where positions in the streams and the contents of buckets are kept between runs; without it they are lost. */
  folder?: string;
  clock?: Clock;
  /** Determines the order in which the shards of the streams proceed. */
  seed?: number;
  /** Preferred ports; if one is in use, another is taken. 0, the default: any. */
  ports?: { gateway?: number; aws?: number };
  tls?: { cert: string | Buffer; key: string | Buffer };
  faults?: () => FaultPlan;
  /** How many of the last calls `proxy.calls()` holds at least; default 10,000. */
  rememberedCalls?: number;
  maxConcurrency?: number | (() => number);
  on?: Partial<RunObserver>;
}

/** What an observer hears of a run. */
export interface RunObserver {
  frame(frame: Frame): void;
  published(message: Published): void;
  denied(call: Call, why: string): void;
  log(entry: LogEntry): void;
  invoked(functionId: string, failure: string | undefined, event: unknown): void;
  warning(line: string): void;
}

/** The stack, running. */
export interface Run {
  /** What NetBackup connects to. */
  endpointUrl: string;
  /** Where connections are managed (`@connections`). */
  managementUrl: string;
  /** What AWS clients connect to, with any credentials, to reach tables, topics, queues and buckets. */
  awsUrl: string;
  deployment: Deployment;
  gateway: Gateway;
  proxy: CallProxy;
  functions: FunctionRuntime;
  mappings: Mappings;
  messaging: FauxqsServer;
  /** A client of the run's database for whoever started the run: no role limits it. */
  dynamodb: DynamoDBClient;
  /** Resolves when everything stored is projected and everything due is published. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

/** The start of a bucket's URL, path style. */
const S3_URL = `https://s3.${REGION}.amazonaws.com/`;

/** A person's credentials: no role has this access key id, so the proxy allows everything. */
const PERSON = { accessKeyId: 'person', secretAccessKey: 'local' };

/** Runs a synthesized stack: everything that its template names, and nothing else. */
export async function startRun(options: RunOptions): Promise<Run> {
  // One function for each part that is up, which ends it; in the order of their start.
  const ends: (() => unknown)[] = [];
  const stop = async () => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  try {
    return { ...(await startParts(options, (end) => ends.push(end))), stop };
  } catch (error) {
    // A part that stays up would keep the process alive with nothing left to do.
    await stop();
    throw error;
  }
}

async function startParts(options: RunOptions, whenEnding: (end: () => unknown) => void): Promise<Omit<Run, 'stop'>> {
  const { clock = systemClock, on = {}, seed = 1 } = options;
  const deployment = readDeployment(options.assembly);
  const api = readApi(deployment);
  checkMappingRoles(deployment);
  const credentials = { accessKeyId: options.dynamodb.accessKeyId, secretAccessKey: 'local' };
  const client = { region: REGION, endpoint: options.dynamodb.url, credentials };
  const dynamodb = new DynamoDBClient(client);
  whenEnding(() => dynamodb.destroy());
  const made = await createTables(dynamodb, deployment);
  const tables = [...made, ...(await adoptTables(dynamodb, deployment))];
  const messaging = await startMessaging(
    deployment,
    await freePort(),
    options.folder && join(options.folder, 'buckets'),
  );
  whenEnding(() => messaging.stop());

  let gateway: Gateway | undefined;
  const proxy = await startProxy({
    port: await freePort(options.ports?.aws),
    clock,
    roles: deployment.roles,
    tables: new Map(tables.map(({ name, partitionKey }) => [name, { partitionKey }])),
    lockedBuckets: new Set(
      deployment
        .ofType('AWS::S3::Bucket')
        .filter(({ properties }) => properties.ObjectLockEnabled === true)
        .map(({ id }) => bucketNameOf(id)),
    ),
    backends: {
      dynamodb: options.dynamodb,
      fauxqs: { url: `http://${HOST}:${messaging.port}` },
      management: (apiId, stage) => (apiId === api.apiId && stage === api.stage ? gateway?.management : undefined),
    },
    onKill: (worker, invocation) => functions.kill(worker, invocation),
    running: (worker) => functions.running(worker),
    ...(options.rememberedCalls !== undefined && { remembered: options.rememberedCalls }),
    ...(options.faults && { faults: options.faults }),
    ...(on.published && { onPublished: on.published }),
    ...(on.denied && { onDenied: on.denied }),
  });
  whenEnding(() => proxy.close());

  const functions = startFunctions({
    definitions: deployment.functions,
    environmentOf: (functionId, workerId) => ({
      AWS_ACCESS_KEY_ID: deployment.roleOf(functionId),
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_SESSION_TOKEN: workerId,
      // Functions start often, and take half the time when Node finds their code compiled.
      NODE_COMPILE_CACHE: join(options.assembly.folder, 'compile-cache'),
      ...addresses(deployment, api, proxy.url, gateway?.plainUrl, functionId),
    }),
    clock,
    ...(options.maxConcurrency === undefined ? {} : { maxConcurrency: options.maxConcurrency }),
    ...(on.log && { log: on.log }),
  });
  whenEnding(() => functions.stop());
  const invoke: Invoke = async (functionId, event) => {
    const invocation = await functions.invoke(functionId, event);
    if (!invocation.ok && invocation.failure === STOPPED) return invocation;
    on.invoked?.(
      functionId,
      invocation.ok ? undefined : `${invocation.failure.kind}: ${invocation.failure.message}`,
      event,
    );
    return invocation;
  };

  const s3 = new S3Client({ region: REGION, endpoint: proxy.url, credentials: PERSON, forcePathStyle: true });
  const streams = new DynamoDBStreamsClient(client);
  for (const ended of [s3, streams]) whenEnding(() => ended.destroy());
  const mappings = await startMappings({
    definitions: deployment.mappings,
    streams,
    streamArn: (arn) => tableOf(tables, arn).stream?.localArn ?? '',
    partitionKey: (arn) => tableOf(tables, arn).partitionKey,
    invoke,
    giveUp: (item) => putGivenUp(s3, item),
    checkpoints:
      options.folder === undefined ? memoryCheckpoints() : fileCheckpoints(join(options.folder, 'checkpoints.json')),
    seed,
    clock,
    ...(on.warning && { log: on.warning }),
  });
  whenEnding(() => mappings.stop());
  // The gateway comes last: no message arrives before everything behind it is up, or while that ends.
  const door = await startGateway({
    ...api,
    invoke,
    clock,
    port: await freePort(options.ports?.gateway),
    ...(options.tls && { tls: options.tls }),
    ...(on.frame && { onFrame: on.frame }),
  });
  gateway = door;
  whenEnding(() => door.close());
  whenEnding(startSchedules(deployment, invoke, clock));

  return {
    endpointUrl: door.url,
    awsUrl: proxy.url,
    managementUrl: `${proxy.url}/${api.apiId}/${api.stage}`,
    deployment,
    gateway: door,
    proxy,
    functions,
    mappings,
    messaging,
    dynamodb,
    idle: () => mappings.idle(),
  };
}

/**
 * The variables that lead a function to this machine: services, bucket URLs and `@connections` to the proxy, and the
 * template's API to this run's gateway.
 */
function addresses(
  deployment: Deployment,
  { apiId, stage, managementUrl, urls }: ApiDefinition,
  proxyUrl: string,
  gatewayUrl: string | undefined,
  functionId: string,
): Record<string, string> {
  const own = deployment.functions.find(({ id }) => id === functionId)?.environment ?? {};
  // Only the template's own URLs lead to the gateway. Any other URL leads nowhere, as on AWS.
  const here = new Map([[managementUrl, `${proxyUrl}/${apiId}/${stage}`]]);
  if (gatewayUrl !== undefined) for (const url of urls) here.set(url, gatewayUrl);
  const moved = Object.entries(own).flatMap(([name, value]) => {
    const local =
      here.get(value) ?? (value.startsWith(S3_URL) ? `${proxyUrl}/${value.slice(S3_URL.length)}` : undefined);
    return local === undefined ? [] : [[name, local]];
  });
  return { AWS_ENDPOINT_URL: proxyUrl, ...Object.fromEntries(moved) };
}

function tableOf(tables: readonly LocalTable[], streamArn: string): LocalTable {
  const found = tables.find(({ stream }) => stream?.arn === streamArn);
  if (!found) throw new Error(`No table of the template has the stream ${streamArn}`);
  return found;
}

/**
 * Lambda reads streams and gives records up with the function's role. AWS finds a missing permission only after
 * deployment.
 */
function checkMappingRoles(deployment: Deployment): void {
  const reading = ['DescribeStream', 'GetRecords', 'GetShardIterator'].map((action) => `dynamodb:${action}`);
  for (const { functionId, properties } of deployment.mappings) {
    checkRoleMay(deployment, functionId, reading, properties.EventSourceArn);
    const bucket = properties.DestinationConfig?.OnFailure?.Destination;
    if (bucket?.startsWith('arn:aws:s3:'))
      checkRoleMay(deployment, functionId, ['s3:PutObject'], `${bucket}/aws/lambda/any`);
  }
}

async function putGivenUp(s3: S3Client, { destination, key, body }: GivenUp): Promise<void> {
  if (!destination.startsWith('arn:aws:s3:::'))
    throw new Error(`The one-machine run sends records that a mapping gives up to buckets only, not to ${destination}`);
  await s3.send(new PutObjectCommand({ Bucket: destination.slice('arn:aws:s3:::'.length), Key: key, Body: body }));
}
