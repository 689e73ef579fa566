import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Batch, cutExpired, retryDelay, settle, takeBatch } from '../../../local/mappings/batch.ts';
import { entry, numbers } from './support.ts';

const batchOf = (...sequences: number[]): Batch => ({
  entries: sequences.map((number) => entry(number)),
  until: entry(sequences.at(-1) ?? 0).sequence,
  failures: 0,
  invocations: 0,
  lastFailure: undefined,
});
const failedFrom = (index: number) =>
  ({ kind: 'failed', failedFrom: index, reason: 'r', functionError: index === 0 }) as const;
const at = (number: number) => entry(number).sequence;

describe('a batch', () => {
  const line = [entry(1), entry(2, { passes: false }), entry(3), entry(4, { passes: false })];

  test('leaves out records that no filter passes, and yet ends after them', () => {
    const taken = takeBatch(line, 100);
    expect(numbers(taken?.batch)).toEqual([1, 3]);
    expect(taken).toMatchObject({ used: 4, full: false, batch: { until: at(4) } });
  });

  test('is full at its batch size', () => {
    expect(takeBatch(line, 2)).toMatchObject({ used: 4, full: true });
    expect(takeBatch(line, 3)).toMatchObject({ used: 4, full: false });
    expect(takeBatch(line, 1)).toMatchObject({ used: 2, full: true, batch: { until: at(2) } });
  });

  test('is full before it exceeds 6 MB, but takes a larger record alone', () => {
    const half = { bytes: 3_000_000 };
    expect(takeBatch([entry(1, half), entry(2, half), entry(3)], 100)).toMatchObject({ used: 2, full: true });
    expect(takeBatch([entry(1, half), entry(2, { bytes: 3_000_001 })], 100)).toMatchObject({ used: 1, full: true });
    expect(takeBatch([entry(1, { bytes: 7_000_000 }), entry(2)], 100)).toMatchObject({ used: 1, full: true });
  });

  test('is not made when no record passes the filter', () => {
    expect(takeBatch([entry(1, { passes: false })], 100)).toBeUndefined();
  });
});

describe('after an invocation', () => {
  const plain = { bisect: false, retries: 2 };
  const bisecting = { bisect: true, retries: 2 };

  test('a success moves the checkpoint to the end of the batch', () => {
    expect(settle(batchOf(1, 2), { kind: 'done' }, plain)).toEqual({ checkpoint: at(2), givenUp: undefined, next: [] });
  });

  test('a failure without bisect retries the whole batch and uses up a retry', () => {
    const { checkpoint, next } = settle(batchOf(1, 2), failedFrom(0), plain);
    expect(checkpoint).toBeUndefined();
    expect(next.map(numbers)).toEqual([[1, 2]]);
    expect(next[0]).toMatchObject({ failures: 1, invocations: 1 });
  });

  test('a failure with bisect splits the batch in two and uses up no retry', () => {
    const { next } = settle(batchOf(1, 2, 3), failedFrom(0), bisecting);
    expect(next.map(numbers)).toEqual([[1, 2], [3]]);
    expect(next.map((half) => [half.until, half.failures])).toEqual([
      [at(2), 0],
      [at(3), 0],
    ]);
  });

  test('a failure of a single record uses up a retry even with bisect', () => {
    expect(settle(batchOf(1), failedFrom(0), bisecting).next).toMatchObject([{ failures: 1 }]);
  });

  test('a partial failure without bisect settles the records before the one it names, and uses up a retry', () => {
    const { checkpoint, next } = settle(batchOf(1, 2, 3), failedFrom(1), plain);
    expect(checkpoint).toBe(at(1));
    expect(next.map(numbers)).toEqual([[2, 3]]);
    expect(next[0]?.failures).toBe(1);
  });

  test('a partial failure with bisect settles the records before the one it names, and uses up no retry', () => {
    const { checkpoint, next } = settle(batchOf(1, 2, 3), failedFrom(2), bisecting);
    expect(checkpoint).toBe(at(2));
    expect(next).toMatchObject([{ failures: 0, entries: [{ sequence: at(3) }] }]);
  });

  test('throttling neither uses up a retry nor splits the batch', () => {
    const batch = batchOf(1, 2);
    expect(settle(batch, { kind: 'throttled', reason: 'r' }, bisecting).next).toEqual([batch]);
  });

  test('two retries mean three invocations, and then the batch is given up', () => {
    const twice = { ...batchOf(1, 2), failures: 1, invocations: 2 };
    expect(settle(twice, failedFrom(0), plain).next).toHaveLength(1);
    const { givenUp, next } = settle({ ...twice, failures: 2 }, failedFrom(0), plain);
    expect(numbers(givenUp)).toEqual([1, 2]);
    expect(next).toEqual([]);
  });
});

test('a record is too old one millisecond after the maximum age, but not at it', () => {
  const batch: Batch = { ...batchOf(1, 2), entries: [entry(1, { createdAt: 0 }), entry(2, { createdAt: 1 })] };
  expect(cutExpired(batch, 60_000, 60_000)).toEqual({ rest: batch });
  const { expired, rest } = cutExpired(batch, 60_001, 60_000);
  expect([numbers(expired), expired?.until, numbers(rest)]).toEqual([[1], at(1), [2]]);
  expect(cutExpired(batch, 60_002, 60_000)).toEqual({ expired: batch });
  expect(cutExpired(batch, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY)).toEqual({ rest: batch });
});

test('retries wait 100 ms, then twice as long each time, and never more than 5 s', () => {
  expect([1, 2, 3, 6, 7, 100].map(retryDelay)).toEqual([100, 200, 400, 3_200, 5_000, 5_000]);
});

test('every record is done or given up once and in order, whatever fails and however often', () => {
  const scenario = fc.record({
    size: fc.integer({ min: 1, max: 12 }),
    bisect: fc.boolean(),
    retries: fc.integer({ min: 0, max: 3 }),
    verdicts: fc.array(fc.integer({ min: -2, max: 11 }), { maxLength: 60 }),
  });
  fc.assert(
    fc.property(scenario, ({ size, bisect, retries, verdicts }) => {
      const all = Array.from({ length: size }, (_, index) => index + 1);
      const pending = [batchOf(...all)];
      const ended: number[] = [];
      for (let batch = pending[0]; batch; batch = pending[0]) {
        const drawn = verdicts.shift() ?? -1;
        const verdict =
          drawn === -1
            ? ({ kind: 'done' } as const)
            : drawn === -2
              ? ({ kind: 'throttled', reason: 'r' } as const)
              : failedFrom(drawn % batch.entries.length);
        const { checkpoint, givenUp, next } = settle(batch, verdict, { bisect, retries });
        const finished = batch.entries.filter((one) => checkpoint && one.sequence <= checkpoint);
        ended.push(...finished.map((one) => Number(one.sequence)), ...(numbers(givenUp) ?? []));
        pending.splice(0, 1, ...next);
      }
      expect(ended).toEqual(all);
    }),
  );
});
