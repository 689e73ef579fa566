import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { objectsOf } from '../../bench/cost/archived.ts';
import { amountOf, sum, times, usdOf, without } from '../../bench/cost/book.ts';
import { chargesOf, placeOf } from '../../bench/cost/charges.ts';
import { standing } from '../../bench/cost/fixed.ts';
import { floorOf } from '../../bench/cost/floor.ts';
import { startMetered } from '../../bench/cost/metered.ts';
import { functionOf, partOf } from '../../bench/cost/parts.ts';
import { PRICES, type Unit } from '../../bench/cost/prices.ts';
import { longLife, nightOf, oneByOne, play, withResends } from '../../bench/cost/sample.ts';
import { everythingKept, type Kept, keptOf, storageOf } from '../../bench/cost/stored.ts';
import { gbSeconds, itemBytes, messageUnits, publishUnits, writeUnits } from '../../bench/cost/units.ts';
import { SHAPES } from '../../functions/keys/shapes.ts';
import { readAssembly } from '../../local/stack/synthesize.ts';
import { testDatabase } from '../support/database.ts';

describe('the billed size', () => {
  it.each([
    [messageUnits, 32_768],
    [writeUnits, 1_024],
    [publishUnits, 65_536],
  ] as const)('is one unit more from the first byte over a step: %o', (units, step) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), (steps) => {
        expect([units(steps * step), units(steps * step + 1)]).toEqual([steps, steps + 1]);
      }),
    );
    expect(units(0)).toBe(1);
  });

  it('of an item is that of the names and values of its attributes', () => {
    expect(itemBytes({ pk: { S: 'job#ä' }, sk: { N: '12345' }, a: { BOOL: true } })).toBe(2 + 6 + (2 + 4) + (1 + 1));
    expect(itemBytes({ l: { L: [{ S: 'ab' }, { M: { c: { S: 'd' } } }] } })).toBe(1 + 3 + (1 + 2) + (1 + 3 + 1 + 2));
  });

  it('of a run is its memory for each ms that has begun', () => {
    expect(gbSeconds(512, 9.1)).toBeCloseTo(0.005);
  });
});

describe('the charges of a call', () => {
  const item = { pk: { S: 'job#demo#1' }, sk: { S: 'job' }, text: { S: 'x'.repeat(1_500) } };

  it('are what its table and the indexes say that they used', () => {
    const used = {
      TableName: 'T',
      Table: { CapacityUnits: 1 },
      GlobalSecondaryIndexes: { byDay: { CapacityUnits: 2 } },
    };
    expect(chargesOf('PutItem', { TableName: 'T', Item: item }, { ConsumedCapacity: used })).toEqual([
      { table: 'T', index: undefined, unit: 'write', amount: 1, refused: false },
      { table: 'T', index: 'byDay', unit: 'write', amount: 2, refused: false },
    ]);
  });

  it('are a write of the larger of the stored and the new item if a condition refuses it', () => {
    const __type = 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException';
    const refused = (Item: object, there?: object) =>
      chargesOf('PutItem', { TableName: 'T', Item }, { __type, ...(there && { Item: there }) });
    const { text: _, ...small } = item;
    expect(refused(small)).toMatchObject([{ unit: 'write', amount: 1, refused: true }]);
    expect(refused(small, item)).toMatchObject([{ amount: 2 }]);
    expect(refused(item, small)).toMatchObject([{ amount: 2 }]);
  });

  it('are half a read for an eventually consistent query that finds nothing, and a read for a consistent one', () => {
    const empty = { ConsumedCapacity: { TableName: 'T', Table: { CapacityUnits: 0 } } };
    const asked = {
      TableName: 'T',
      IndexName: 'byDay',
      ExpressionAttributeValues: { ':partition': { S: 'job#demo' } },
    };
    expect(chargesOf('Query', asked, empty)).toMatchObject([{ index: 'byDay', unit: 'read', amount: 0.5 }]);
    expect(chargesOf('Query', { ...asked, ConsistentRead: true }, empty)).toMatchObject([{ amount: 1 }]);
    expect(placeOf(asked)).toEqual({ pk: 'job#demo', sk: '' });
  });

  it('are nothing if the call was not valid', () => {
    expect(
      chargesOf('PutItem', { TableName: 'T' }, { __type: 'com.amazon.coral.validate#ValidationException' }),
    ).toEqual([]);
  });
});

it('assigns a charge to its index, to the kind of item, or to the function that reads', () => {
  const names = new Map([['T', 'Records' as const]]);
  const charge = { table: 'T', index: undefined, unit: 'write' as const, amount: 1, refused: false };
  const place = { pk: 'job#demo#1', sk: 'job' };
  const part = (more: object, at = place, worker = 'Projection0A1B2C3D-4') =>
    partOf({ ...charge, ...more }, at, worker, names);
  expect(part({})).toBe('records');
  expect(part({ index: 'byDay' })).toBe('index Records.byDay, job');
  expect(part({ index: 'byDay' }, { ...place, sk: 'intent#1' })).toBe('index Records.byDay, intent');
  expect(part({}, { pk: 'series#demo', sk: 'series' })).toBe('series');
  expect(part({ unit: 'read' }, place, 'Publisher0A1B2C3D-4')).toBe('publisher');
  expect(['ArchiveFunction0A1B2C3D', 'Watch0A1B2C3D-12'].map(functionOf)).toEqual(['archive', 'watch']);
});

it('keeps the cost of lines that are summed up, subtracted again or multiplied', () => {
  const unit = fc.constantFrom(...(Object.keys(PRICES) as Unit[]));
  const lines = fc.array(
    fc.record({ part: fc.constantFrom('a', 'b'), unit, amount: fc.integer({ min: 0, max: 1_000 }) }),
  );
  fc.assert(
    fc.property(lines, lines, (one, other) => {
      expect(usdOf(sum(one))).toBeCloseTo(usdOf(one));
      expect(usdOf(without([...one, ...other], other))).toBeCloseTo(usdOf(one));
      expect(amountOf(times(one, 3), 'write')).toBeCloseTo(3 * amountOf(one, 'write'));
    }),
  );
});

describe('storage', () => {
  const since = Date.UTC(2026, 10, 1);
  const month = 730 * 3_600_000;
  const in2Months = since + 2 * month;
  const image = {
    pk: { S: 'image#demo#a' },
    sk: { S: '1' },
    day: { S: 'image#demo#2026-11-01' },
    receivedAt: { N: '12' },
  };
  const GB = 2 ** 30;

  it('of an item is in its table and in each index that has its keys, with 100 bytes more in each', () => {
    const bytes = itemBytes(image);
    expect(keptOf('Ledger', SHAPES.ledger.indexes, { ...image, expiresAt: { N: String(in2Months / 1_000) } })).toEqual([
      { part: 'table Ledger, image', in: 'table', bytes: bytes + 9 + 6 + 100, until: in2Months },
      { part: 'index Ledger.byDay, image', in: 'index', bytes: bytes + 9 + 6 + 100, until: in2Months },
    ]);
    const intent = { ...image, sk: { S: 'intent#1' }, pending: { S: 'intent' }, pendingSince: { N: '12' } };
    const [table, byDay, pending] = keptOf('Records', SHAPES.records.indexes, intent);
    expect(byDay).toEqual({ ...table, part: 'index Records.byDay, intent', in: 'index' });
    const { day: _, receivedAt: __, ...keys } = intent;
    expect(pending).toMatchObject({ part: 'index Records.pending, intent', bytes: itemBytes(keys) + 100 });
  });

  it('costs for each month that it lasts, and for recovery too in a table, but not in an index or a bucket', () => {
    const kept = (where: Kept['in'], until = Number.POSITIVE_INFINITY) => [{ part: 'p', in: where, bytes: GB, until }];
    expect(usdOf(storageOf(kept('table'), since, 1))).toBeCloseTo(0.45);
    expect(usdOf(storageOf(kept('index'), since, 13))).toBeCloseTo(13 * 0.25);
    expect(usdOf(storageOf(kept('bucket'), since, 13))).toBeCloseTo(13 * 0.023);
    expect(usdOf(storageOf(kept('index', in2Months), since, 13))).toBeCloseTo(2 * 0.25);
    expect(usdOf(storageOf(kept('table', since - 1), since, 13))).toBe(0);
  });
});

it('the archive writes an object for each window and shard in which an image came', () => {
  const image = (at: number, backupId = 'a') => ({
    ...{ at, id: 'i', timeStamp: 0 },
    payload: [{ notificationType: 'INFO', object: 'IMAGE', data: [{ backupId }] }],
  });
  expect(objectsOf([image(0), image(239_999), image(240_000)], 1)).toBe(2);
  expect(objectsOf([image(0), image(480_000)], 0.49)).toBe(1);
  const many = Array.from({ length: 40 }, (_, n) => image(n, `image-${n}`));
  expect(objectsOf(many, 1)).toBe(4);
});

it('the floor of a notification is two messages, one run and a write for each entry', () => {
  const [delivery] = oneByOne(nightOf({ clients: 1, policies: 1 }, 1, 1_800_000_000));
  const floor = floorOf(delivery ? [delivery] : []);
  expect(floor.map(({ unit, amount }) => [unit, amount])).toEqual([
    ['message', 2],
    ['run', 1],
    ['gbSecond', 0.013],
    ['write', 1],
  ]);
});

it('reports eight weeks of a client in nine messages, with a new image each day and deletions of older ones', () => {
  const weeks = longLife(1_800_000_000);
  const entries = weeks.flatMap(({ payload }) => payload).flatMap(({ data }) => data);
  const ids = (operation: string) =>
    entries
      .filter((entry) => Reflect.get(entry, 'operationId') === operation)
      .map((entry) => String(Reflect.get(entry, 'backupId')));
  const made = new Set(ids('CREATE'));
  expect(weeks).toHaveLength(9);
  expect(made.size).toBe(57);
  expect(ids('DELETE').filter((id) => made.has(id)).length).toBeGreaterThan(20);
  // The last message holds only what is new in the last night.
  expect(weeks.at(-1)?.payload.flatMap(({ data }) => data).length).toBeLessThan(5);
});

it('bills a running stack for a notification and for its resend', async () => {
  const assembly = readAssembly(inject('assemblyFolder'));
  const { url } = testDatabase();
  const folder = mkdtempSync(join(tmpdir(), 'nbwatch-bench-cost-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const troubles: string[] = [];
  const stack = await startMetered({
    ...{ assembly, folder },
    pace: { rounds: 1, minutes: 1, quick: true, records: 100_000 },
    dynamodb: async () => ({ url }),
    progress: () => {},
    onTrouble: (trouble) => void troubles.push(trouble),
  });
  onTestFinished(() => stack.stop());
  const primary = await stack.connect();
  onTestFinished(() => primary.stop());
  await stack.run.idle();
  const [queued] = oneByOne(nightOf({ clients: 1, policies: 2 }, 1, 1_800_000_000));
  const deliveries = Array.from({ length: 50 }, () => queued).flatMap((one) => one ?? []);
  stack.take();
  await play(stack, primary, deliveries.slice(0, 1), 0);
  const once = stack.take().lines;
  const of = (lines: typeof once, part: string, unit: Unit) =>
    amountOf(
      lines.filter((line) => line.part === part),
      unit,
    );
  expect([of(once, 'gateway', 'message'), of(once, 'ledger', 'write'), of(once, 'records', 'write')]).toEqual([
    2, 1, 1,
  ]);
  expect(of(once, 'index Records.byPrimary, job', 'write')).toBe(1);
  const kept = (await everythingKept(stack.run)).filter(({ part }) => part.endsWith(', job'));
  expect(kept.map(({ part }) => part)).toEqual(
    expect.arrayContaining(['table Ledger, job', 'table Records, job', 'index Records.byPrimary, job']),
  );
  expect(new Set(kept.map(({ until }) => Math.round((until - stack.clock.now()) / 86_400_000)))).toEqual(
    new Set([400]),
  );
  await play(stack, primary, deliveries.slice(0, 1), 0);
  const again = stack.take().lines;
  expect([of(again, 'ledger', 'write'), amountOf(again, 'refused'), of(again, 'projection', 'run')]).toEqual([1, 1, 0]);
  expect(troubles).toEqual([]);
  expect(withResends(deliveries)).toHaveLength(51);
  const written = standing(assembly, ['WatchFailed']).map(({ unit, amount }) => [unit, amount]);
  expect(written).toEqual([
    ['alarmMetric', expect.any(Number)],
    ['metric', 2],
    ['dashboard', 1],
    ['key', 1],
  ]);
});
