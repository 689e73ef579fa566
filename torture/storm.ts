import { type DynamoDBClient, PutItemCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { endpointFile } from '../cli/endpoint-file.ts';
import { createPrimary, type Primary } from '../client/primary.ts';
import { times } from '../client/times.ts';
import { createDraw } from '../client/traffic/draw.ts';
import { createEndpoints } from '../functions/registry/endpoints.ts';
import { newToken } from '../functions/registry/token.ts';
import { leapingClock } from '../local/clock.ts';
import { ACCOUNT, REGION } from '../local/environment.ts';
import { type Run, startRun } from '../local/run.ts';
import type { Assembly } from '../local/stack/synthesize.ts';
import type { ClientLine, Evidence, Item } from './checker/evidence.ts';
import { createFaultPlan, type TorturePlan } from './fault-plan.ts';
import { untried } from './points.ts';
import { createTraffic, type Sending } from './traffic.ts';

export interface StormOptions {
  assembly: Assembly;
  dynamodb: { url: string; accessKeyId: string };
  seed: number;
  notifications: number;
  faults: number;
  primaries: number;
  /** Of all primaries together. */
  connections: number;
  /** Whether it goes on until a function died before and after each call that any makes. */
  everyPoint: boolean;
  /** What goes on, for people who wait. */
  progress(text: string): void;
}

export interface Storm {
  evidence: Evidence;
  plan: TorturePlan;
  acknowledged: number;
  ms: number;
}

/** NetBackup's times and the minute of the schedules, divided by this. What AWS does by itself keeps its own times. */
const SCALE = 50;
const MINUTE_MS = 60_000;

/** The subscriber whose queue is read in the end: as a program that `nbwatch:subscriptions` names. */
export const SUBSCRIBER = 'torture';

/** Invocations at a time, of all functions, as in a new account. More are throttled: a frame of the gateway, at which NetBackup hangs up. */
const CONCURRENCY = 10;

/** Calls that a notification makes at least, in all functions: faults are spread over so many. */
const CALLS_PER_NOTIFICATION = 5;

/** Sends all traffic through all faults, then lets the stack come to rest, and collects what it left behind. */
export async function storm(options: StormOptions): Promise<Storm> {
  const { seed, notifications, faults, everyPoint, progress } = options;
  const clock = leapingClock();
  const plan = createFaultPlan({ seed, faults, calls: notifications * CALLS_PER_NOTIFICATION, everyPoint });
  const [log, logs]: [ClientLine[], string[]] = [[], []];
  const frames: Evidence['frames'][number][] = [];
  const failures: Evidence['failures'][number][] = [];
  let armed = false;
  const run = await startRun({
    assembly: options.assembly,
    dynamodb: options.dynamodb,
    seed,
    // Schedules are fired below, fifty times as often.
    clock: { ...clock, after: (ms, callback) => (ms < 60_000 ? clock.after(ms, callback) : () => {}) },
    maxConcurrency: CONCURRENCY,
    faults: () => (armed ? plan : { before: () => undefined, after: () => undefined }),
    on: {
      frame: (frame) => frames.push(frame),
      log: ({ line }) => logs.push(line),
      invoked: (functionId, failure, event) => {
        if (failure !== undefined) failures.push({ functionId, message: failure, ...requestIdOf(event) });
      },
      denied: ({ role, action }, why) => failures.push({ functionId: role, message: `denied ${action}: ${why}` }),
    },
  });
  const begun = performance.now();
  // Whatever fails, nothing goes on that would keep the program alive.
  const ends: (() => void)[] = [];
  try {
    const primaries = await register(run, options.primaries);
    const traffic = createTraffic({
      ...{ seed, notifications, now: Math.floor(clock.now() / 1_000) },
      primaries,
    });
    const each = Math.max(1, Math.round(options.connections / options.primaries));
    const clients = primaries.flatMap(({ name, token }) =>
      Array.from({ length: each }, () => ({ name, client: connect(run, name, token, log) })),
    );
    await poison(run);
    armed = true;
    const minutes = letMinutesPass(run, clock.leap);
    ends.push(
      minutes.end,
      ...clients.map(
        ({ client }) =>
          () =>
            void client.stop(),
      ),
    );
    const total = [...traffic.values()].reduce((sum, { length }) => sum + length, 0);
    let acknowledged = 0;
    const seconds = setInterval(
      () => progress(`${acknowledged} of ${total} acknowledged, ${plan.injected().length} faults`),
      1_000,
    );
    ends.push(() => clearInterval(seconds));
    await Promise.all(
      clients.map(async ({ name, client }, index) => {
        const own = traffic.get(name) ?? [];
        const turn = index % each;
        await sendAll(
          client,
          own.filter((_, at) => at % each === turn),
          createDraw(seed + index),
          {
            twin: each > 1 ? clients[index - turn + ((turn + 1) % each)]?.client : undefined,
            acknowledged: () => {
              // In the middle of it, new code: warm functions end, and what they remember with them.
              if (++acknowledged === Math.floor(total / 2)) void run.functions.recycle();
            },
          },
        );
      }),
    );
    clearInterval(seconds);
    progress('all is acknowledged; waiting for the last functions to die where none did yet');
    await strangers(run, log);
    const [first] = clients;
    if (first && everyPoint) await untilAllTried(plan, run, first.client, minutes.minute);
    plan.calm();
    await minutes.stop();
    await Promise.all(clients.map(({ client }) => client.stop()));
    progress('no more faults; waiting for the stack to come to rest');
    await comeToRest(run, clock.leap);
    progress('collecting what it left behind');
    const { LedgerTable = '', RecordsTable = '', RegistryTable = '' } = run.deployment.outputs;
    const [ledger, records, registry] = await Promise.all(
      [LedgerTable, RecordsTable, RegistryTable].map((table) => allItems(run.dynamodb, table)),
    );
    const queue = await drain(run);
    return {
      evidence: {
        ...{ primaries, log, queue, frames, failures, logs, faults: plan.injected() },
        ...{ ledger: ledger ?? [], records: records ?? [], registry: registry ?? [] },
      },
      plan,
      acknowledged,
      ms: performance.now() - begun,
    };
  } finally {
    for (const end of ends) end();
    await run.stop();
  }
}

function requestIdOf(event: unknown): { requestId?: string } {
  const context = (event as { requestContext?: { requestId?: unknown } } | null)?.requestContext;
  return typeof context?.requestId === 'string' ? { requestId: context.requestId } : {};
}

async function register(run: Run, count: number): Promise<{ name: string; token: string }[]> {
  const endpoints = createEndpoints(run.dynamodb, run.deployment.outputs.RegistryTable ?? '');
  const all = Array.from({ length: count }, (_, index) => ({ name: `primary-${index + 1}`, token: newToken() }));
  for (const { name, token } of all)
    await endpoints.create({ endpoint: name, primary: name, group: name, priority: 1 }, Date.now(), token);
  return all;
}

function connect(run: Run, name: string, token: string, log: ClientLine[]): Primary {
  const endpoint = { endpoint: name, primary: name, group: name, priority: 1 };
  const client = createPrimary({
    endpoint: endpointFile(endpoint, token, run.endpointUrl),
    times: times(SCALE),
    insecure: true,
    maxOutstanding: 1,
    keepEvents: false,
    onEvent(event) {
      if (event.kind === 'sent' && event.attempt === 1) {
        const { timeStamp, payload } = event.message;
        log.push({ primary: name, kind: 'sent', id: event.id, message: { timeStamp, payload } });
      }
      if (event.kind === 'acknowledged') log.push({ primary: name, kind: 'acknowledged', id: event.id });
      if (event.kind === 'undecodable') log.push({ primary: name, kind: 'undecodable', frame: event.frame });
    },
  });
  client.start().catch(() => {});
  return client;
}

/** Sends what one connection has to send, one after the other, and cuts it now and then: before a message, within one, and before its answer. */
async function sendAll(
  client: Primary,
  messages: readonly Sending[],
  draw: ReturnType<typeof createDraw>,
  { twin, acknowledged }: { twin: Primary | undefined; acknowledged: () => void },
): Promise<void> {
  for (const { payload, id, timeStamp } of messages) {
    const cut = draw.chance(0.02) ? draw.one(['before', 'within', 'after']) : undefined;
    if (cut === 'before') client.cut();
    if (cut === 'within') client.cutWithin(payload);
    // Two invocations for one message at once.
    if (twin && draw.chance(0.02)) void twin.notify(payload, { id, timeStamp }).catch(() => {});
    const answer = client.notify(payload, { id, timeStamp });
    if (cut === 'after') client.cut();
    await answer;
    acknowledged();
  }
}

/** Facts that no version of nbwatch has written, in the Ledger: they hold up no other fact, and are noted. */
async function poison({ dynamodb, deployment }: Run): Promise<void> {
  for (let each = 1; each <= 5; each++) {
    const Item = marshall({ pk: `job#primary-${each}#777777`, sk: '1#DONE#1', format: 99, entry: 'of another time' });
    await dynamodb.send(new PutItemCommand({ TableName: deployment.outputs.LedgerTable, Item }));
  }
}

/** Some who have no token: each is refused and put out. */
async function strangers(run: Run, log: ClientLine[]): Promise<void> {
  for (let each = 0; each < 12; each++) {
    const stranger = connect(run, 'stranger', newToken(), log);
    await stranger.start().catch(() => {});
    await stranger.stop();
  }
}

/**
 * Each 1.2 s a minute passes: the time of day leaps by what is left of it, and publisher and watch are woken as the rule `EachMinute` does.
 * What is on its way then is older than it thinks, as after a clock was set.
 */
function letMinutesPass(run: Run, leap: (ms: number) => void) {
  const functionsThat = (start: string) => run.deployment.functions.filter(({ id }) => id.startsWith(start));
  const targets = [...functionsThat('Publisher'), ...functionsThat('Watch')].map(({ id }) => id);
  const underway = new Set<Promise<unknown>>();
  const minute = () => {
    leap(MINUTE_MS - MINUTE_MS / SCALE);
    for (const target of targets) {
      const one = run.functions.invoke(target, {});
      underway.add(one);
      void one.finally(() => underway.delete(one));
    }
  };
  const timer = setInterval(minute, MINUTE_MS / SCALE);
  const end = () => clearInterval(timer);
  return {
    minute,
    end,
    async stop() {
      end();
      await Promise.all(underway);
    },
  };
}

/** How many more failures are reported at most, so that a function dies at each point: it comes to some of them rarely. */
const PATIENCE = 200;

/** Reports one failure after the other until a function died before and after each call that any makes. */
async function untilAllTried(plan: TorturePlan, run: Run, client: Primary, minute: () => void): Promise<void> {
  const startTime = Math.floor(Date.now() / 1_000);
  const names = {
    clientName: 'last',
    policyName: 'last',
    policyType: 'STANDARD',
    jobType: 'BACKUP',
    scheduleType: 'ST_FULL',
  };
  for (let jobId = 1_000_000; jobId < 1_000_000 + PATIENCE && !isTried(plan); jobId++) {
    const job = { jobId, parentJobId: jobId, ...names, startTime, state: 'DONE', status: 58 };
    const image = { backupId: `last_${jobId}`, operationId: 'CREATE', createdTime: startTime, clientName: 'last' };
    await client.notify([
      { notificationType: 'INFO', object: 'JOB', data: [job] },
      {
        notificationType: 'INFO',
        object: 'IMAGE',
        data: [{ ...image, backupTime: startTime, clientType: 'STANDARD' }],
      },
    ]);
    minute();
    await run.idle();
  }
}

const isTried = (plan: TorturePlan) => untried(plan.points()).length === 0;

/** Until nobody waits for a message: what is told in digests has its time, and a publisher that died has its lease for a minute. */
async function comeToRest(run: Run, leap: (ms: number) => void): Promise<void> {
  const publisher = run.deployment.functions.find(({ id }) => id.startsWith('Publisher'))?.id ?? '';
  for (let patience = 200; patience > 0; patience--) {
    await run.idle();
    const records = await allItems(run.dynamodb, run.deployment.outputs.RecordsTable ?? '');
    if (!records.some(({ pending }) => pending === 'intent')) return;
    leap(15 * MINUTE_MS);
    await run.functions.invoke(publisher, {});
  }
  throw new Error('Intents are pending that are never told');
}

async function allItems(client: DynamoDBClient, table: string): Promise<Item[]> {
  const items: Item[] = [];
  for await (const { Items = [] } of paginateScan({ client }, { TableName: table, ConsistentRead: true }))
    items.push(...Items.map((item) => unmarshall(item)));
  return items;
}

/** The text of every message in the subscriber's queue. */
async function drain(run: Run): Promise<string[]> {
  const credentials = { accessKeyId: 'person', secretAccessKey: 'local' };
  const sqs = new SQSClient({ region: REGION, endpoint: run.awsUrl, credentials });
  const QueueUrl = `${run.awsUrl}/${ACCOUNT}/${SUBSCRIBER}`;
  const texts: string[] = [];
  try {
    for (;;) {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      if (Messages.length === 0) return texts;
      for (const { Body = '', ReceiptHandle } of Messages) {
        const envelope: unknown = JSON.parse(Body);
        const inner = (envelope as { Message?: unknown }).Message;
        texts.push(typeof inner === 'string' ? inner : Body);
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
    }
  } finally {
    sqs.destroy();
  }
}
