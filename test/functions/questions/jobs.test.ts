import { describe, expect, it } from 'vitest';
import {
  childrenOf,
  endsOf,
  failuresByDay,
  jobsByDay,
  jobsOfClient,
  jobsOfPolicy,
  readJob,
  unfinishedJobs,
} from '../../../functions/questions/jobs.ts';
import type { Tables } from '../../../functions/questions/query.ts';
import { EVER, type Range } from '../../../functions/questions/range.ts';
import { all, at, dayOfNovember, factOf, job, NOW, testTables } from './received.ts';

const ids = async (jobs: AsyncIterable<{ jobId: number }>) => (await all(jobs)).map(({ jobId }) => jobId);

describe('a job by its id', () => {
  it('shows its latest run, and lists all runs oldest first', async () => {
    const { tables, receive } = await testTables();
    const first = job('22T02:00', 205, { status: 6 });
    const second = job('23T02:00', 205);
    await receive(second, first, job('23T01:50', 205, { state: 'ACTIVE', startTime: second.content.startTime }));
    expect(await readJob(tables, 'demo', 205, NOW)).toMatchObject({
      ...{ state: 'DONE', status: 0, receivedAt: second.at, facts: 3 },
      runs: [
        { startTime: first.content.startTime, state: 'DONE', status: 6, receivedAt: first.at },
        { startTime: second.content.startTime, state: 'DONE', status: 0, receivedAt: second.at },
      ],
    });
  });

  it('is not found on a primary that did not report it, nor under another id', async () => {
    const { tables, receive } = await testTables();
    await receive(job('23T02:00', 205));
    expect(await readJob(tables, 'dr', 205, NOW)).toBeUndefined();
    expect(await readJob(tables, 'demo', 20, NOW)).toBeUndefined();
  });

  it('is not the job with the same id of another primary', async () => {
    const { tables, receive } = await testTables();
    await receive(job('23T02:00', 205), job('23T02:01', 205, { status: 6 }, 'dr'));
    expect(await readJob(tables, 'demo', 205, NOW)).toMatchObject({ primary: 'demo', status: 0 });
    expect(await readJob(tables, 'dr', 205, NOW)).toMatchObject({ primary: 'dr', status: 6 });
  });

  it('lists as children the jobs that name it as parent, ended or not, the highest id first, and never itself', async () => {
    const { tables, receive } = await testTables();
    const child = { parentJobId: 201 };
    await receive(job('23T01:00', 201), job('23T01:01', 202, child), job('24T00:30', 203, child), job('23T01:02', 20));
    await receive(job('23T01:03', 204, child, 'dr'), job('24T00:10', 205, { ...child, state: 'ACTIVE' }));
    await receive(job('24T00:11', 206, { state: 'ACTIVE' }), job('23T00:09', 207, child));
    expect(await ids(childrenOf(tables, 'demo', 201, NOW))).toEqual([207, 205, 203, 202]);
    expect(await ids(childrenOf(tables, 'demo', 202, NOW))).toEqual([]);
  });
});

describe('the ends of a job', () => {
  /** Job 7 of another client; ids begin again; the new job 7 waits, and expires before it starts. */
  const [before, queued, expired] = [
    job('20T02:00', 7, { clientName: 'old' }),
    job('23T01:00', 7, { state: 'QUEUED', startTime: 0 }),
    job('23T02:00', 7, { status: 196, startTime: 0 }),
  ];

  it('are those of its runs, and its end without a start if its id was used before', async () => {
    const { tables, receive } = await testTables();
    await receive(expired, queued, before);
    const [found] = await all(jobsByDay(tables, 'demo', dayOfNovember('23'), NOW));
    expect(found).toMatchObject({ state: 'DONE', status: 196, clientName: 'sql01', receivedAt: expired.at, facts: 3 });
    const ends = (range: Range) => found && endsOf(found, range).map(({ status }) => status);
    expect(ends(EVER)).toEqual([0, 196]);
    expect(ends(dayOfNovember('23'))).toEqual([196]);
    expect(ends(dayOfNovember('20'))).toEqual([0]);
    expect(await ids(jobsOf('old')(tables, 'demo', EVER, NOW))).toEqual([]);
  });

  it('are one if it never started or has one run, and none while it waits', async () => {
    const { tables, receive } = await testTables();
    await receive(
      { ...queued, content: { ...queued.content, jobId: 8 } },
      job('23T02:00', 9, { startTime: 0 }),
      before,
    );
    const ends = async (jobId: number) => {
      const found = await readJob(tables, 'demo', jobId, NOW);
      return found && endsOf(found, EVER).map(({ receivedAt }) => receivedAt);
    };
    expect([await ends(7), await ends(8), await ends(9)]).toEqual([[before.at], [], [at('23T02:00')]]);
    await receive(queued);
    expect(await ends(7)).toEqual([before.at]);
  });
});

describe('jobs by day', () => {
  it('are those received in the range, both ends of it included, newest first, across days', async () => {
    const { tables, receive } = await testTables();
    await receive(job('22T23:59:59.998', 1), job('22T23:59:59.999', 2), job('23T00:00', 3), job('23T00:00:00.001', 4));
    const asked = (from: string, to: string) => ids(jobsByDay(tables, 'demo', { from: at(from), to: at(to) }, NOW));
    expect(await asked('21T00:00', '24T00:00')).toEqual([4, 3, 2, 1]);
    expect(await asked('22T23:59:59.999', '23T00:00')).toEqual([3, 2]);
    expect(await asked('23T00:00', '23T00:00')).toEqual([3]);
    expect(await asked('22T00:00', '22T23:59:59.999')).toEqual([2, 1]);
    expect(await asked('23T00:00:00.002', '24T00:00')).toEqual([]);
  });

  it('are none for a range that ends before it begins, in one day and across two', async () => {
    const { tables, receive } = await testTables();
    await receive(job('22T12:00', 1), job('23T12:00', 2));
    const asked = (from: string, to: string) => ids(jobsByDay(tables, 'demo', { from: at(from), to: at(to) }, NOW));
    expect(await asked('23T13:00', '23T11:00')).toEqual([]);
    expect(await asked('23T13:00', '22T11:00')).toEqual([]);
  });

  it('list a job once, under the day that its latest state was received', async () => {
    const { tables, receive } = await testTables();
    const { startTime } = job('22T23:00', 1).content;
    await receive(job('22T23:00', 1, { state: 'ACTIVE' }));
    expect(await ids(jobsByDay(tables, 'demo', dayOfNovember('22'), NOW))).toEqual([1]);
    await receive(job('23T01:00', 1, { startTime }));
    expect(await ids(jobsByDay(tables, 'demo', dayOfNovember('22'), NOW))).toEqual([]);
    expect(await ids(jobsByDay(tables, 'demo', dayOfNovember('23'), NOW))).toEqual([1]);
  });

  it('list unfinished jobs between ended ones by when their state was received, in either order', async () => {
    const { tables, receive } = await testTables();
    const active = { state: 'ACTIVE' };
    await receive(job('22T23:00', 1), job('23T00:30', 3), job('23T02:00', 5), job('22T23:30', 2, active));
    await receive(job('23T01:00', 4, active), job('23T03:00', 6, active), job('23T04:00', 7, active, 'dr'));
    // The latest state counts: that of 8 came before the range, and that of 9, which began in the range, after it.
    await receive(job('21T23:00', 8, active), job('23T02:00', 9, { state: 'QUEUED' }), job('23T03:30', 9, active));
    const range = { from: dayOfNovember('22').from, to: at('23T02:30') };
    expect(await ids(jobsByDay(tables, 'demo', range, NOW))).toEqual([5, 4, 3, 2, 1]);
    expect(await ids(jobsByDay(tables, 'demo', range, NOW, true))).toEqual([1, 2, 3, 4, 5]);
    expect(await ids(jobsOf('SQL01')(tables, 'demo', range, NOW))).toEqual([5, 4, 3, 2, 1]);
    expect(await ids(jobsUnder('NIGHTLY')(tables, 'demo', range, NOW))).toEqual([5, 4, 3, 2, 1]);
    expect(await ids(jobsOf('sql02')(tables, 'demo', range, NOW))).toEqual([]);
    expect(await ids(jobsUnder('weekly')(tables, 'demo', range, NOW))).toEqual([]);
  });

  it('miss no job, oldest first, that ends or begins again during the query', async () => {
    for (const [before, after] of [
      ['DONE', 'ACTIVE'],
      ['ACTIVE', 'DONE'],
    ]) {
      const { tables, receive } = await testTables();
      await receive(job('23T01:00', 1), job('23T10:00', 2, { state: before }), job('23T11:00', 3));
      let isAsked = false;
      const send = async (command: { input: { IndexName?: string } }) => {
        if (command.input.IndexName === 'byDay' && !isAsked) {
          isAsked = true;
          await receive(job('23T12:00', 2, { state: after }));
        }
        return Reflect.apply(tables.client.send, tables.client, [command]);
      };
      const changing = { ...tables, client: Object.create(tables.client, { send: { value: send } }) };
      expect(new Set(await ids(jobsByDay(changing, 'demo', dayOfNovember('23'), NOW, true)))).toEqual(
        new Set([1, 2, 3]),
      );
    }
  });

  it('are those of one primary only', async () => {
    const { tables, receive } = await testTables();
    await receive(job('23T01:00', 1), job('23T01:00', 2, {}, 'dr'));
    expect(await ids(jobsByDay(tables, 'dr', dayOfNovember('23'), NOW))).toEqual([2]);
  });

  it('leave out a job from the second it expires, although it is still stored', async () => {
    const { tables, store } = await testTables();
    const fact = factOf(job('23T12:00', 1), 2);
    await store(fact, factOf(job('23T12:01', 2)));
    const expiry = at('25T12:00');
    expect(fact.expiresAt).toBe(expiry / 1000);
    for (const ask of [jobsByDay, jobsOf('sql01'), jobsUnder('nightly')]) {
      expect(await ids(ask(tables, 'demo', dayOfNovember('23'), expiry - 1))).toEqual([2, 1]);
      expect(await ids(ask(tables, 'demo', dayOfNovember('23'), expiry))).toEqual([2]);
    }
    expect(await readJob(tables, 'demo', 1, expiry - 1)).toMatchObject({ jobId: 1 });
    expect(await readJob(tables, 'demo', 1, expiry)).toBeUndefined();
  });
});

type Ask = typeof jobsByDay;
const jobsOf =
  (client: string): Ask =>
  (tables, primary, range, now) =>
    jobsOfClient(tables, primary, client, range, now);
const jobsUnder =
  (policy: string): Ask =>
  (tables, primary, range, now) =>
    jobsOfPolicy(tables, primary, policy, range, now);

describe('failures by day', () => {
  it('keep a failure under the day it failed although its job succeeded later', async () => {
    const { tables, receive } = await testTables();
    const failed = job('22T02:00', 205, { status: 6 });
    await receive(failed, job('23T02:00', 205));
    const failures = await all(failuresByDay(tables, 'demo', dayOfNovember('22'), NOW));
    expect(failures).toMatchObject([{ primary: 'demo', receivedAt: failed.at, entry: { jobId: 205, status: 6 } }]);
    expect(await all(failuresByDay(tables, 'demo', dayOfNovember('23'), NOW))).toEqual([]);
    expect(await readJob(tables, 'demo', 205, NOW)).toMatchObject({ status: 0 });
  });

  it('list each DONE with a nonzero status, newest first, but no success and no unfinished job', async () => {
    const { tables, receive } = await testTables();
    await receive(job('23T01:00', 1, { status: 6 }), job('23T03:00', 1, { status: 13 }), job('23T02:00', 2));
    await receive(job('23T02:30', 3, { status: 1 }), job('23T04:00', 4, { state: 'ACTIVE', status: 6 }));
    const failures = await all(failuresByDay(tables, 'demo', dayOfNovember('23'), NOW));
    expect(failures.map(({ entry }) => [entry.jobId, entry.status])).toEqual([
      [1, 13],
      [3, 1],
      [1, 6],
    ]);
  });

  it('belong to the day that they were received, up to its last millisecond', async () => {
    const { tables, receive } = await testTables();
    await receive(job('22T23:59:59.999', 1, { status: 6 }), job('23T00:00', 2, { status: 6 }));
    const asked = async (day: string) => {
      const failures = await all(failuresByDay(tables, 'demo', dayOfNovember(day), NOW));
      return failures.map(({ entry }) => entry.jobId);
    };
    expect([await asked('22'), await asked('23')]).toEqual([[1], [2]]);
  });
});

describe('unfinished jobs', () => {
  const since = async (tables: Tables) =>
    (await all(unfinishedJobs(tables, 'demo', NOW))).map((one) => [one.jobId, one.state, one.since]);

  it('are those that are not done, with when they were first heard of, the longest first', async () => {
    const { tables, receive } = await testTables();
    await receive(job('23T02:00', 2, { state: 'QUEUED', startTime: 0 }), job('23T01:00', 1, { state: 'QUEUED' }));
    await receive(job('23T03:00', 3), job('23T00:30', 4, { state: 'ACTIVE' }, 'dr'));
    await receive(job('23T04:00', 2, { state: 'ACTIVE' }));
    expect(await since(tables)).toEqual([
      [1, 'QUEUED', at('23T01:00')],
      [2, 'ACTIVE', at('23T02:00')],
    ]);
  });

  it('disappear once they are done, and appear again when they run again', async () => {
    const { tables, receive } = await testTables();
    const { startTime } = job('23T01:00', 1).content;
    await receive(job('23T01:00', 1, { state: 'ACTIVE' }), job('23T02:00', 1, { startTime, status: 6 }));
    expect(await since(tables)).toEqual([]);
    expect(await ids(jobsOf('sql01')(tables, 'demo', EVER, NOW))).toEqual([1]);
    await receive(job('23T03:00', 1, { state: 'ACTIVE' }));
    expect(await since(tables)).toEqual([[1, 'ACTIVE', at('23T03:00')]]);
    expect(await ids(jobsOf('sql01')(tables, 'demo', EVER, NOW))).toEqual([1]);
    // The end of an earlier run comes late.
    await receive(job('23T04:00', 1, { startTime: Number(startTime) + 1 }));
    expect(await since(tables)).toEqual([[1, 'ACTIVE', at('23T03:00')]]);
  });
});

describe('jobs of a client and of a policy', () => {
  it('are found however the name is capitalised, in the question and in the report', async () => {
    const { tables, receive } = await testTables();
    await receive(job('22T01:00', 1, { clientName: 'SQL01', policyName: 'NIGHTLY' }), job('23T01:00', 2));
    await receive(job('23T02:00', 3, { clientName: 'sql011', policyName: 'Nightly2' }));
    for (const name of ['sql01', 'SQL01', 'Sql01'])
      expect(await ids(jobsOf(name)(tables, 'demo', EVER, NOW))).toEqual([2, 1]);
    for (const name of ['nightly', 'Nightly'])
      expect(await ids(jobsUnder(name)(tables, 'demo', { from: dayOfNovember('22').from, to: NOW }, NOW))).toEqual([
        2, 1,
      ]);
    expect(await ids(jobsOf('SQL01')(tables, 'demo', dayOfNovember('22'), NOW))).toEqual([1]);
    expect(await ids(jobsUnder('nightly')(tables, 'demo', dayOfNovember('23'), NOW))).toEqual([2]);
  });

  it('include a job without a policy under its client, and under no policy', async () => {
    const { tables, receive } = await testTables();
    await receive(job('23T01:00', 204, { jobType: 'RESTORE', policyName: '' }));
    expect(await ids(jobsOf('sql01')(tables, 'demo', EVER, NOW))).toEqual([204]);
    expect(await ids(jobsUnder('')(tables, 'demo', dayOfNovember('23'), NOW))).toEqual([]);
  });

  it('keep names apart that contain the separator of keys', async () => {
    const { tables, receive } = await testTables();
    await receive(job('23T01:00', 1, { clientName: 'a#b' }), job('23T01:01', 2, { clientName: 'a%23b' }));
    expect(await ids(jobsOf('a#b')(tables, 'demo', EVER, NOW))).toEqual([1]);
    expect(await ids(jobsOf('A%23B')(tables, 'demo', EVER, NOW))).toEqual([2]);
  });
});
