import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../../local/clock.ts';
import type { Invoke } from '../../../local/functions/invocation.ts';
import { checkpointKey } from '../../../local/mappings/checkpoints.ts';
import {
  type Checkpoints,
  fileCheckpoints,
  type MappingProperties,
  startMappings,
} from '../../../local/mappings/mappings.ts';
import { database as newDatabase } from './dynamodb.ts';
import { definition, done, failed, remembering, SOURCE, sortKeys } from './support.ts';

let folder: string;
let runs = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'checkpoints-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A database, and runs that each read the checkpoints of the one before from a file. */
async function setUp(properties: Partial<MappingProperties> = {}) {
  const name = `restart${++runs}`;
  const database = newDatabase();
  let streamArn = await database.table('Ledger');
  const start = (invoke: Invoke, checkpoints: Checkpoints = fileCheckpoints(join(folder, name, 'checkpoints.json'))) =>
    startMappings({
      ...{ definitions: [definition(properties)], streams: database.streams, seed: 1, clock: systemClock, pollMs: 5 },
      ...{ streamArn: () => streamArn, partitionKey: () => 'pk', giveUp: async () => undefined, invoke, checkpoints },
    });
  const again = async () => {
    await database.client.send(new DeleteTableCommand({ TableName: 'Ledger' }));
    streamArn = await database.table('Ledger');
  };
  const put = async (from: number, to: number) => {
    for (let number = from; number < to; number++) await database.put('Ledger', `p${number}`, String(number));
  };
  return { start, put, again };
}
const range = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => String(from + index)).sort();

test('a restart goes on with what each shard has left, and hands out no finished record again', async () => {
  const { start, put } = await setUp({ BatchSize: 1 });
  await put(0, 20);
  const first: string[] = [];
  const held = await start(async (_id, event) => {
    const [key = ''] = sortKeys(event);
    if (key === '3') return failed;
    first.push(key);
    return done;
  });
  // One shard is held up at its record; the others finish.
  await expect
    .poll(() => held.status().filter((one) => one.oldestRecordAgeMs !== undefined && one.attempts > 0).length)
    .toBe(1);
  await expect.poll(() => held.status().filter((one) => one.oldestRecordAgeMs === undefined).length).toBe(3);
  await held.stop();
  await put(20, 25);
  const second: string[][] = [];
  const mappings = await start(remembering(second));
  await mappings.idle();
  await mappings.stop();
  expect(second.flat()).toContain('3');
  expect([...first, ...second.flat()].sort()).toEqual(range(0, 25));
});

test('a batch whose checkpoint was not stored before the run ended is handed out again', async () => {
  const { start, put } = await setUp();
  await put(0, 1);
  const forgotten: Checkpoints = { get: () => undefined, set: () => undefined };
  const seen: string[][] = [];
  const killed = await start(remembering(seen), forgotten);
  await killed.idle();
  await killed.stop();
  const mappings = await start(remembering(seen));
  await mappings.idle();
  await mappings.stop();
  expect(seen.flat()).toEqual(['0', '0']);
});

test('LATEST skips what was written before the first start, and nothing that was written between two runs', async () => {
  const { start, put } = await setUp({ StartingPosition: 'LATEST' });
  const seen: string[][] = [];
  await put(0, 10);
  const first = await start(remembering(seen));
  await first.idle();
  expect(seen).toEqual([]);
  await first.stop();
  await put(10, 20);
  const second = await start(remembering(seen));
  await put(20, 25);
  await second.idle();
  await second.stop();
  expect(seen.flat().sort()).toEqual(range(10, 25));
});

test('LATEST on an empty stream skips nothing that is written between two runs', async () => {
  const { start, put } = await setUp({ StartingPosition: 'LATEST' });
  const seen: string[][] = [];
  await (await start(remembering(seen))).stop();
  await put(0, 5);
  const second = await start(remembering(seen));
  await second.idle();
  await second.stop();
  expect(seen.flat().sort()).toEqual(range(0, 5));
});

test('a table that was deleted and created again is read from its beginning', async () => {
  const { start, put, again } = await setUp();
  const seen: string[][] = [];
  await put(0, 5);
  const first = await start(remembering(seen));
  await first.idle();
  await first.stop();
  await again();
  await put(0, 5);
  const second = await start(remembering(seen));
  await second.idle();
  await second.stop();
  expect(seen.flat().sort()).toEqual([...range(0, 5), ...range(0, 5)].sort());
});

test('checkpoints are in a file, where a new process finds them, and a file of anything else is refused', () => {
  const path = join(folder, 'deep', 'file.json');
  const key = checkpointKey('Mapping', SOURCE, 1, 4);
  fileCheckpoints(path).set(key, '7');
  expect(fileCheckpoints(path).get(key)).toBe('7');
  expect(fileCheckpoints(path).get(checkpointKey('Mapping', SOURCE, 2, 4))).toBeUndefined();
  writeFileSync(path, '{');
  expect(() => fileCheckpoints(path)).toThrow(/file\.json is not a file of checkpoints/);
});
