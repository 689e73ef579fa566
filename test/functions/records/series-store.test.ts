import { expect, it } from 'vitest';
import { createSeriesStore } from '../../../functions/records/series-store.ts';
import { jobFact, must, RECEIVED, testTables } from '../support.ts';

it('a run that has expired and is still there counts no more, from the second it expires', async () => {
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
