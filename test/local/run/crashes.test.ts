import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import { times } from '../../../client/times.ts';
import { jobPartition } from '../../../functions/keys/ledger.ts';
import { leaseKey } from '../../../functions/keys/records.ts';
import { endpointKey } from '../../../functions/keys/registry.ts';
import { type Item, readPartition } from '../../../functions/store/items.ts';
import type { Call } from '../../../local/proxy/call.ts';
import type { Fault } from '../../../local/proxy/faults.ts';
import { allItems } from '../../functions/support.ts';
import { readExample } from '../../support/examples.ts';
import { type Mischief, mischief } from '../../support/faults.ts';
import { startTestRun, type TestRun } from '../../support/test-run.ts';

/** NetBackup's own times, except for the minute that it waits before it connects again. */
const IMPATIENT = { ...times(), reconnectAfter: 50 };

/** The failed job of examples/ under another id. */
function failedJob(jobId: number): unknown[] {
  return readExample('08-job-failed.json').payload.map((info) => ({
    ...info,
    data: info.data.map((entry) => ({ ...entry, jobId, parentJobId: jobId })),
  }));
}

const isIngest = ({ role }: Call) => role.startsWith('Ingest');
const isPublisher = ({ role }: Call) => role.startsWith('Publisher');

/** `Publisher sns:Publish` */
const nameOf = ({ role, action }: Call) => `${role.replace(/Role\w+$/, '')} ${action}`;

/**
 * The calls as steps: each call's name, and which occurrence of that name it is. The notes of `ingest` come last: after
 * a fault there, `ingest` may note the end of the connection at any time, which must not count in the next step.
 */
function stepsOf(calls: readonly Call[]): { name: string; occurrence: number }[] {
  const seen = new Map<string, number>();
  const steps = calls.map((call) => {
    const name = nameOf(call);
    const occurrence = (seen.get(name) ?? 0) + 1;
    seen.set(name, occurrence);
    return { name, occurrence };
  });
  const [notes = [], rest = []] = [true, false].map((isNote) => steps.filter(({ name }) => (name === NOTE) === isNote));
  return [...rest, ...notes];
}

/** How `ingest` notes the first use of a token, that it heard a connection, and that the connection ended. */
const NOTE = 'Ingest dynamodb:UpdateItem';

/**
 * Behind the stream, a death before a call is the same as a death after the call before it. The publisher's own tests
 * show at each step what it does when a call merely fails.
 */
function isOfInterest(name: string, side: 'before' | 'after', fault: Fault): boolean {
  if (name.startsWith('Ingest')) return true;
  return fault.kind === 'kill' ? side === 'after' : !name.startsWith('Publisher');
}

/** Everything that a failed job left behind. */
async function traces({ run, published }: TestRun, jobId: number) {
  const { LedgerTable = '', RecordsTable = '' } = run.deployment.outputs;
  const inPartition = (table: string) =>
    Array.fromAsync(readPartition(run.dynamodb, table, jobPartition('demo', jobId)));
  const [facts, records] = await Promise.all([inPartition(LedgerTable), inPartition(RecordsTable)]);
  const alerts = published
    .map(({ bodies }) => JSON.parse(bodies.default ?? ''))
    .filter(({ job }) => job.jobId === jobId);
  return {
    entries: facts.map(({ entry }) => JSON.parse(String(entry))),
    kinds: records
      .map(({ sk }) => String(sk).split('#')[0])
      .filter((kind) => kind !== 'run')
      .toSorted(),
    pending: records.filter((item) => 'pending' in item),
    alerts,
    alertIds: new Set(alerts.map(({ id }) => id)),
  };
}

/** Makes the endpoint's token unused again, because noting its first use is a step of its own. */
async function forgetFirstUse({ run }: TestRun): Promise<void> {
  await run.dynamodb.send(
    new UpdateItemCommand({
      TableName: run.deployment.outputs.RegistryTable,
      Key: marshall(endpointKey('demo')),
      UpdateExpression: 'REMOVE tokenUsedAt',
    }),
  );
}

const isOpen = ({ pk, closedAt }: Item) => String(pk).startsWith('connection#') && closedAt === undefined;

/**
 * Ends the publisher's lease. A publisher that died, or never learned that it had the lease, keeps others out until its
 * invocation's time is over, and the test cannot wait for a minute.
 */
async function endLease({ run }: TestRun): Promise<void> {
  await run.dynamodb.send(
    new UpdateItemCommand({
      TableName: run.deployment.outputs.RecordsTable,
      Key: marshall(leaseKey('publisher')),
      UpdateExpression: 'SET #until = :past',
      ConditionExpression: 'attribute_exists(pk)',
      ExpressionAttributeNames: { '#until': 'until' },
      ExpressionAttributeValues: marshall({ ':past': 0 }),
    }),
  );
}

/** Sends one failed job from CONNECT to the alert through `faults`. Returns the call that met a fault, if one did. */
async function sendThrough(test: TestRun, faults: Mischief, jobId: number): Promise<Call | undefined> {
  await forgetFirstUse(test);
  const open = async () => (await test.items('RegistryTable')).filter(isOpen).length;
  const openBefore = await open();
  const primary = test.primary({ times: IMPATIENT });
  // The projection could come before or after the acknowledgement. Here it always comes after, so that each number is
  // one call.
  test.run.mappings.pause();
  void primary.start().catch(() => {});
  await primary.notify(failedJob(jobId));
  const hits = faults.hit().length;
  await primary.stop();
  // Waits, so that no end is noted while the next job is on its way. A fault may have kept this end from being noted.
  const isQuiet = async () => faults.hit().length > hits || (await open()) <= openBefore;
  await expect.poll(isQuiet, { interval: 10 }).toBe(true);
  test.run.mappings.resume();
  let idle = false;
  let ended: Promise<void> | undefined;
  const rest = test.run.idle().then(() => {
    idle = true;
  });
  // Once only, and immediately: the mapping waits 100 ms before it wakes the next publisher, whose lease must stay.
  const look = () => {
    if (faults.hit().some(isPublisher)) ended ??= endLease(test).catch(() => {});
    return idle;
  };
  await expect.poll(look, { interval: 10 }).toBe(true);
  await Promise.all([rest, ended]);
  return faults.hit()[0];
}

const ERROR: Fault = { kind: 'error', status: 500, code: 'InternalServerError', message: 'injected' };

describe('a failed job is acknowledged, stored once, recorded once and alerted under one id', () => {
  it.each<[string, ['before' | 'after', Fault][]]>([
    [
      'when a worker dies before a call, the call does not get there, or its answer is lost',
      [
        ['before', { kind: 'kill' }],
        ['before', { kind: 'cut' }],
        ['after', ERROR],
      ],
    ],
    ['when a worker dies after a call', [['after', { kind: 'kill' }]]],
  ])('%s, for each call from CONNECT to the alert', { timeout: 120_000 }, async (_, ways) => {
    const faults = mischief();
    const test = await startTestRun({ faults: faults.plan });
    // First without a fault, to find the steps: each by its function, its action and its occurrence.
    await sendThrough(test, faults, 1_000);
    const steps = stepsOf(test.run.proxy.calls());
    let jobId = 1_000;
    for (const [side, fault] of ways) {
      const met: string[] = [];
      for (const { name, occurrence } of steps) {
        if (!isOfInterest(name, side, fault)) continue;
        jobId += 1;
        faults.at(occurrence, side, fault, (call) => nameOf(call) === name);
        const hit = await sendThrough(test, faults, jobId);
        // What a publisher finds pending when the schedule wakes it is not the same each time.
        if (!hit) continue;
        met.push(name);
        const { entries, kinds, pending, alerts, alertIds } = await traces(test, jobId);
        const where = `${side} ${name}, occurrence ${occurrence}: ${fault.kind}`;
        expect(entries, where).toEqual([expect.objectContaining({ jobId, status: 156, state: 'DONE' })]);
        expect(kinds, where).toEqual(['intent', 'job']);
        expect(pending, where).toEqual([]);
        // A publisher that dies between SNS's answer and its own note of it publishes again, under the same id.
        expect([...alertIds], where).toHaveLength(1);
        const mayRepeat = hit.action === 'sns:Publish' || nameOf(hit) === 'Publisher dynamodb:UpdateItem';
        expect(alerts.length, where).toBeLessThanOrEqual(mayRepeat ? 2 : 1);
      }
      // Each kind of step was hit: token, binding, answer, fact, acknowledgement, and so on until the end of the lease.
      const all = [
        'Ingest dynamodb:GetItem',
        'Ingest dynamodb:PutItem',
        NOTE,
        'Ingest execute-api:ManageConnections',
        'Projection dynamodb:GetItem',
        'Projection dynamodb:PutItem',
        'Projection dynamodb:Query',
        'Publisher dynamodb:BatchGetItem',
        'Publisher dynamodb:DeleteItem',
        'Publisher dynamodb:GetItem',
        'Publisher dynamodb:PutItem',
        'Publisher dynamodb:Query',
        'Publisher dynamodb:UpdateItem',
        'Publisher sns:Publish',
      ];
      expect([...new Set(met)].sort()).toEqual(all.filter((name) => isOfInterest(name, side, fault)));
    }
  });
});

describe('killing an ingest worker', () => {
  it('before or after it stores the fact makes the gateway send its own frame, and NetBackup reconnect and resend', async () => {
    const faults = mischief((call) => isIngest(call) && call.resource.includes('StoresLedger'));
    const test = await startTestRun({ faults: faults.plan });
    const primary = test.primary({ times: IMPATIENT });
    await primary.start();
    for (const [jobId, side] of (['before', 'after'] as const).entries()) {
      const [events, frames] = [primary.events.length, test.frames.length];
      test.troubles.length = 0;
      faults.at(1, side, { kind: 'kill' });
      const acknowledged = primary.notify(failedJob(jobId));
      const made = () => test.frames.slice(frames).filter(({ madeByGateway }) => madeByGateway);
      await expect.poll(made).toHaveLength(1);
      const [frame] = made();
      expect(JSON.parse(frame?.data ?? '')).toEqual({
        message: 'Internal server error',
        connectionId: frame?.connectionId,
        requestId: expect.any(String),
      });
      await acknowledged;
      await test.run.idle();
      const kinds = primary.events.slice(events).map(({ kind }) => kind);
      expect(kinds.filter((kind) => /undecodable|closed|accepted/.test(kind))).toEqual([
        'undecodable',
        'closed',
        'accepted',
      ]);
      expect(test.troubles).toEqual([expect.stringMatching(/^Ingest\w+: killed: /)]);
      // The log line comes after the acknowledgement.
      const lastLine = () => test.logs.findLast((line) => line.includes('"AcknowledgementTime":'));
      await expect.poll(lastLine).toContain(side === 'after' ? '"Duplicates":1' : '"Facts":1');
      const { entries, alerts } = await traces(test, jobId);
      expect([entries.length, alerts.length]).toEqual([1, 1]);
    }
  });
});

describe('a large message with an entry that cannot be read and one that is a variant', () => {
  /** 90 jobs, a variant of the first, and an entry that cannot be read. */
  const largeMessage = (first: number): unknown[] =>
    failedJob(first).map((info) => {
      const { data, ...group } = info as { data: object[] };
      const [entry] = data;
      const jobs = Array.from({ length: 90 }, (_, index) => ({
        ...entry,
        ...{ jobId: first + index, parentJobId: first + index, state: 'ACTIVE', status: 0 },
      }));
      // The variant comes early, with many entries behind it: from then on `ingest` asks which facts are there.
      return { ...group, data: [{ ...jobs[0], jobType: 'RESTORE' }, ...jobs, { jobId: first }] };
    });

  it('is stored whole, its unreadable entry put aside once, whichever call an ingest worker dies before or after', {
    timeout: 180_000,
  }, async () => {
    const faults = mischief();
    const test = await startTestRun({ faults: faults.plan });
    test.run.mappings.pause();
    const send = async (first: number, arm: () => void) => {
      const primary = test.primary({ times: IMPATIENT });
      await primary.start();
      const before = test.run.proxy.calls().length;
      arm();
      await primary.notify(largeMessage(first));
      await primary.stop();
      return test.run.proxy.calls().slice(before).filter(isIngest);
    };
    const steps = stepsOf(await send(100, () => {}));
    const puts = steps.filter(({ name }) => name === 'Ingest dynamodb:PutItem').length;
    // The puts of facts are alike, so a few stand for all.
    const distinct = steps.filter(({ name, occurrence: n }) => n <= 2 || n === puts || !name.endsWith('PutItem'));
    const met = new Map<number, string>();
    let first = 100;
    for (const side of ['before', 'after'] as const) {
      for (const { name, occurrence } of distinct) {
        first += 100;
        await send(first, () => faults.at(occurrence, side, { kind: 'kill' }, (call) => nameOf(call) === name));
        if (faults.hit().length === 0) continue;
        met.set(first, `${side} ${name}, occurrence ${occurrence}`);
      }
    }
    const ledger = await allItems(test.run.dynamodb, test.run.deployment.outputs.LedgerTable ?? '');
    const numberOf = ({ entry, content }: Item) => Number(/"jobId":(\d+)/.exec(String(entry ?? content))?.[1]);
    const messages = Map.groupBy(ledger, (item) => Math.floor(numberOf(item) / 100) * 100);
    for (const [message, where] of met) {
      const stored = messages.get(message) ?? [];
      expect(stored.filter(({ entry }) => entry !== undefined).length, where).toBe(91);
      expect(stored.filter(({ content }) => content !== undefined).length, where).toBe(1);
    }
    const calls = [...met.values()].map((where) => where.replace(/^\w+ |,.*$/g, ''));
    expect([...new Set(calls)].sort()).toEqual([
      'Ingest dynamodb:BatchGetItem',
      'Ingest dynamodb:GetItem',
      'Ingest dynamodb:PutItem',
      'Ingest dynamodb:UpdateItem',
      'Ingest execute-api:ManageConnections',
    ]);
  });
});

describe('throttling behind the stream', () => {
  it('makes the SDK, and then the mapping, retry projection, publisher and SNS until the alert is out', async () => {
    const faults = mischief();
    const test = await startTestRun({ faults: faults.plan });
    const primary = test.primary();
    await primary.start();
    const throttled = [
      (call: Call) => call.role.startsWith('Projection'),
      isPublisher,
      (call: Call) => call.action === 'sns:Publish',
    ];
    for (const [jobId, which] of throttled.entries()) {
      // More than the SDK's own three attempts.
      faults.next(5, which, { kind: 'throttle' });
      await primary.notify(failedJob(jobId));
      await test.run.idle();
      expect(faults.hit()).toHaveLength(5);
      const { kinds, pending, alerts } = await traces(test, jobId);
      expect([kinds, pending, alerts.length]).toEqual([['intent', 'job'], [], 1]);
    }
  });
});

it('a publisher that is invoked while SNS is slow for another publishes nothing, and the alert goes out once', async () => {
  const faults = mischief();
  const test = await startTestRun({ faults: faults.plan });
  const primary = test.primary();
  await primary.start();
  const publisher = test.run.deployment.functions.find(({ id }) => id.startsWith('Publisher'))?.id ?? '';
  const isPublish = ({ action }: Call) => action === 'sns:Publish';
  faults.next(2, isPublish, { kind: 'delay', ms: 1_500 });
  await primary.notify(failedJob(1));
  // SNS has been asked and has not answered.
  await expect.poll(() => faults.hit(), { interval: 5 }).toHaveLength(1);
  expect(await test.run.functions.invoke(publisher, {})).toMatchObject({ ok: true });
  expect(test.logs.findLast((line) => line.includes('"busy"'))).toContain('"published":0');
  await test.run.idle();
  const { pending, alerts } = await traces(test, 1);
  expect([pending, alerts.length]).toEqual([[], 1]);
  expect(test.troubles).toEqual([]);
});
