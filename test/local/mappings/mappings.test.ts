import { describe, expect, onTestFinished, test } from 'vitest';
import { manualClock, systemClock } from '../../../local/clock.ts';
import type { Invoke } from '../../../local/functions/invocation.ts';
import {
  type GivenUp,
  type MappingDefinition,
  type MappingProperties,
  type MappingsOptions,
  memoryCheckpoints,
  startMappings,
} from '../../../local/mappings/mappings.ts';
import { partitionHash } from '../../../local/mappings/records.ts';
import { type Database, database as newDatabase } from './dynamodb.ts';
import { definition, done, eventRecord, failed, recordsOf, remembering, sortKeys, whileMoving } from './support.ts';

const source = (table: string) => `arn:aws:dynamodb:us-east-1:000000000000:table/${table}/stream/2026`;
const mappingOf = (table: string, more: Partial<MappingProperties> = {}, id = table): MappingDefinition =>
  definition({ EventSourceArn: source(table), ...more }, id);

/** A database with tables of these names, and a way to start mappings on their streams. */
async function setUp(tables: string[]) {
  const database = newDatabase();
  const arns = new Map<string, string>();
  for (const table of tables) arns.set(source(table), await database.table(table));
  const start = async (definitions: MappingDefinition[], invoke: Invoke, more: Partial<MappingsOptions> = {}) => {
    const mappings = await startMappings({
      ...{ definitions, invoke, streams: database.streams, checkpoints: memoryCheckpoints(), seed: 1 },
      ...{ clock: systemClock, pollMs: 5, giveUp: async () => undefined, partitionKey: () => 'pk' },
      streamArn: (arn) => arns.get(arn) ?? 'arn:none',
      ...more,
    });
    onTestFinished(() => mappings.stop());
    return mappings;
  };
  return { database, start };
}

async function fill(database: Database, table: string, partitions: number, each: number): Promise<void> {
  for (let number = 0; number < each; number++)
    for (let pk = 0; pk < partitions; pk++) await database.put(table, `p${pk}`, `${pk}-${number}`);
}

test('the function gets the record in the shape that Lambda gives it', async () => {
  const { database, start } = await setUp(['Ledger']);
  await database.put('Ledger', 'p', 's', { bytes: { B: new Uint8Array([1, 2, 255]) } });
  await database.update('Ledger', 'p', 's', 'new');
  const events: unknown[] = [];
  const mappings = await start([mappingOf('Ledger')], async (functionId, event) => {
    events.push(functionId, ...recordsOf(event));
    return done;
  });
  await mappings.idle();
  const keys = { pk: { S: 'p' }, sk: { S: 's' } };
  expect(events).toEqual([
    'Function',
    {
      eventID: expect.any(String),
      eventName: 'INSERT',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: 'us-east-1',
      dynamodb: {
        ApproximateCreationDateTime: expect.any(Number),
        Keys: keys,
        NewImage: { ...keys, bytes: { B: 'AQL/' } },
        SequenceNumber: expect.stringMatching(/^\d{21}$/),
        SizeBytes: expect.any(Number),
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
      eventSourceARN: source('Ledger'),
    },
    expect.objectContaining({
      eventName: 'MODIFY',
      dynamodb: expect.objectContaining({
        OldImage: expect.anything(),
        NewImage: expect.objectContaining({ v: { S: 'new' } }),
      }),
    }),
  ]);
  const created = (events[1] as { dynamodb: { ApproximateCreationDateTime: number } }).dynamodb
    .ApproximateCreationDateTime;
  expect(Math.abs(Date.now() / 1000 - created)).toBeLessThan(120);
});

test('every record comes once, and in order within its partition, with the partitions dealt to four shards', async () => {
  const { database, start } = await setUp(['Ledger']);
  const seen: string[][] = [];
  await fill(database, 'Ledger', 12, 3);
  const mappings = await start([mappingOf('Ledger', { BatchSize: 5 })], remembering(seen));
  await mappings.idle();
  expect(seen.flat()).toHaveLength(36);
  for (let pk = 0; pk < 12; pk++)
    expect(seen.flat().filter((key) => key.startsWith(`${pk}-`))).toEqual([`${pk}-0`, `${pk}-1`, `${pk}-2`]);
  const positions = mappings.status().map(({ position }) => position);
  expect(new Set(positions).size).toBe(4);
});

test('different seeds take the shards in different orders', async () => {
  const { database, start } = await setUp(['Ledger']);
  await fill(database, 'Ledger', 12, 1);
  const orders = new Set<string>();
  for (let seed = 0; seed < 8; seed++) {
    const seen: string[][] = [];
    const mappings = await start([mappingOf('Ledger')], remembering(seen), { seed });
    await mappings.idle();
    orders.add(JSON.stringify(seen));
  }
  expect(orders.size).toBeGreaterThan(1);
});

test('a failing batch holds up its own shard and no other', async () => {
  const { database, start } = await setUp(['Ledger']);
  const shardOf = (pk: number) => partitionHash(eventRecord(1, `p${pk}`), 'pk') % 4;
  const others = Array.from({ length: 12 }, (_, pk) => pk).filter((pk) => shardOf(pk) !== shardOf(0));
  const seen: string[] = [];
  const mappings = await start([mappingOf('Ledger')], async (_id, event) => {
    if (sortKeys(event).some((key) => key.startsWith('0-'))) return failed;
    seen.push(...sortKeys(event));
    return done;
  });
  await database.put('Ledger', 'p0', '0-0');
  await expect.poll(() => mappings.status()[shardOf(0)]?.attempts).toBeGreaterThan(0);
  await fill(database, 'Ledger', 12, 2);
  await expect.poll(() => seen.toSorted()).toEqual(others.flatMap((pk) => [`${pk}-0`, `${pk}-1`]).toSorted());
  expect(mappings.status()[shardOf(0)]).toMatchObject({ position: undefined, oldestRecordAgeMs: expect.any(Number) });
});

describe('idle', () => {
  test('waits for what processing one stream writes to another', async () => {
    const { database, start } = await setUp(['Ledger', 'Records']);
    const published: string[] = [];
    const invoke: Invoke = async (functionId, event) => {
      for (const key of sortKeys(event)) {
        if (functionId === 'publisher') published.push(key);
        else await database.put('Records', `r${key}`, key);
      }
      return done;
    };
    const publisher = { ...mappingOf('Records'), functionId: 'publisher' };
    const mappings = await start([mappingOf('Ledger'), publisher], invoke);
    for (let round = 0; round < 5; round++) {
      await database.put('Ledger', `p${round}`, `s${round}`);
      await mappings.idle();
      expect(published).toHaveLength(round + 1);
    }
  });

  test('resolves when the streams are empty, and when there are none', async () => {
    const { start } = await setUp(['Ledger', 'Records']);
    await (await start([mappingOf('Ledger'), mappingOf('Records')], async () => done)).idle();
    await (await start([], async () => done)).idle();
  });

  test('waits for retries, and resolves when the records are given up', async () => {
    const { database, start } = await setUp(['Ledger']);
    const clock = manualClock(Date.now());
    const givenUp: GivenUp[] = [];
    const destination = 'arn:aws:sqs:us-east-1:000000000000:given-up';
    const properties = { MaximumRetryAttempts: 2, DestinationConfig: { OnFailure: { Destination: destination } } };
    const mappings = await start([mappingOf('Ledger', properties)], async () => failed, {
      clock,
      giveUp: async (item) => void givenUp.push(item),
    });
    await database.put('Ledger', 'p', 's');
    await whileMoving(clock, mappings.idle());
    expect(givenUp).toMatchObject([{ destination, metadata: { batchSize: 1 } }]);
  });

  test('rejects when the mappings are stopped', async () => {
    const { database, start } = await setUp(['Ledger']);
    const mappings = await start([mappingOf('Ledger')], async () => failed);
    await database.put('Ledger', 'p', 's');
    const idle = expect(mappings.idle()).rejects.toThrow(/stopped/);
    await mappings.stop();
    await idle;
  });
});

test('a pause holds new records back until it ends', async () => {
  const { database, start } = await setUp(['Ledger']);
  const seen: string[][] = [];
  const mappings = await start([mappingOf('Ledger')], remembering(seen));
  await mappings.idle();
  mappings.pause();
  await database.put('Ledger', 'p', 's');
  const idle = mappings.idle();
  await database.put('Ledger', 'p', 't');
  expect(seen).toEqual([]);
  mappings.resume();
  await idle;
  await mappings.idle();
  expect(seen.flat()).toEqual(['s', 't']);
});

test('a pause takes effect once the invocation in flight has ended, and can be for some mappings only', async () => {
  const { database, start } = await setUp(['Ledger']);
  const [begun, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const seen: string[] = [];
  const definitions = ['One', 'Two'].map((id) => ({ ...mappingOf('Ledger', {}, id), functionId: id }));
  const mappings = await start(definitions, async (functionId, event) => {
    seen.push(...recordsOf(event).map(() => functionId));
    if (functionId !== 'One') return done;
    begun.resolve();
    await ended.promise;
    return done;
  });
  await database.put('Ledger', 'p', 's');
  await begun.promise;
  let isPaused = false;
  const paused = mappings
    .pause((id) => id === 'One')
    .then(() => {
      isPaused = true;
    });
  await database.put('Ledger', 'p', 't');
  await expect.poll(() => seen.filter((id) => id === 'Two')).toHaveLength(2);
  expect(isPaused).toBe(false);
  ended.resolve();
  await paused;
  expect(seen.filter((id) => id === 'One')).toHaveLength(1);
  mappings.resume();
  await mappings.idle();
  expect(seen.filter((id) => id === 'One')).toHaveLength(2);
});

test('two mappings of one stream each see every record that passes their own filter', async () => {
  const { database, start } = await setUp(['Ledger']);
  const seen: Record<string, string[]> = { projection: [], archive: [] };
  const inserts = { FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT"]}' }] } };
  const definitions = [
    { ...mappingOf('Ledger', inserts, 'One'), functionId: 'projection' },
    { ...mappingOf('Ledger', {}, 'Two'), functionId: 'archive' },
    { ...mappingOf('Ledger', { Enabled: false }, 'Off'), functionId: 'off' },
  ];
  const mappings = await start(definitions, async (functionId, event) => {
    seen[functionId]?.push(...recordsOf(event).map((record) => record.eventName));
    return done;
  });
  await database.put('Ledger', 'p', 's');
  await database.update('Ledger', 'p', 's', 'v');
  await mappings.idle();
  expect(seen).toEqual({ projection: ['INSERT'], archive: ['INSERT', 'MODIFY'] });
  expect(new Set(mappings.status().map((one) => one.id))).toEqual(new Set(['One', 'Two']));
});

test('more records than a shard holds all arrive once, although the function fails at first', async () => {
  const { database, start } = await setUp(['Ledger']);
  for (let base = 0; base < 2_400; base += 50)
    await Promise.all(
      Array.from({ length: 50 }, (_, at) => database.put('Ledger', 'one', String(base + at).padStart(4, '0'))),
    );
  let broken = true;
  const seen: string[] = [];
  const mappings = await start([mappingOf('Ledger', { BatchSize: 200 })], async (_id, event) => {
    if (broken) return failed;
    seen.push(...sortKeys(event));
    return done;
  });
  await expect.poll(() => mappings.status().some((one) => one.attempts > 0)).toBe(true);
  broken = false;
  await mappings.idle();
  expect(new Set(seen).size).toBe(2_400);
  expect(seen).toHaveLength(2_400);
});

describe('the start is refused', () => {
  test('when the table’s HASH key is not the one given', async () => {
    const { start } = await setUp(['Ledger']);
    const started = start([mappingOf('Ledger')], async () => done, { partitionKey: () => 'sk' });
    await expect(started).rejects.toThrow(/the HASH key of .* is pk, not sk/);
  });

  test('when there is no such stream', async () => {
    const { start } = await setUp(['Ledger']);
    await expect(start([mappingOf('Nothing')], async () => done)).rejects.toThrow();
  });
});
