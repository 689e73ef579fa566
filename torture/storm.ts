import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Primary } from '../client/primary.ts';
import { createDraw } from '../client/traffic/draw.ts';
import { connectionItem } from '../functions/registry/endpoint.ts';
import { createEndpoints } from '../functions/registry/endpoints.ts';
import { newToken, tokenHash } from '../functions/registry/token.ts';
import { leapingClock } from '../local/clock.ts';
import { noFaults } from '../local/proxy/faults.ts';
import { type Run, startRun } from '../local/run.ts';
import type { Assembly } from '../local/stack/synthesize.ts';
import { type Adversities, noAdversities } from './adversities.ts';
import type { ClientLine, Evidence } from './checker/evidence.ts';
import { createFaultPlan, type TorturePlan } from './fault-plan.ts';
import { allItems, comeToRest, drain } from './leftovers.ts';
import { letMinutesPass, MINUTE_MS, type Minutes, stormClock } from './minutes.ts';
import { createPace } from './pace.ts';
import { EVERY_POINT, untried } from './points.ts';
import { createClient, type Sent, sendAll, stranger } from './senders.ts';
import { endsBeforeStall, STALLED_MS } from './stall.ts';
import { createTraffic } from './traffic.ts';

export interface StormOptions {
  assembly: Assembly;
  dynamodb: { url: string; accessKeyId: string };
  seed: number;
  notifications: number;
  faults: number;
  primaries: number;
  /** Of all primary servers together: a multiple of their number. */
  connections: number;
  /** Whether it continues until a function died before and after each call that any function makes. */
  everyPoint: boolean;
  /** Progress, for people who wait. */
  progress(text: string): void;
}

export interface Storm {
  evidence: Evidence;
  plan: TorturePlan;
  acknowledged: number;
  sent: Sent;
  adversities: Adversities;
  /** What the run waited for in vain; the evidence was collected nevertheless. */
  unrest: readonly string[];
  ms: number;
}

/** The subscriber whose queue is read in the end, like a program that `nbwatch:subscriptions` names. */
export const SUBSCRIBER = 'torture';

/**
 * Invocations at a time, over all functions: what AWS gives an account. For a hundredth of the notifications in the
 * middle of each third, it is what AWS may give a new account, less and less because the account's other functions take
 * more and more. Invocations above that are throttled: the gateway sends a frame, and NetBackup hangs up.
 */
const CONCURRENCY = { usual: 1_000, scarce: 10, scarcest: 4 };
function concurrency(share: number): number {
  const scarcity = (((share * 3) % 1) - 0.5) / 0.03;
  const { usual, scarce, scarcest } = CONCURRENCY;
  return scarcity > 0 && scarcity < 1 ? scarce - Math.floor(scarcity * (scarce - scarcest + 1)) : usual;
}

/**
 * Sending waits while more facts than this wait for their projection in a shard. Other functions do not count: the
 * archive collects facts for minutes, and all publishers but one find another at work, and wait.
 */
const BEHIND = 30;
const isPaced = (mapping: string) => mapping.startsWith('Projection');

/** How many strangers try a token that opens nothing, one after the other during the whole run. */
const STRANGERS = 12;

/** Sends all traffic through all faults, then lets the stack come to rest, and collects what it left behind. */
export async function storm(options: StormOptions): Promise<Storm> {
  const { seed, notifications, faults, everyPoint, progress } = options;
  const clock = leapingClock();
  const plan = createFaultPlan({ seed, faults, everyPoint: everyPoint ? EVERY_POINT : undefined });
  const sent: Sent = { times: 0, connections: 0 };
  const adversities = noAdversities();
  const [log, logs, strangers]: [ClientLine[], string[], string[]] = [[], [], []];
  const frames: Evidence['frames'][number][] = [];
  const failures: Evidence['failures'][number][] = [];
  const unrest: string[] = [];
  let armed = false;
  let share = 0;
  const run = await startRun({
    assembly: options.assembly,
    dynamodb: options.dynamodb,
    seed,
    clock: stormClock(clock),
    maxConcurrency: () => concurrency(share),
    faults: () => (armed ? plan : noFaults()),
    on: {
      // Other incoming frames are in the clients' log.
      frame: (frame) => (frame.direction === 'out' || frame.data.includes('"CONNECT"')) && frames.push(frame),
      log: ({ line }) => logs.push(line),
      invoked: (functionId, failure, event) => {
        if (failure?.startsWith('throttled')) adversities.throttled++;
        if (failure !== undefined) failures.push({ functionId, message: failure, ...requestIdOf(event) });
      },
      denied: ({ role, action }, why) => failures.push({ functionId: role, message: `denied ${action}: ${why}` }),
    },
  });
  const begun = performance.now();
  // Whatever fails, nothing may go on that keeps the program alive.
  const ends: (() => void)[] = [];
  try {
    const primaries = await register(run, options.primaries);
    const traffic = createTraffic({ seed, notifications, now: Math.floor(clock.now() / 1_000), primaries });
    const total = [...traffic.values()].reduce((sum, { length }) => sum + length, 0);
    const each = options.connections / options.primaries;
    const isBehind = () =>
      unrest.length === 0 && run.mappings.status().some(({ id, waiting }) => isPaced(id) && waiting > BEHIND);
    const pace = createPace(each * primaries.length, isBehind);
    const waiting = () => run.mappings.status().map(({ waiting }) => waiting);
    // A broken promise is reported, and not waited for without end.
    const waitFor = async (what: string, work: Promise<unknown>, sign: () => unknown) => {
      try {
        const isDone = await endsBeforeStall(work, sign);
        if (!isDone) unrest.push(`waited until ${what}, and nothing moved for ${STALLED_MS / MINUTE_MS} minutes`);
      } catch (error) {
        unrest.push(`waited until ${what}: ${error instanceof Error ? error.message : error}`);
      }
    };
    const reaching = { url: run.endpointUrl, log, sent, pace, adversities, now: clock.now };
    const clients = primaries.flatMap((primary) =>
      Array.from({ length: each }, () => ({ name: primary.name, client: createClient({ ...primary, ...reaching }) })),
    );
    for (const { client } of clients) ends.push(() => void client.stop());
    const visit = () => {
      const token = newToken();
      strangers.push(token);
      return stranger({ ...reaching, token }, (end) => ends.push(end));
    };
    // One after the other: twenty functions that start at once would take seconds.
    const started = async () => {
      for (const { client } of clients) await client.start();
    };
    await waitFor('the clients are accepted', started(), () => sent.connections);
    // Before any other fact of its shard, for a job of its own.
    for (const { name } of primaries.slice(0, POISON))
      await poison(run, name, 777_777).then(() => adversities.poison++);
    armed = true;
    const minutes = letMinutesPass(run, clock);
    ends.push(minutes.end);
    let acknowledged = 0;
    const recycle = () => {
      adversities.recycled += run.functions.workers().length;
      void run.functions.recycle();
    };
    const visits: Promise<void>[] = [];
    const poisonAmong = async () => {
      const [primary, jobId] = lastJob(log);
      if (primary === undefined) return;
      await poison(run, primary, jobId);
      adversities.poison++;
    };
    const tell = () => progress(`${acknowledged} of ${total} acknowledged, ${plan.injected().length} faults`);
    const seconds = setInterval(tell, 1_000);
    ends.push(() => clearInterval(seconds));
    const sending = Promise.all(
      clients.map(async ({ name, client }, index) => {
        const turn = index % each;
        const own = (traffic.get(name) ?? []).filter((_, at) => at % each === turn);
        await sendAll(client, own, {
          draw: createDraw(seed + index),
          ...{ pace, adversities },
          twin: each > 1 ? clients[index - turn + ((turn + 1) % each)]?.client : undefined,
          acknowledged: () => {
            acknowledged++;
            share = acknowledged / total;
            plan.reached(share);
            // Half-way, a deployment: warm functions end, and with them what they remember.
            if (acknowledged === Math.floor(total / 2)) recycle();
            if (acknowledged % Math.ceil(total / STRANGERS) === 0) visits.push(visit());
            if (acknowledged % Math.ceil(total / (POISON + 1)) === 0) visits.push(poisonAmong());
          },
        });
      }),
    );
    await waitFor('all is acknowledged', sending, () => acknowledged);
    clearInterval(seconds);
    await waitFor('strangers are refused', Promise.all(visits), () => visits.length);
    // From here on a minute passes in each round: while minutes pass on their own, the stack never comes to rest.
    progress(`${unrest.length === 0 ? 'all is acknowledged; ' : ''}waiting for what is behind`);
    await waitFor('the streams are read', minutes.stop().then(minutes.rest), waiting);
    const [first] = clients;
    if (first && unrest.length === 0) {
      const all = untilAllHappened({ plan, everyPoint, progress }, run, first.client, minutes, visit);
      await waitFor('all faults meet a call', all, () => [strangers.length, plan.injected().length, waiting()]);
    }
    plan.calm();
    await Promise.all(clients.map(({ client }) => client.stop()));
    progress('no more faults; waiting for the stack to come to rest');
    let rests = 0;
    const rest = () => minutes.rest().finally(() => rests++);
    await waitFor('all is told', comeToRest(run, rest, clock.leap), () => [rests, waiting()]);
    minutes.end();
    progress('collecting what it left behind');
    const { LedgerTable, RecordsTable, RegistryTable } = run.deployment.outputs;
    return {
      evidence: {
        ...{ primaries, strangers, log, frames, failures, logs, faults: plan.injected() },
        ledger: await allItems(run.dynamodb, LedgerTable),
        records: await allItems(run.dynamodb, RecordsTable),
        registry: await allItems(run.dynamodb, RegistryTable),
        queue: await drain(run, SUBSCRIBER),
      },
      ...{ plan, acknowledged, sent, unrest },
      adversities: { ...adversities, refused: plan.refused() },
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

/** How many unreadable facts come before all others, and how many among those of jobs that continue. */
const POISON = 5;

/**
 * Puts into the Ledger a fact that no version of nbwatch has written: it must hold up no other fact, and must be noted.
 */
async function poison({ dynamodb, deployment }: Run, primary: string, jobId: unknown): Promise<void> {
  const Item = marshall({ pk: `job#${primary}#${jobId}`, sk: '1#DONE#1', format: 99, entry: 'of another time' });
  await dynamodb.send(new PutItemCommand({ TableName: deployment.outputs.LedgerTable, Item }));
}

/** The primary server and the id of the job that was reported last: more facts of it may come. */
function lastJob(log: readonly ClientLine[]): [string, unknown] | [] {
  for (const line of log.toReversed()) {
    if (line.kind !== 'sent' || !Array.isArray(line.message.payload)) continue;
    const [{ object, data }] = line.message.payload;
    if (object === 'JOB' && Array.isArray(data) && typeof data[0]?.jobId === 'number')
      return [line.primary, data[0].jobId];
  }
  return [];
}

/**
 * Adds two connections whose end the gateway never reported. `openedAt`: epoch ms, long enough ago for Watch to check
 * them.
 */
async function lose({ dynamodb, deployment }: Run, name: string, openedAt: number): Promise<void> {
  for (const connectionId of [`${name}a=`, `${name}b=`]) {
    const of = { endpoint: 'primary-1', primary: 'primary-1', tokenHash: tokenHash(newToken()), sourceIp: '192.0.2.1' };
    const Item = marshall(connectionItem({ connectionId, ...of, openedAt, heardAt: openedAt }));
    await dynamodb.send(new PutItemCommand({ TableName: deployment.outputs.RegistryTable, Item }));
  }
}

/** The most further rounds: a function makes some of its calls rarely. */
const PATIENCE = 100;

/**
 * Continues, one round after the other, until every fault met a call and a function died before and after each call
 * that any function makes. A round is a new connection, two that the gateway lost, a failure, an image that comes and
 * goes, something unreadable, more entries than are stored without asking, and a stranger.
 */
async function untilAllHappened(
  { plan, everyPoint, progress }: { plan: TorturePlan; everyPoint: boolean; progress(text: string): void },
  run: Run,
  client: Primary,
  { minute, toLook, rest, now }: Pick<Minutes, 'minute' | 'toLook' | 'rest' | 'now'>,
  stranger: () => Promise<void>,
): Promise<void> {
  const startTime = Math.floor(Date.now() / 1_000);
  const names = { clientName: 'last', policyName: 'last', policyType: 'STANDARD', scheduleType: 'ST_FULL' };
  const info = (object: string, ...data: object[]) => ({ notificationType: 'INFO', object, data });
  for (let round = 1; round <= PATIENCE; round++) {
    const missing = everyPoint ? untried(plan.points()) : [];
    if (plan.left() === 0 && missing.length === 0) return;
    progress(`all is acknowledged; round ${round} for ${plan.left()} faults and a death ${missing.join(', ')}`);
    const jobId = 1_000_000 + round;
    const job = { jobId, parentJobId: jobId, ...names, jobType: 'BACKUP', startTime, state: 'DONE', status: 58 };
    const queued = { ...job, startTime: 0, state: 'QUEUED' };
    // The first entry comes twice: only then does ingest ask which of the others are stored.
    const many = Array.from({ length: 100 }, (_, each) => ({ ...queued, status: Math.max(0, each - 1) }));
    const image = { backupId: `last_${jobId}`, clientName: 'last', backupTime: startTime, clientType: 'STANDARD' };
    // Watch reads the client of a deleted image.
    const created = { ...image, operationId: 'CREATE', createdTime: startTime };
    const deleted = { ...image, operationId: 'DELETE', createdTime: startTime + 1 };
    const broken = { broken: `round ${round}` };
    client.cut();
    await lose(run, `lost-${round}`, now() - 10 * MINUTE_MS);
    await Promise.all([
      client.notify([
        info('JOB', job, broken, ...(missing.some((point) => point.includes('BatchGetItem Ledger')) ? many : [])),
        info('IMAGE', created, deleted),
      ]),
      stranger(),
    ]);
    // In turn: what Watch does every quarter of an hour, and what it does in another minute.
    if (round % 2 === 1) await toLook();
    await minute();
    await rest();
  }
}
