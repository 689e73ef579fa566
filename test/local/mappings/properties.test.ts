import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../../client/random.ts';
import { givenUpItem } from '../../../local/mappings/given-up.ts';
import { readMapping } from '../../../local/mappings/properties.ts';
import { createTurns } from '../../../local/mappings/turns.ts';
import { definition, entry, SOURCE } from './support.ts';

test('a mapping has the defaults that Lambda documents', () => {
  expect(readMapping(definition())).toMatchObject({
    ...{ batchSize: 100, windowMs: 0, bisect: false, reportsItems: false, parallel: 1, destination: undefined },
    ...{ retries: Number.POSITIVE_INFINITY, maximumAgeMs: Number.POSITIVE_INFINITY },
  });
});

test('tags of a mapping are ignored', () => {
  expect(() => readMapping(definition({ Tags: [] } as object))).not.toThrow();
});

describe('a mapping', () => {
  test.each<[string, object, RegExp]>([
    [
      'with a property that is not supported here',
      { TumblingWindowInSeconds: 1 },
      /Mapping: the property TumblingWindowInSeconds/,
    ],
    ['with a starting position of Kinesis', { StartingPosition: 'AT_TIMESTAMP' }, /StartingPosition AT_TIMESTAMP/],
    ['with a batch size of 0', { BatchSize: 0 }, /BatchSize must be 1 to 10000/],
    ['with a batch size of 10,001', { BatchSize: 10_001 }, /BatchSize/],
    ['with a window of 301 seconds', { MaximumBatchingWindowInSeconds: 301 }, /MaximumBatchingWindowInSeconds/],
    ['with 10,001 retries', { MaximumRetryAttempts: 10_001 }, /MaximumRetryAttempts/],
    ['with an age of 59 seconds', { MaximumRecordAgeInSeconds: 59 }, /at least 60/],
    ['with eleven batches in parallel', { ParallelizationFactor: 11 }, /ParallelizationFactor/],
    ['with an unknown response type', { FunctionResponseTypes: ['Other'] }, /response type Other/],
    [
      'with a function as destination',
      { DestinationConfig: { OnFailure: { Destination: 'arn:aws:lambda:x' } } },
      /neither a bucket/,
    ],
    [
      'with an empty filter pattern',
      { FilterCriteria: { Filters: [{ Pattern: '{}' }] } },
      /Mapping: Filters\.0\.Pattern/,
    ],
  ])('is refused %s', (_what, more, message) => {
    expect(() => readMapping(definition(more))).toThrow(message);
  });

  test.each([{ BatchSize: 1 }, { BatchSize: 10_000 }, { MaximumRetryAttempts: 0 }, { MaximumRecordAgeInSeconds: 60 }])(
    'is accepted with %o',
    (more) => expect(() => readMapping(definition(more))).not.toThrow(),
  );
});

describe('a batch that is given up', () => {
  const failure = { kind: 'failed', failedFrom: 0, reason: 'r', functionError: true } as const;
  const entries = [entry(5, { createdAt: Date.UTC(2026, 0, 1) }), entry(7, { createdAt: Date.UTC(2026, 0, 2) })];
  const batch = { entries, until: entry(9).sequence, failures: 3, invocations: 4, lastFailure: failure };
  const to = (destination: string) =>
    givenUpItem(
      { ...readMapping(definition()), destination },
      batch,
      2,
      'RetryAttemptsExhausted',
      Date.UTC(2026, 1, 3, 4, 5, 6),
    );
  const shardId = expect.stringMatching(/^shardId-0{19}2-[0-9a-f]{8}$/);

  test('becomes AWS’s invocation record, with the whole event, for a bucket', () => {
    const item = to('arn:aws:s3:::given-up');
    expect(item.key).toMatch(
      /^aws\/lambda\/Mapping\/shardId-0{19}2-[0-9a-f]{8}\/2026\/02\/03\/2026-02-03T04\.05\.06-[0-9a-f-]{36}$/,
    );
    const { payload, ...record } = JSON.parse(item.body);
    expect(JSON.parse(payload)).toEqual({ Records: entries.map((one) => one.record) });
    expect(record).toEqual({
      requestContext: {
        requestId: expect.any(String),
        functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:function',
        condition: 'RetryAttemptsExhausted',
        approximateInvokeCount: 4,
      },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      version: '1.0',
      timestamp: '2026-02-03T04:05:06.000Z',
      DDBStreamBatchInfo: item.metadata,
    });
    expect(item.metadata).toEqual({
      shardId,
      startSequenceNumber: entry(5).sequence,
      endSequenceNumber: entry(7).sequence,
      approximateArrivalOfFirstRecord: '2026-01-01T00:00:00Z',
      approximateArrivalOfLastRecord: '2026-01-02T00:00:00Z',
      batchSize: 2,
      streamArn: SOURCE,
    });
  });

  test.each(['sqs', 'sns'])('becomes a record without the event for %s', (service) => {
    expect(JSON.parse(to(`arn:aws:${service}:us-east-1:000000000000:x`).body)).not.toHaveProperty('payload');
  });
});

test('every turn is given once, in an order that only the seed decides', async () => {
  const orderOf = async (seed: number) => {
    const turn = createTurns(seed);
    const order: number[] = [];
    await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map((number) => turn().then(() => order.push(number))));
    return order;
  };
  const orders = await Promise.all([1, 2, 3].map(orderOf));
  expect(orders.map((order) => order.toSorted())).toEqual(orders.map(() => [0, 1, 2, 3, 4, 5, 6, 7]));
  expect(await orderOf(1)).toEqual(orders[0]);
  expect(orders[0]).not.toEqual(orders[1]);
});

test('the first random number is in [0, 1), whatever the seed', () => {
  fc.assert(fc.property(fc.integer(), (seed) => [seededRandom(seed)()].every((number) => number >= 0 && number < 1)));
});
