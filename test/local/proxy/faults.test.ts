import { ApiGatewayManagementApiClient, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Clock, manualClock } from '../../../local/clock.ts';
import type { Backends } from '../../../local/proxy/backends.ts';
import type { Call } from '../../../local/proxy/call.ts';
import { type Fault, type FaultPlan, noFaults, seededFaults } from '../../../local/proxy/faults.ts';
import type { ProxyOptions } from '../../../local/proxy/server.ts';
import { as, NOWHERE, proxyFor, refusal, roles } from './setup.ts';

const faultBefore = (fault: Fault): FaultPlan => ({ ...noFaults(), before: () => fault });
const faultAfter = (fault: Fault): FaultPlan => ({ ...noFaults(), after: () => fault });

/** A gateway behind a proxy with faults. `events` is what happened, in order. */
async function gateway(plan: FaultPlan, options: Partial<ProxyOptions> = {}) {
  const events: string[] = [];
  const backends: Backends = {
    dynamodb: { url: NOWHERE, accessKeyId: 'nbwatch' },
    management: () => ({
      async post(_, data) {
        events.push(`posted ${data}`);
        return { status: 200 };
      },
      get: () => ({ status: 200 }),
      delete: () => ({ status: 204 }),
    }),
  };
  const onKill = (worker: string) => events.push(`killed ${worker}`);
  const proxy = await proxyFor({ backends, faults: () => plan, onKill, ...options });
  const post = (name = 'Writer', abortSignal?: AbortSignal) =>
    new ApiGatewayManagementApiClient(as(name, proxy, '/api1/prod')).send(
      new PostToConnectionCommand({ ConnectionId: 'c=', Data: 'x' }),
      { ...(abortSignal ? { abortSignal } : {}) },
    );
  return { proxy, events, post };
}

/** A manual clock whose `waiting` resolves, with the ms, when somebody starts to wait. */
function watchedClock() {
  const clock = manualClock();
  const waiting = Promise.withResolvers<number>();
  const watched: Clock = {
    now: clock.now,
    after(ms, callback) {
      waiting.resolve(ms);
      return clock.after(ms, callback);
    },
  };
  return { watched, advance: clock.advance, waiting: waiting.promise };
}

describe('a fault before the call', () => {
  test('error: the caller gets it, and the call is not made', async () => {
    const { events, post } = await gateway(
      faultBefore({ kind: 'error', status: 410, code: 'GoneException', message: 'no' }),
    );
    expect(await refusal(post())).toMatchObject({ name: 'GoneException', status: 410 });
    expect(events).toEqual([]);
  });

  test('cut: the caller loses its connection, and the call is not made', async () => {
    const { events, post } = await gateway(faultBefore({ kind: 'cut' }));
    await expect(post()).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(events).toEqual([]);
  });

  test('kill: the worker is killed, its connection is lost, and the call is not made', async () => {
    const { events, post } = await gateway(faultBefore({ kind: 'kill' }));
    await expect(post()).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(events).toEqual(['killed worker-1']);
  });

  test('hang: no answer until the caller gives up, and the next call is served', async () => {
    const caller = new AbortController();
    const plan: FaultPlan = {
      ...noFaults(),
      before(call) {
        if (call.n > 1) return undefined;
        caller.abort();
        return { kind: 'hang' };
      },
    };
    const { events, post } = await gateway(plan);
    await expect(post('Writer', caller.signal)).rejects.toMatchObject({ name: 'AbortError' });
    expect(events).toEqual([]);
    await post();
    expect(events).toEqual(['posted x']);
  });

  test('delay: the call is made when the delay is over by the clock, not earlier', async () => {
    const { watched, advance, waiting } = watchedClock();
    const { events, post } = await gateway(faultBefore({ kind: 'delay', ms: 1_500 }), { clock: watched });
    const posted = post();
    expect(await waiting).toBe(1_500);
    advance(1_499);
    expect(events).toEqual([]);
    advance(1);
    await posted;
    expect(events).toEqual(['posted x']);
  });
});

describe('a fault after the call: the call is made, but its answer changes', () => {
  test.each<[Fault, object, string[]]>([
    [{ kind: 'error', status: 500, code: 'InternalError', message: 'lost' }, { name: 'InternalError' }, []],
    [{ kind: 'throttle' }, { name: 'LimitExceededException' }, []],
    [{ kind: 'cut' }, { code: 'ECONNRESET' }, []],
    [{ kind: 'kill' }, { code: 'ECONNRESET' }, ['killed worker-1']],
  ])('%j', async (fault, error, more) => {
    const { events, post } = await gateway(faultAfter(fault));
    await expect(post()).rejects.toMatchObject(error);
    expect(events).toEqual(['posted x', ...more]);
  });

  test('delay: the answer comes late', async () => {
    const { watched, advance, waiting } = watchedClock();
    const { events, post } = await gateway(faultAfter({ kind: 'delay', ms: 10 }), { clock: watched });
    const posted = post();
    await waiting;
    expect(events).toEqual(['posted x']);
    advance(10);
    await posted;
  });

  test('hang: the answer never comes', async () => {
    const caller = new AbortController();
    const plan: FaultPlan = {
      ...noFaults(),
      after() {
        caller.abort();
        return { kind: 'hang' };
      },
    };
    const { events, post } = await gateway(plan);
    await expect(post('Writer', caller.signal)).rejects.toMatchObject({ name: 'AbortError' });
    expect(events).toEqual(['posted x']);
  });
});

describe('each service reports faults in its own format', () => {
  const error: Fault = { kind: 'error', status: 400, code: 'Broken', message: 'a < b & "c"' };
  const services: [string, (url: string) => Promise<unknown>, string][] = [
    [
      'DynamoDB',
      (url) => new DynamoDBClient(as('Writer', { url })).send(new ListTablesCommand({})),
      'ProvisionedThroughputExceededException',
    ],
    [
      'SNS',
      (url) => new SNSClient(as('Writer', { url })).send(new PublishCommand({ TopicArn: 'arn:x', Message: 'm' })),
      'Throttling',
    ],
    [
      'SQS',
      (url) =>
        new SQSClient(as('Writer', { url })).send(new SendMessageCommand({ QueueUrl: `${url}/0/q`, MessageBody: 'm' })),
      'RequestThrottled',
    ],
    [
      'S3',
      (url) =>
        new S3Client({ ...as('Writer', { url }), forcePathStyle: true }).send(
          new GetObjectCommand({ Bucket: 'b', Key: 'k' }),
        ),
      'SlowDown',
    ],
    [
      'the management API',
      (url) =>
        new ApiGatewayManagementApiClient(as('Writer', { url }, '/api1/prod')).send(
          new PostToConnectionCommand({ ConnectionId: 'c=', Data: 'x' }),
        ),
      'LimitExceededException',
    ],
  ];

  test.each(services)('%s: an error with any code and message', async (_, call) => {
    const { url } = await proxyFor({ faults: () => faultBefore(error) });
    expect(await refusal(call(url))).toEqual({ name: 'Broken', message: 'a < b & "c"', status: 400 });
  });

  test.each(services)('%s: throttling, by the name that the service gives it', async (_, call, name) => {
    const { url } = await proxyFor({ faults: () => faultBefore({ kind: 'throttle' }) });
    expect((await refusal(call(url))).name).toBe(name);
  });

  test('the SDK tries a throttled call again', async () => {
    const plan: FaultPlan = { ...noFaults(), before: ({ n }) => (n === 1 ? { kind: 'throttle' } : undefined) };
    const { proxy, events } = await gateway(plan);
    const client = new ApiGatewayManagementApiClient({ ...as('Writer', proxy, '/api1/prod'), maxAttempts: 2 });
    await client.send(new PostToConnectionCommand({ ConnectionId: 'c=', Data: 'x' }));
    expect(events).toEqual(['posted x']);
    expect(proxy.calls().map(({ n }) => n)).toEqual([1, 2]);
  });
});

describe('whether a call meets faults', () => {
  test('a person’s call meets none', async () => {
    const { events, post } = await gateway(faultBefore({ kind: 'cut' }));
    await post('AKIAPERSON');
    expect(events).toEqual(['posted x']);
  });

  test('no fault is drawn for a call that is denied', async () => {
    const asked: Call[] = [];
    const plan: FaultPlan = {
      ...noFaults(),
      before(call) {
        asked.push(call);
        return { kind: 'cut' };
      },
    };
    const { post } = await gateway(plan, { roles: roles({ Writer: [] }) });
    expect((await refusal(post())).status).toBe(403);
    expect(asked).toEqual([]);
  });

  test('the plan taken before a call also decides the fault after it', async () => {
    const plans = [faultAfter({ kind: 'cut' }), noFaults()];
    const { post } = await gateway(noFaults(), { faults: () => plans.shift() ?? noFaults() });
    await expect(post()).rejects.toMatchObject({ code: 'ECONNRESET' });
    await post();
    expect(plans).toEqual([]);
  });
});

describe('seeded faults', () => {
  const kinds: Fault[] = [{ kind: 'throttle' }, { kind: 'cut' }, { kind: 'kill' }];
  const call = (n: number): Call => ({
    n,
    role: 'r',
    worker: 'w',
    service: 'sns',
    action: 'sns:Publish',
    resource: '*',
    needs: [],
  });
  const drawn = (plan: FaultPlan, numbers: readonly number[]) =>
    new Map(numbers.map((n) => [n, [plan.before(call(n))?.kind, plan.after(call(n))?.kind]]));
  const hundred = Array.from({ length: 100 }, (_, n) => n + 1);

  test('the same seed and calls give the same faults, in whatever order the calls come', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.shuffledSubarray(hundred),
        (seed, rate, calls) => {
          const straight = drawn(seededFaults({ seed, rate, kinds }), hundred);
          for (const [n, faults] of drawn(seededFaults({ seed, rate, kinds }), calls)) {
            expect(faults).toEqual(straight.get(n));
          }
        },
      ),
    );
  });

  test('a rate of 0 never draws a fault, a rate of 1 always draws one, and without kinds none is drawn', () => {
    expect([...drawn(seededFaults({ seed: 1, rate: 0, kinds }), hundred).values()].flat().filter(Boolean)).toEqual([]);
    expect([...drawn(seededFaults({ seed: 1, rate: 1, kinds }), hundred).values()].flat()).not.toContain(undefined);
    expect(seededFaults({ seed: 1, rate: 1, kinds: [] }).before(call(1))).toBeUndefined();
  });

  test('both sides and all kinds are drawn about as often as the rate says, and another seed draws others', () => {
    const thousands = Array.from({ length: 3_000 }, (_, n) => n + 1);
    const faults = [...drawn(seededFaults({ seed: 1, rate: 0.1, kinds }), thousands).values()];
    for (const side of [0, 1]) {
      for (const { kind } of kinds) {
        const times = faults.filter((pair) => pair[side] === kind).length;
        expect(times).toBeGreaterThan(60);
        expect(times).toBeLessThan(140);
      }
    }
    expect(faults.filter(([one, other]) => one && other).length).toBeLessThan(60);
    const others = [...drawn(seededFaults({ seed: 2, rate: 0.1, kinds }), thousands).values()];
    expect(others).not.toEqual(faults);
  });
});
