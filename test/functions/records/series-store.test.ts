import { BatchWriteItemCommand, DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import { runItem, runOf } from '../../../functions/records/series.ts';
import { createSeriesStore } from '../../../functions/records/series-store.ts';
import type { Item } from '../../../functions/store/items.ts';
import { allItems, jobFact, must, RECEIVED, testTables } from '../support.ts';

it('a run does not count from the second it expires, although it is still stored', async () => {
  const { client, records } = await testTables();
  const clock = { now: RECEIVED };
  const store = createSeriesStore(client, records, () => clock.now);
  const ended = (jobId: number, hour: number, jobDays: number) =>
    jobFact({ jobId }, { receivedAt: RECEIVED + hour * 3_600_000 }, { jobDays, imageDays: undefined });
  const [expiring, kept] = [ended(1, 0, 1), ended(2, 1, 2)];
  for (const fact of [expiring, kept]) await store.add(fact);
  const failures = async () => (await (await store.add(kept))?.streak())?.failures;
  const expiry = must(expiring.expiresAt) * 1_000;
  clock.now = expiry - 1;
  expect(await failures()).toBe(2);
  clock.now = expiry;
  expect(await failures()).toBe(1);
});

describe('a rebuild of a series with more failures than are counted', () => {
  const MINUTE = 60_000;
  const ended = (jobId: number, status: number, jobDays = 400) =>
    jobFact({ jobId, status }, { receivedAt: RECEIVED + jobId * MINUTE }, { jobDays, imageDays: undefined });

  /** A run with this status, then 1,100 failures. `kept`: days for which the first two runs are kept. */
  async function setUp(status: number, kept = 400) {
    const { client, records } = await testTables();
    const clock = { now: RECEIVED };
    const store = createSeriesStore(client, records, () => clock.now);
    await store.add(ended(0, status, kept));
    const added = must(await store.add(ended(1, 156, kept)));
    // As projections would leave them, but faster.
    const between = Array.from({ length: 1_098 }, (_, index) => runItem(must(runOf(ended(index + 2, 156)))));
    while (between.length > 0) {
      const puts = between.splice(0, 25).map((run) => ({ PutRequest: { Item: marshall(run) } }));
      await client.send(new BatchWriteItemCommand({ RequestItems: { [records]: puts } }));
    }
    await store.add(ended(1_100, 13));
    const series = async () => {
      const { version: _, ...item } = must((await allItems(client, records)).find(({ sk }) => sk === 'series'));
      return item;
    };
    const { pk } = runItem(added.run);
    return {
      ...{ clock, series },
      refold: () => store.refold(pk),
      remove: () => client.send(new DeleteItemCommand({ TableName: records, Key: marshall({ pk, sk: 'series' }) })),
      put: (item: Item) => client.send(new PutItemCommand({ TableName: records, Item: marshall(item) })),
    };
  }

  it('restores it when it was lost, empty, or stored as one that never succeeded', async () => {
    const { series, refold, remove, put } = await setUp(0);
    const before = await series();
    expect(before).toMatchObject({ streak: 1_000, lastStatus: 13, lastUsableAt: RECEIVED, since: RECEIVED });
    expect(before.failingSince).toBe(RECEIVED + MINUTE);
    await remove();
    expect(await refold()).toBe('missing');
    expect(await series()).toEqual(before);
    const cut = { ...before, lastUsableAt: 0, since: 0, failingSince: RECEIVED + 101 * MINUTE };
    for (const wrong of [cut, { pk: before.pk, sk: before.sk }]) {
      await put(wrong);
      expect(await refold()).toBe('different');
      expect(await series()).toEqual(before);
    }
    expect(await refold()).toBe('same');
  });

  it('restores since when it fails if it never succeeded', async () => {
    const { series, refold, remove } = await setUp(156);
    const before = await series();
    expect(before).toMatchObject({ streak: 1_000, lastUsableAt: 0, failingSince: RECEIVED });
    await remove();
    expect(await refold()).toBe('missing');
    expect(await series()).toEqual(before);
    expect(await refold()).toBe('same');
  });

  it('keeps what is known of runs that have expired', async () => {
    const { clock, series, refold } = await setUp(0, 1);
    const before = await series();
    clock.now = RECEIVED + 2 * 86_400_000;
    expect(await refold()).toBe('same');
    expect(await series()).toEqual(before);
  });
});
