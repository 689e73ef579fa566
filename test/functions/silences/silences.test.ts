import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { RECORDS_INDEXES } from '../../../functions/keys/indexes.ts';
import { heldBySilence } from '../../../functions/keys/records.ts';
import { silenceKey } from '../../../functions/keys/registry.ts';
import { countHeld } from '../../../functions/questions/held.ts';
import { log } from '../../../functions/runtime/log.ts';
import type { Silence } from '../../../functions/silences/silence.ts';
import { createSilences } from '../../../functions/silences/silences.ts';
import { putIfAbsent } from '../../../functions/store/items.ts';
import { REGION } from '../../../local/environment.ts';
import { allItems, testTables } from '../support.ts';

const NOW = Date.now();
const DAY = 86_400_000;
const until = NOW + DAY;
const expiry = (at: number) => Math.floor(at / 1000) + 400 * 86_400;

const weekly: Silence = {
  id: 'b',
  reason: 'patches',
  createdAt: NOW,
  from: NOW,
  every: 'Sun 02:00-04:00',
  zone: 'UTC',
};
const once: Silence = { id: 'a', reason: 'moves', createdAt: NOW, from: NOW, until, zone: 'UTC', client: 'sql01' };

async function setUp() {
  const tables = await testTables();
  const silences = createSilences(tables.client, tables.registry);
  return { ...tables, silences, list: () => Array.fromAsync(silences.list()) };
}

describe('silences', () => {
  it('are stored as they were made and listed by id, and expire 400 days after their end, if they have one', async () => {
    const { silences, list, client, registry } = await setUp();
    expect([await silences.add(weekly), await silences.add(once)]).toEqual([true, true]);
    expect(await list()).toEqual([once, weekly]);
    expect(await allItems(client, registry)).toEqual([
      { ...silenceKey('a'), format: 1, ...once, expiresAt: expiry(until) },
      { ...silenceKey('b'), format: 1, ...weekly },
    ]);
  });

  it('do not replace another of their id; adding the same one again, as after a lost answer, succeeds', async () => {
    const { silences, list } = await setUp();
    const given = { ...once, policy: undefined };
    expect([await silences.add(given), await silences.add(given)]).toEqual([true, true]);
    expect(await silences.add({ ...once, reason: 'another' })).toBe(false);
    expect(await list()).toEqual([once]);
  });

  it('that have expired are not listed, even before DynamoDB deletes them', async () => {
    const { silences, list } = await setUp();
    await silences.add({ ...once, until: NOW - 401 * DAY });
    await silences.add({ ...weekly, until: NOW - 399 * DAY });
    expect((await list()).map(({ id }) => id)).toEqual(['b']);
  });

  it('end at the given time, and expire 400 days later', async () => {
    const { silences, client, registry } = await setUp();
    await silences.add(weekly);
    await silences.add(once);
    expect([await silences.end('a', NOW + 5), await silences.end('b', NOW + 5)]).toEqual([true, true]);
    const ends = (await allItems(client, registry)).map((item) => [item.until, item.expiresAt]);
    expect(ends).toEqual([
      [NOW + 5, expiry(NOW + 5)],
      [NOW + 5, expiry(NOW + 5)],
    ]);
  });

  it('that are over or never existed cannot be ended', async () => {
    const { silences, list } = await setUp();
    await silences.add(once);
    expect(await silences.end('a', until + 1)).toBe(false);
    expect(await silences.end('nobody', NOW)).toBe(false);
    expect(await list()).toEqual([once]);
  });

  it('end once; ending one again at the same time, as after a lost answer, succeeds', async () => {
    const { silences, list } = await setUp();
    await silences.add(once);
    expect([await silences.end('a', NOW + 5), await silences.end('a', NOW + 5)]).toEqual([true, true]);
    expect(await silences.end('a', NOW + 6)).toBe(false);
    expect(await list()).toEqual([{ ...once, until: NOW + 5 }]);
  });

  it('that cannot be read are left out of the list and named in the log, and the others are listed', async () => {
    const { silences, list, client, registry } = await setUp();
    const error = vi.spyOn(log, 'error').mockReturnValue();
    onTestFinished(() => error.mockRestore());
    await silences.add(once);
    await putIfAbsent(client, registry, { ...silenceKey('z'), format: 2 });
    expect(await list()).toEqual([once]);
    expect(error).toHaveBeenCalledWith(expect.stringContaining('Cannot read'), { id: 'z' });
  });

  it('cannot be added or ended while the table cannot be reached: both throw', async () => {
    const client = new DynamoDBClient({
      ...{ region: REGION, endpoint: 'http://127.0.0.1:1', maxAttempts: 1 },
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    onTestFinished(() => client.destroy());
    const silences = createSilences(client, 'Registry');
    await expect(silences.add(once)).rejects.toThrow();
    await expect(silences.end('a', NOW)).rejects.toThrow();
  });
});

describe('what a silence holds back', () => {
  it('is counted by failures, without recoveries and without those of other silences', async () => {
    const tables = await setUp();
    const { partitionKey, sortKey } = RECORDS_INDEXES.pending;
    const put = (pk: string, partition: string, at: number) =>
      tables.client.send(
        new PutItemCommand({
          TableName: tables.records,
          Item: marshall({ pk, sk: 'intent#1#DONE#6', [partitionKey]: partition, [sortKey]: at }),
        }),
      );
    for (const job of [1, 2, 3]) await put(`job#demo#${job}`, heldBySilence('a'), job);
    await put('notice#2026-11-23', heldBySilence('a'), 4);
    await put('job#demo#5', heldBySilence('b'), 5);
    await put('job#demo#6', 'intent', 6);
    expect(await Promise.all(['a', 'b', 'c'].map((id) => countHeld(tables, id)))).toEqual([3, 1, 0]);
  });
});
