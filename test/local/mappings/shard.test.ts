import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { manualClock } from '../../../local/clock.ts';
import type { Invoke } from '../../../local/functions/invocation.ts';
import type { GivenUp, MappingProperties } from '../../../local/mappings/mappings.ts';
import { readMapping } from '../../../local/mappings/properties.ts';
import { createShard } from '../../../local/mappings/shard.ts';
import { createTurns } from '../../../local/mappings/turns.ts';
import { definition, done, eventRecord, failed, remembering, sortKeys, throttled, whileMoving } from './support.ts';

const BUCKET = { DestinationConfig: { OnFailure: { Destination: 'arn:aws:s3:::given-up' } } };

function setUp(
  properties: Partial<MappingProperties>,
  invoke: Invoke,
  giveUp?: (item: GivenUp) => Promise<void>,
  clock = manualClock(),
  shards = 1,
) {
  const givenUp: GivenUp[] = [];
  const stored: string[] = [];
  const logged: string[] = [];
  const shard = createShard({
    mapping: readMapping(definition(properties)),
    index: 0,
    shards,
    position: undefined,
    checkpoint: (sequence) => void stored.push(sequence),
    invoke,
    giveUp: giveUp ?? (async (item) => void givenUp.push(item)),
    turn: createTurns(1),
    clock,
    log: (line) => void logged.push(line),
    progressed: () => undefined,
  });
  const page = (...sequences: number[]) =>
    sequences.map((number) => ({ record: eventRecord(number, 'p', clock.now()), hash: 0 }));
  return { shard, clock, givenUp, stored, logged, page };
}
const stored = (numbers: number[]) => numbers.map((number) => String(number).padStart(21, '0'));
const payloads = (items: GivenUp[]) => items.map((item) => sortKeys(JSON.parse(JSON.parse(item.body).payload)));

test('records that were offered before are not taken again', async () => {
  const seen: string[][] = [];
  const { shard, page } = setUp({}, remembering(seen));
  shard.offer(page(1, 2));
  shard.offer(page(1, 2, 3));
  await shard.quiet();
  expect(seen.flat()).toEqual(['1', '2', '3']);
});

test('a full shard takes what it let pass when it is offered again, whatever came for other shards meanwhile', async () => {
  const seen: string[][] = [];
  const { shard } = setUp({}, remembering(seen), undefined, manualClock(), 2);
  const own = (number: number) => ({ record: eventRecord(number), hash: 0 });
  const other = (number: number) => ({ record: eventRecord(number), hash: 1 });
  shard.pause();
  shard.offer(Array.from({ length: 1_001 }, (_, at) => own(at + 1)));
  shard.offer([other(1_002), own(1_003)]);
  expect(shard.received()).toBe(stored([1_000])[0]);
  shard.resume();
  await shard.quiet();
  shard.rewound();
  shard.offer([own(1_001), other(1_002), own(1_003)]);
  await shard.quiet();
  expect(seen.flat()).toEqual(Array.from({ length: 1_003 }, (_, at) => String(at + 1)).filter((one) => one !== '1002'));
});

test('a clock that leapt before a record was written does not make the record older', async () => {
  const lead = new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT);
  const day = 86_400_000;
  new BigInt64Array(lead)[0] = BigInt(day);
  const seen: string[][] = [];
  const ahead = { ...manualClock(), lead };
  const { shard, givenUp } = setUp(
    { MaximumRecordAgeInSeconds: 3_600, ...BUCKET },
    remembering(seen),
    undefined,
    ahead,
  );
  shard.offer([{ record: eventRecord(1, 'p', ahead.now() - day), hash: 0 }]);
  await shard.quiet();
  expect(seen.flat()).toEqual(['1']);
  expect(givenUp).toEqual([]);
});

test('one batch is in flight at a time', async () => {
  let inFlight = 0;
  let most = 0;
  const { shard, page } = setUp({ BatchSize: 1 }, async () => {
    most = Math.max(most, ++inFlight);
    await new Promise((resolve) => setImmediate(resolve));
    inFlight--;
    return done;
  });
  shard.offer(page(1, 2, 3));
  shard.offer(page(4));
  await shard.quiet();
  expect(most).toBe(1);
});

test('a failing batch goes to the destination after its retries, and then the shard goes on', async () => {
  const seen: string[][] = [];
  const options = { BatchSize: 2, MaximumRetryAttempts: 1, ...BUCKET };
  const { shard, clock, givenUp, page, ...rest } = setUp(options, async (_id, event) => {
    seen.push(sortKeys(event));
    return sortKeys(event).includes('1') ? failed : done;
  });
  shard.offer(page(1, 2, 3));
  await whileMoving(clock, shard.quiet());
  expect(seen).toEqual([['1', '2'], ['1', '2'], ['3']]);
  expect(payloads(givenUp)).toEqual([['1', '2']]);
  expect(JSON.parse(givenUp[0]?.body ?? '').requestContext).toMatchObject({
    condition: 'RetryAttemptsExhausted',
    approximateInvokeCount: 2,
  });
  expect(rest.stored).toEqual(stored([2, 3]));
});

test('with bisect only the record that fails is given up', async () => {
  const { shard, clock, givenUp, page } = setUp(
    { BisectBatchOnFunctionError: true, MaximumRetryAttempts: 0, ...BUCKET },
    async (_id, event) => (sortKeys(event).includes('3') ? failed : done),
  );
  shard.offer(page(1, 2, 3, 4, 5));
  await whileMoving(clock, shard.quiet());
  expect(payloads(givenUp)).toEqual([['3']]);
});

test('records that are given up without a destination are dropped, with a line in the log', async () => {
  const { shard, clock, logged, page, ...rest } = setUp({ MaximumRetryAttempts: 0 }, async () => failed);
  shard.offer(page(1));
  await whileMoving(clock, shard.quiet());
  expect(logged.join()).toMatch(/Mapping shard 0: gave up 1 records .*dropped/);
  expect(rest.stored).toEqual(stored([1]));
});

test('a destination that fails is tried again, and the shard goes on only when it succeeds', async () => {
  let tries = 0;
  const seen: string[] = [];
  const { shard, clock, page } = setUp(
    { BatchSize: 1, MaximumRetryAttempts: 0, ...BUCKET },
    async (_id, event) => {
      seen.push(`${sortKeys(event)} after ${tries} tries`);
      return sortKeys(event).includes('1') ? failed : done;
    },
    async () => {
      if (++tries < 3) throw new Error('no such bucket');
    },
  );
  shard.offer(page(1, 2));
  await whileMoving(clock, shard.quiet());
  expect(seen).toEqual(['1 after 0 tries', '2 after 3 tries']);
});

test.each([
  ['fails too often', {}],
  ['is too old', { MaximumRecordAgeInSeconds: 60 }],
])('no checkpoint is stored for a batch that %s until it is at the destination', async (_, more) => {
  const during: string[][] = [];
  const { shard, clock, page, ...rest } = setUp(
    { BatchSize: 2, MaximumRetryAttempts: 0, ...BUCKET, ...more },
    async () => failed,
    async () => {
      during.push([...rest.stored]);
      if (during.length === 1) throw new Error('no such bucket');
    },
  );
  const old = page(1, 2);
  clock.advance(60_001);
  shard.offer(old);
  await whileMoving(clock, shard.quiet());
  expect(during).toEqual([[], []]);
  expect(rest.stored).toEqual(stored([2]));
});

test('throttling uses up no retries', async () => {
  let calls = 0;
  const { shard, clock, givenUp, page } = setUp({ MaximumRetryAttempts: 0, ...BUCKET }, async () =>
    ++calls < 5 ? throttled : done,
  );
  shard.offer(page(1));
  await whileMoving(clock, shard.quiet());
  expect([calls, givenUp]).toEqual([5, []]);
});

test('a record that grows too old between retries is given up, and a younger record is not', async () => {
  const { shard, clock, givenUp, page } = setUp({ MaximumRecordAgeInSeconds: 60, ...BUCKET }, async (_id, event) =>
    sortKeys(event).includes('1') ? failed : done,
  );
  const old = page(1);
  clock.advance(50_000);
  shard.offer([...old, ...page(2)]);
  await whileMoving(clock, shard.quiet());
  expect(payloads(givenUp)).toEqual([['1']]);
  expect(JSON.parse(givenUp[0]?.body ?? '').requestContext.condition).toBe('RecordAgeExceeded');
});

test('a record that is too old before its first invocation never reaches the function', async () => {
  const seen: string[][] = [];
  const { shard, clock, givenUp, page } = setUp({ MaximumRecordAgeInSeconds: 60, ...BUCKET }, remembering(seen));
  const old = page(1);
  clock.advance(60_001);
  shard.offer(old);
  await shard.quiet();
  expect([seen, givenUp.length]).toEqual([[], 1]);
  expect(JSON.parse(givenUp[0]?.body ?? '')).not.toHaveProperty('responseContext');
});

test('filtered records move the checkpoint without an invocation', async () => {
  const seen: string[][] = [];
  const filters = { FilterCriteria: { Filters: [{ Pattern: '{"eventName":["REMOVE"]}' }] } };
  const { shard, page, ...rest } = setUp(filters, remembering(seen));
  shard.offer(page(1, 2));
  await shard.quiet();
  expect([seen, rest.stored, shard.received()]).toEqual([[], stored([2]), stored([2])[0]]);
});

describe('a batching window', () => {
  const properties = { BatchSize: 3, MaximumBatchingWindowInSeconds: 10 };

  test('holds records until it ends', async () => {
    const seen: string[][] = [];
    const { shard, clock, page } = setUp(properties, remembering(seen));
    shard.offer(page(1));
    clock.advance(9_999);
    shard.offer(page(2));
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen).toEqual([]);
    clock.advance(1);
    await shard.quiet();
    expect(seen).toEqual([['1', '2']]);
  });

  test('ends early when quiet waits for the shard, and then holds later records again', async () => {
    const seen: string[][] = [];
    const { shard, clock, page } = setUp(properties, remembering(seen));
    shard.offer(page(1));
    await shard.quiet();
    expect(seen).toEqual([['1']]);
    shard.offer(page(2));
    clock.advance(9_999);
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen).toEqual([['1']]);
  });

  test('ends early when the batch is full, and the next window has its full length', async () => {
    const seen: string[][] = [];
    const { shard, clock, page } = setUp(properties, remembering(seen));
    shard.offer(page(1));
    clock.advance(9_000);
    shard.offer(page(2, 3, 4));
    await expect.poll(() => seen).toEqual([['1', '2', '3']]);
    clock.advance(9_999);
    expect(shard.status().oldestRecordAgeMs).toBe(9_999);
    clock.advance(1);
    await shard.quiet();
    expect(seen).toEqual([['1', '2', '3'], ['4']]);
  });
});

test('a shard that is held up takes 1,000 records and asks for the rest when it has room', async () => {
  let broken = true;
  const seen: string[] = [];
  const { shard, clock, page } = setUp({}, async (_id, event) => {
    if (!broken) seen.push(...sortKeys(event));
    return broken ? failed : done;
  });
  const all = Array.from({ length: 1_500 }, (_, index) => index + 1);
  shard.offer(page(...all));
  expect([shard.full(), shard.lagging(), shard.received()]).toEqual([true, false, stored([1_000])[0]]);
  broken = false;
  await whileMoving(clock, shard.quiet());
  expect([shard.full(), shard.lagging(), shard.settled()]).toEqual([false, true, false]);
  // It takes no later records first, whatever room it has: those between would be lost.
  shard.offer(page(1_501));
  expect(shard.received()).toBe(stored([1_000])[0]);
  shard.rewound();
  shard.offer(page(...all));
  await whileMoving(clock, shard.quiet());
  expect(seen).toEqual(all.map(String));
  expect(shard.settled()).toBe(true);
});

test('a shard that is stopped while it waits for a retry stores no checkpoint for the batch', async () => {
  const { shard, page, ...rest } = setUp({}, async () => failed);
  shard.offer(page(1));
  await expect.poll(() => shard.status().attempts).toBe(1);
  await shard.stop();
  expect(rest.stored).toEqual([]);
});

test('every record succeeds or is given up once and in order, whatever fails and however often', async () => {
  const scenario = fc.record({
    batch: fc.integer({ min: 1, max: 6 }),
    bisect: fc.boolean(),
    reports: fc.boolean(),
    retries: fc.integer({ min: 0, max: 2 }),
    outcomes: fc.array(fc.integer({ min: -3, max: 5 }), { maxLength: 40 }),
  });
  await fc.assert(
    fc.asyncProperty(scenario, async ({ batch, bisect, reports, retries, outcomes }) => {
      const ended: string[] = [];
      const properties = {
        ...{ BatchSize: batch, BisectBatchOnFunctionError: bisect, MaximumRetryAttempts: retries, ...BUCKET },
        FunctionResponseTypes: reports ? ['ReportBatchItemFailures'] : [],
      };
      const invoke: Invoke = async (_id, event) => {
        const keys = sortKeys(event);
        const outcome = outcomes.shift() ?? -1;
        if (outcome === -2) return failed;
        if (outcome === -3) return throttled;
        const from = reports && outcome >= 0 ? outcome % keys.length : keys.length;
        ended.push(...keys.slice(0, from));
        const batchItemFailures = keys.slice(from, from + 1).map((key) => ({ itemIdentifier: key.padStart(21, '0') }));
        return { ok: true, payload: { batchItemFailures } };
      };
      const { shard, clock, page } = setUp(properties, invoke, async (item) => {
        ended.push(...sortKeys(JSON.parse(JSON.parse(item.body).payload)));
      });
      const all = Array.from({ length: 10 }, (_, index) => index + 1);
      shard.offer(page(...all));
      await whileMoving(clock, shard.quiet());
      expect(ended).toEqual(all.map(String));
    }),
  );
});
