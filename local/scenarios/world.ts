import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import type { SnsMessage } from '../../functions/alerts/message.ts';
import { factItem, type Receipt } from '../../functions/ledger/fact.ts';
import { createLedger } from '../../functions/ledger/ledger.ts';
import type { ImageEntry } from '../../functions/nbwss/image.ts';
import { DONE, type JobEntry } from '../../functions/nbwss/job.ts';
import { readNotification } from '../../functions/nbwss/notification.ts';
import { canaryJobs } from '../../functions/probe/probe.ts';
import { createProjection } from '../../functions/projection/context.ts';
import { projectionEnvironment } from '../../functions/projection/environment.ts';
import { project } from '../../functions/projection/project.ts';
import { createPublisher } from '../../functions/publisher/context.ts';
import { publisherEnvironment } from '../../functions/publisher/environment.ts';
import { publishPending } from '../../functions/publisher/publish-pending.ts';
import { CANARY } from '../../functions/registry/canary.ts';
import { createEndpoints } from '../../functions/registry/endpoints.ts';
import { createRegistry } from '../../functions/registry/registry.ts';
import { createWatch } from '../../functions/watch/context.ts';
import { watch } from '../../functions/watch/duties.ts';
import { watchEnvironment } from '../../functions/watch/environment.ts';
import { REGION } from '../environment.ts';
import { type Deployment, readDeployment } from '../stack/deployment.ts';
import type { Assembly } from '../stack/synthesize.ts';
import { createTables } from '../stack/tables.ts';

/*
 * nbwatch's rules on DynamoDB Local, with a clock that a scenario moves, so that months pass in seconds. Projection,
 * watch and publisher are those of the functions, with the environment that the stack gives them. Sockets, roles and
 * streams are missing here: the one-machine run and its tests have those.
 */

/** A message that was published. `at`: epoch ms. */
export interface PublishedMessage {
  at: number;
  topic: string;
  kind: string;
  severity: string;
  subject: string;
  /** The email. */
  text: string;
}

export interface World {
  /** Epoch ms. */
  now(): number;
  /** What was published, oldest first. */
  told: readonly PublishedMessage[];
  /** A primary server, with an endpoint of its name that it has not used yet. */
  primary(name: string): Promise<PrimaryServer>;
  /** Reports what the hourly probe does: a job of the canary that failed, and one that succeeded. */
  canary(): Promise<void>;
  /** Lets time pass (ms). After each step, watch and publisher do what they do every minute. */
  pass(ms: number, step?: number): Promise<void>;
  database: { client: DynamoDBClient; ledger: string; records: string; registry: string };
  end(): void;
}

/** What a primary server does. */
export interface PrimaryServer {
  /** Opens a connection and sends CONNECT. Each time the gateway cuts it after two hours, the next one follows. */
  connect(): Promise<void>;
  /** Ends its connection. `noted`: whether the gateway reports that; otherwise nobody does. */
  lose(noted: boolean): Promise<void>;
  /** Revokes its endpoint. */
  revoke(): Promise<void>;
  /** Reports a job as DONE, and returns its id. */
  job(entry: Pick<JobEntry, 'clientName'> & Partial<JobEntry>): Promise<number>;
  /** Reports what happened to images. */
  images(...entries: readonly ImageEntry[]): Promise<void>;
}

const NEVER = new AbortController().signal;
const MINUTE_MS = 60_000;

/** The gateway ends every connection after two hours. */
const LONGEST_MS = 120 * MINUTE_MS;

/** Projections at a time. */
const AT_ONCE = 16;

/**
 * Creates a world that begins at `begin` (epoch ms), on a database that has none of the stack's tables yet. `onTold` is
 * called for each message.
 */
export async function createWorld(
  assembly: Assembly,
  dynamodb: { url: string; accessKeyId: string },
  begin: number,
  onTold: (told: PublishedMessage) => void = () => {},
): Promise<World> {
  const deployment = readDeployment(assembly);
  const credentials = { accessKeyId: dynamodb.accessKeyId, secretAccessKey: 'local' };
  const client = new DynamoDBClient({ region: REGION, endpoint: dynamodb.url, credentials });
  await createTables(client, deployment);
  const { LedgerTable: ledger = '', RecordsTable: records = '', RegistryTable: registry = '' } = deployment.outputs;

  let now = begin;
  let probes = 0;
  const clock = () => now;
  const told: PublishedMessage[] = [];
  const alive = new Set<string>();
  const connected = new Map<string, { openedAt: number; renew(): Promise<void> }>();
  const projection = createProjection(
    client,
    { ledger, records },
    v.parse(projectionEnvironment, environmentOf(deployment, 'Projection')).IMAGE_RECORD_DAYS,
    clock,
  );
  const publisher = createPublisher(
    v.parse(publisherEnvironment, environmentOf(deployment, 'Publisher')),
    client,
    async (topic, message) => {
      const one = { at: now, topic, ...readMessage(message) };
      told.push(one);
      onTold(one);
      return randomUUID();
    },
    clock,
  );
  const environment = v.parse(watchEnvironment, environmentOf(deployment, 'Watch'));
  const watching = createWatch(
    // Without the daily summary, which would bury what a scenario of months is about.
    { ...environment, ALERT_SETTINGS: { ...environment.ALERT_SETTINGS, summaryHour: 'off' } },
    client,
    {
      liveness: async (connectionId) => (alive.has(connectionId) ? { lastActiveAt: now } : undefined),
      topics: [],
      givenUp: async () => 0,
      read: undefined,
    },
    clock,
  );
  const ledgerStore = createLedger(client, ledger);
  const connections = createRegistry(client, registry);
  const endpoints = createEndpoints(client, registry, { now: clock });

  async function receive(receipt: Receipt, object: 'JOB' | 'IMAGE', data: readonly object[]): Promise<void> {
    const { entries, unreadable } = readNotification([{ notificationType: 'INFO', object, data }]);
    if (unreadable[0]) throw new Error(unreadable[0].reason);
    const facts = entries.map((entry) => factItem(entry, receipt, { jobDays: undefined, imageDays: undefined }));
    await ledgerStore.append(facts, NEVER);
    const arrived = [...Map.groupBy(facts, ({ pk }) => pk)];
    for (let begun = 0; begun < arrived.length; begun += AT_ONCE) {
      const some = arrived.slice(begun, begun + AT_ONCE);
      await Promise.all(some.map(([pk, ofPk]) => project(projection, pk, new Set(ofPk.map(({ sk }) => sk)))));
    }
  }

  async function publish(): Promise<void> {
    for await (const _ of publisher.outbox.pending()) {
      await publishPending(publisher, [], now + MINUTE_MS);
      return;
    }
  }

  async function primary(name: string): Promise<PrimaryServer> {
    const token = await endpoints.create({ endpoint: name, primary: name, group: name, priority: 1 }, now);
    if (token === undefined) throw new Error(`There is a primary ${name} already`);
    let connectionId = '';
    let [nextJob, nextMessage, cuts] = [1, 1, 0];
    const connect = async () => {
      connectionId = randomUUID();
      alive.add(connectionId);
      await connections.connect({ connectionId, sourceIp: '192.0.2.1', token, at: now }, NEVER);
      connected.set(name, { openedAt: now, renew });
    };
    const lose = async (noted: boolean) => {
      alive.delete(connectionId);
      connected.delete(name);
      if (noted) await connections.closed(connectionId, now, NEVER);
    };
    // The gateway does not always report that a connection ended.
    const renew = async () => {
      await lose(cuts++ % 2 === 0);
      await connect();
    };
    const report = async (object: 'JOB' | 'IMAGE', data: readonly object[]) => {
      await connections.heard(connectionId, now, NEVER);
      const ids = { messageId: `m-${nextMessage++}`, connectionId, requestId: `${name}-${nextMessage}` };
      const receipt = { primary: name, endpoint: name, receivedAt: now, messageTime: Math.floor(now / 1000), ...ids };
      await receive(receipt, object, data);
      // On AWS, a stream wakes the publisher.
      await publish();
    };
    return {
      connect,
      lose,
      revoke: async () => void (await endpoints.revoke(name, now)),
      async job(entry) {
        const jobId = nextJob++;
        const names = { policyName: 'nightly', policyType: 'STANDARD', scheduleType: 'ST_FULL', jobType: 'BACKUP' };
        const ended = { state: DONE, status: 0, startTime: Math.floor(now / 1000) - 600 };
        await report('JOB', [{ jobId, parentJobId: jobId, ...names, ...ended, ...entry }]);
        return jobId;
      },
      images: (...entries) => report('IMAGE', entries),
    };
  }

  return {
    now: clock,
    told,
    primary,
    async canary() {
      for (const job of canaryJobs(now)) {
        const id = `canary-${probes++}`;
        const ids = { messageId: id, connectionId: id, requestId: id, messageTime: Math.floor(now / 1000) };
        await receive({ ...CANARY, ...ids, receivedAt: now }, 'JOB', [job]);
        await publish();
      }
    },
    async pass(ms, step = 60 * MINUTE_MS) {
      const until = now + ms;
      while (now < until) {
        now = Math.min(now + step, until);
        for (const { openedAt, renew } of [...connected.values()]) if (now >= openedAt + LONGEST_MS) await renew();
        await watch(watching, () => 50_000);
        await publish();
      }
    },
    database: { client, ledger, records, registry },
    end: () => client.destroy(),
  };
}

function environmentOf({ functions }: Deployment, start: string): Record<string, string> {
  const found = functions.find(({ id }) => id.startsWith(start));
  if (!found) throw new Error(`The stack has no function ${start}`);
  // Lambda itself adds the Region.
  return { ...found.environment, AWS_REGION: REGION };
}

function readMessage({ Subject, Message, MessageAttributes }: SnsMessage) {
  const attribute = (name: string) => MessageAttributes[name]?.StringValue ?? '';
  return {
    kind: attribute('kind'),
    severity: attribute('severity'),
    subject: Subject,
    text: String(JSON.parse(Message).email),
  };
}
