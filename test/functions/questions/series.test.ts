import { describe, expect, it } from 'vitest';
import { seriesFailing, seriesWithoutUsableRunSince } from '../../../functions/questions/series.ts';
import { all, at, factOf, job, NOW, type TestTables, testTables } from './received.ts';

/** One series of each kind: fine, failing since the 22nd, never succeeded, failed and recovered, partly succeeded. */
async function someSeries(): Promise<TestTables> {
  const test = await testTables();
  await test.receive(
    job('22T01:00', 1, { clientName: 'fine' }),
    job('23T01:00', 2, { clientName: 'fine' }),
    job('22T02:00', 3, { clientName: 'failing' }),
    job('22T03:00', 4, { clientName: 'failing', status: 6 }),
    job('23T02:00', 5, { clientName: 'FAILING', policyName: 'nightly', status: 13 }),
    job('23T03:00', 6, { clientName: 'never', status: 58 }),
    job('23T04:00', 7, { clientName: 'mended', status: 6 }),
    job('23T05:00', 8, { clientName: 'mended' }),
    job('22T06:00', 9, { clientName: 'partial', status: 6 }),
    job('22T07:00', 10, { clientName: 'partial', status: 1 }),
  );
  return test;
}

const clients = (series: { clientName: string }[]) => series.map(({ clientName }) => clientName);

describe('failing series', () => {
  it('are those with failures since their last usable run, if any; those that never succeeded come first', async () => {
    const { tables } = await someSeries();
    const failing = await all(seriesFailing(tables, 'demo', NOW));
    expect(failing).toMatchObject([
      { clientName: 'never', streak: 1, lastStatus: 58, lastJobId: 6, lastUsableAt: 0 },
      { clientName: 'FAILING', streak: 2, lastStatus: 13, lastJobId: 5, lastUsableAt: at('22T02:00') },
    ]);
  });

  it('leave out those of another primary', async () => {
    const { tables } = await someSeries();
    expect(await all(seriesFailing(tables, 'dr', NOW))).toEqual([]);
  });

  it('leave out a restore and a job without a policy, which belong to no series', async () => {
    const { tables, receive } = await testTables();
    await receive(
      job('23T01:00', 1, { jobType: 'RESTORE', status: 5 }),
      job('23T02:00', 2, { policyName: '', status: 5 }),
    );
    expect(await all(seriesFailing(tables, 'demo', NOW))).toEqual([]);
  });

  it('leave out a series whose newest run has expired', async () => {
    const { tables, store } = await testTables();
    await store(factOf(job('23T12:00', 1, { status: 6 }), 2));
    expect(await all(seriesFailing(tables, 'demo', at('25T11:59:59.999')))).toHaveLength(1);
    expect(await all(seriesFailing(tables, 'demo', at('25T12:00')))).toEqual([]);
  });
});

describe('series without a usable run since T', () => {
  it('list those that never succeeded first, then the longest waiting; a run at T is too long ago', async () => {
    const { tables } = await someSeries();
    const asked = async (since: string) =>
      clients(await all(seriesWithoutUsableRunSince(tables, 'demo', at(since), NOW)));
    expect(await asked('22T01:59:59.999')).toEqual(['never']);
    expect(await asked('22T02:00')).toEqual(['never', 'FAILING']);
    expect(await asked('22T07:00')).toEqual(['never', 'FAILING', 'partial']);
    expect(await asked('24T00:00')).toEqual(['never', 'FAILING', 'partial', 'fine', 'mended']);
  });

  it('include those that never succeeded however long ago T is', async () => {
    const { tables } = await someSeries();
    expect(clients(await all(seriesWithoutUsableRunSince(tables, 'demo', -1, NOW)))).toEqual(['never']);
  });
});
