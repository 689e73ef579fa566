import { expect, it } from 'vitest';
import { unprojectedKey } from '../../../functions/keys/records.ts';
import { unprojectedByDay } from '../../../functions/questions/unprojected.ts';
import { putIfAbsent } from '../../../functions/store/items.ts';
import { all, at, NOW, testTables } from './received.ts';

it('unprojected facts are those noted in the range, both ends included, the newest first', async () => {
  const { tables } = await testTables();
  const times = ['22T23:59:59.998', '22T23:59:59.999', '23T00:00', '23T10:00', '23T09:00'];
  for (const [jobId, time] of times.entries()) {
    const fact = { pk: `job#demo#${jobId}`, sk: 'run' };
    const note = { factPk: fact.pk, factSk: fact.sk, reason: 'r', notedAt: at(time) };
    await putIfAbsent(tables.client, tables.records, { ...unprojectedKey(at(time), fact), ...note });
  }
  const asked = async (from: string, to: string) =>
    (await all(unprojectedByDay(tables, { from: at(from), to: at(to) }, NOW))).map(({ factPk }) => factPk);
  expect(await asked('22T00:00', '23T23:00')).toEqual([3, 4, 2, 1, 0].map((jobId) => `job#demo#${jobId}`));
  expect(await asked('22T23:59:59.999', '23T09:00')).toEqual([4, 2, 1].map((jobId) => `job#demo#${jobId}`));
});
