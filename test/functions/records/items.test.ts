import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recordItems } from '../../../functions/records/items.ts';
import { createRecords } from '../../../functions/records/records.ts';
import { allItems, imageFact, jobFact, RECEIVED, testTables } from '../support.ts';
import { imageFacts, jobFacts, shuffled } from './arbitraries.ts';

const DAY = 86_400;

describe('the records of a partition', () => {
  it('are the same for any order of its facts', () => {
    fc.assert(
      fc.property(
        fc.oneof(shuffled<ReturnType<typeof jobFact> | ReturnType<typeof imageFact>>(jobFacts), shuffled(imageFacts)),
        ([facts, others]) => {
          expect(recordItems(others, 7)).toEqual(recordItems(facts, 7));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('of a job are one item with its runs, oldest first, keyed by primary and job id', () => {
    const early = jobFact({ startTime: 1, state: 'ACTIVE', status: 0 }, { receivedAt: RECEIVED + 1 });
    const [job, ...more] = recordItems([jobFact(), jobFact({ startTime: 0 }), early], 7);
    expect(more).toEqual([]);
    expect(job).toMatchObject({
      ...{ pk: 'job#demo#148', sk: 'job', format: 1, facts: 3, newestAt: RECEIVED + 1, startTime: 1_459_830_500 },
      runs: [
        { startTime: 1, state: 'ACTIVE', status: 0, receivedAt: RECEIVED + 1 },
        { startTime: 1_459_830_500, state: 'DONE', status: 156, receivedAt: RECEIVED },
      ],
    });
  });

  it('of an image are one item', () => {
    expect(recordItems([imageFact(), imageFact({ operationId: 'CREATE' })], 7)).toMatchObject([
      { pk: 'image#demo#localhost_1458601200', sk: 'image', facts: 2, format: 1, condition: 'DELETED' },
    ]);
  });

  it('without facts are none', () => expect(recordItems([], 7)).toEqual([]));

  it('of a job expire with the fact that is kept longest', () => {
    const keep = (jobDays: number | undefined, receivedAt: number) =>
      jobFact({ state: String(receivedAt) }, { receivedAt }, { jobDays, imageDays: undefined });
    const expiries = (...facts: ReturnType<typeof jobFact>[]) =>
      recordItems(facts, 7).map(({ expiresAt }) => expiresAt);
    expect(expiries(keep(2, 1_000), keep(1, 5_000))).toEqual([1 + 2 * DAY]);
    expect(expiries(keep(2, 1_000), keep(undefined, 2_000))).toEqual([undefined]);
  });

  it('of an image expire some days after its deletion, and never while it exists or when kept forever', () => {
    const expiry = (days: number | undefined, operationId = 'DELETE') =>
      recordItems([imageFact({ operationId })], days).map(({ expiresAt }) => expiresAt);
    expect(expiry(7)).toEqual([Math.floor(RECEIVED / 1_000) + 7 * DAY]);
    expect(expiry(0)).toEqual([Math.floor(RECEIVED / 1_000)]);
    expect(expiry(undefined)).toEqual([undefined]);
    expect(expiry(7, 'CREATE')).toEqual([undefined]);
    expect(expiry(7, 'NO_LOCAL_COPY_AVAILABLE')).toEqual([undefined]);
  });
});

describe('writing a record', () => {
  const record = (facts: number, newestAt: number, state: string) => ({
    pk: 'p',
    sk: 's',
    format: 1,
    facts,
    newestAt,
    state,
  });

  it.each([
    ['more facts replace it', record(3, 5, 'new'), 'new'],
    ['as many facts replace it', record(2, 5, 'new'), 'new'],
    ['fewer facts do not', record(1, 5, 'new'), 'old'],
    ['fewer facts with a newer one replace it, as others have expired', record(1, 6, 'new'), 'new'],
    ['more facts, none as new, do not', record(9, 4, 'new'), 'old'],
  ])('replaces the stored record or keeps it: %s', async (_, next, expected) => {
    const { client, records: table } = await testTables();
    const records = createRecords(client, table);
    await records.write(record(2, 5, 'old'));
    await records.write(next);
    expect(await allItems(client, table)).toMatchObject([{ state: expected }]);
  });

  it('fails when the table does not exist', async () => {
    const { client } = await testTables();
    await expect(createRecords(client, 'Nowhere').write(record(1, 1, 'x'))).rejects.toThrow('non-existent table');
  });

  it('with writeOnce keeps the item that is there, and returns it', async () => {
    const { client, records: table } = await testTables();
    const records = createRecords(client, table);
    expect(await records.writeOnce({ pk: 'p', sk: 's', a: 1, b: undefined })).toBeUndefined();
    expect(await records.writeOnce({ pk: 'p', sk: 's', a: 2 })).toEqual({ pk: 'p', sk: 's', a: 1 });
    expect(await allItems(client, table)).toEqual([{ pk: 'p', sk: 's', a: 1 }]);
  });
});
