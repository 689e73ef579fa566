import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JobFact } from '../../../functions/ledger/fact.ts';
import { readNotification } from '../../../functions/nbwss/notification.ts';
import { foldJob } from '../../../functions/records/job.ts';
import { type Content, exampleText, jobFact, must, receiptOf } from '../support.ts';
import { jobFacts, shuffled } from './arbitraries.ts';

/** A fact of one job, by the values that decide the fold. */
const seen = (state: string, messageTime: number, other: Content = {}) =>
  jobFact({ state, status: 0, ...other }, { messageTime });
const fold = (...facts: JobFact[]) => must(foldJob(facts));

describe('a run', () => {
  it.each(['ACTIVE', 'QUEUED', 'REQUEUED', 'SUSPENDED', 'INCOMPLETE', 'NEW_STATE', 'toString'])(
    'is DONE once DONE was sent, even if %s was sent later',
    (state) => expect(fold(seen('DONE', 1), seen(state, 9)).job.state).toBe('DONE'),
  );

  it('that is not DONE has the state with the highest message timeStamp, whenever it was received', () => {
    const late = { ...seen('QUEUED', 9), receivedAt: 1 };
    expect(fold(late, seen('ACTIVE', 5), seen('SUSPENDED', 1)).job.state).toBe('QUEUED');
  });

  it('has, of the states sent in one second, the one that comes last in the life of a job', () => {
    const states = ['QUEUED', 'REQUEUED', 'ACTIVE', 'NEW_STATE', 'SUSPENDED'];
    for (const [index, state] of states.entries()) {
      const before = states.slice(0, index).map((name) => seen(name, 5));
      expect(fold(seen(state, 5), ...before).job.state).toBe(state);
    }
    expect(fold(seen('INCOMPLETE', 5), seen('ACTIVE', 5)).job.state).toBe('INCOMPLETE');
  });

  it('has the status, names, receipt and correlation id of the fact that decides it', () => {
    const done = jobFact(
      { status: 1, policyName: 'p2', clientName: 'c2' },
      { messageTime: 7, receivedAt: 77, requestId: 'r-7' },
    );
    expect(fold(done, seen('ACTIVE', 9)).runs).toEqual([
      {
        ...{ primary: 'demo', jobId: 148, parentJobId: 148, state: 'DONE', status: 1, startTime: 1_459_830_500 },
        ...{ clientName: 'c2', policyName: 'p2', policyType: 'VMWARE', jobType: 'BACKUP', scheduleType: 'ST_FULL' },
        ...{ receivedAt: 77, requestId: 'r-7' },
      },
    ]);
  });

  it('that was reported DONE with two statuses has the one that was sent last', () => {
    expect(fold(seen('DONE', 1, { status: 150 }), seen('DONE', 2)).job.status).toBe(0);
    expect(fold(seen('DONE', 2, { status: 150 }), seen('DONE', 1)).job.status).toBe(150);
    expect(fold(seen('DONE', 1, { status: 150 }), seen('DONE', 1)).job.status).toBe(150);
  });
});

describe('a job', () => {
  it('has one run per startTime above 0, oldest first, and shows its latest', () => {
    const { job, runs } = fold(
      seen('ACTIVE', 1, { startTime: 30 }),
      seen('DONE', 9, { startTime: 10, status: 150 }),
      seen('DONE', 8, { startTime: 200 }),
      seen('QUEUED', 2, { startTime: 200 }),
    );
    expect(runs.map(({ startTime, state, status }) => [startTime, state, status])).toEqual([
      [10, 'DONE', 150],
      [30, 'ACTIVE', 0],
      [200, 'DONE', 0],
    ]);
    expect(job).toEqual(runs[2]);
  });

  it('shows a later run that is not done instead of an earlier one that is', () => {
    expect(fold(seen('DONE', 9), seen('QUEUED', 1, { startTime: 1_459_830_501 })).job.state).toBe('QUEUED');
  });

  it('that has only startTime 0 shows those facts and has no run', () => {
    const { job, runs } = fold(seen('QUEUED', 1, { startTime: 0 }), seen('ACTIVE', 2, { startTime: 0 }));
    expect([job.state, job.startTime, runs]).toEqual(['ACTIVE', 0, []]);
  });

  it('shows its run instead of what was sent before it started, queued or ended', () => {
    const queued = seen('QUEUED', 1, { startTime: 0 });
    const { job, runs } = fold(seen('DONE', 2, { startTime: 0, status: 150 }), seen('ACTIVE', 3), queued);
    expect([job.state, job.startTime]).toEqual(['ACTIVE', 1_459_830_500]);
    expect(runs).toEqual([job]);
  });

  it('is its own parent if none is named', () => {
    expect(fold(jobFact({ parentJobId: undefined })).job.parentJobId).toBe(148);
    expect(fold(jobFact({ parentJobId: 0 })).job.parentJobId).toBe(0);
    expect(fold(jobFact({ parentJobId: 147 })).job.parentJobId).toBe(147);
  });

  it('is undefined without facts', () => expect(foldJob([])).toBeUndefined());

  it('has the id, state and start of a documented message', () => {
    const [read] = readNotification(JSON.parse(exampleText('03-job-active.json')).payload).entries;
    const active = jobFact({ ...read?.entry }, receiptOf({ messageTime: 1_459_811_679 }));
    expect(fold(active).job).toMatchObject({ jobId: 144, state: 'ACTIVE', startTime: 1_459_829_674 });
  });
});

describe('a job whose id another job had before', () => {
  const before = seen('DONE', 100, { clientName: 'old', policyName: 'weekly' });
  const queued = (messageTime: number) => seen('QUEUED', messageTime, { startTime: 0, clientName: 'new' });
  const expired = (messageTime: number) =>
    jobFact(
      { startTime: 0, status: 196, clientName: 'new', policyName: 'nightly' },
      { messageTime, receivedAt: 77, requestId: 'r-7' },
    );

  it('shows its own end once it ended before it started, and the run of the other job stays', () => {
    const { job, runs, unfinishedSince } = fold(before, queued(200), expired(201));
    expect(job).toMatchObject({
      ...{ state: 'DONE', status: 196, startTime: 0, clientName: 'new', policyName: 'nightly' },
      ...{ receivedAt: 77, requestId: 'r-7' },
    });
    expect(runs).toEqual(fold(before).runs);
    expect(unfinishedSince).toBeUndefined();
    expect(fold(seen('ACTIVE', 100), expired(101)).job.status).toBe(196);
  });

  it('does not hide the run of the other job while it is queued', () => {
    expect(fold(before, queued(200))).toEqual(fold(before));
    expect(fold(before, expired(99), queued(200)).job).toEqual(fold(before).job);
  });

  it('shows the run that was sent after an end without a start, or in the same second', () => {
    for (const messageTime of [99, 100]) expect(fold(before, expired(messageTime)).job).toEqual(fold(before).job);
    const restarted = seen('ACTIVE', 202, { startTime: 1_459_830_501 });
    expect(fold(before, queued(200), expired(201), restarted).job.state).toBe('ACTIVE');
  });
});

describe('for any facts of a job', () => {
  it('their order changes nothing', () => {
    fc.assert(
      fc.property(shuffled(jobFacts), ([facts, others]) => {
        expect(foldJob(others)).toEqual(foldJob(facts));
      }),
      { numRuns: 500 },
    );
  });

  it('there is one run for each startTime above 0, DONE as soon as one of its facts is', () => {
    fc.assert(
      fc.property(jobFacts, (facts) => {
        const { job, runs } = fold(...facts);
        const times = [...new Set(facts.map(({ entry }) => entry.startTime))].sort((a, b) => a - b);
        expect(runs.map(({ startTime }) => startTime)).toEqual(times.filter((time) => time > 0));
        expect([times.at(-1), 0]).toContain(job.startTime);
        for (const { startTime, state } of [...runs, job]) {
          const states = facts.filter(({ entry }) => entry.startTime === startTime).map(({ entry }) => entry.state);
          expect(state === 'DONE').toBe(states.includes('DONE'));
        }
      }),
    );
  });

  it('the job differs from its latest run only if an end without a start was sent later', () => {
    fc.assert(
      fc.property(jobFacts, (facts) => {
        const { job, runs } = fold(...facts);
        const sent = (some: readonly JobFact[]) => Math.max(...some.map(({ messageTime }) => messageTime));
        const unstarted = facts.filter(({ entry }) => entry.startTime === 0 && entry.state === 'DONE');
        const ofLatest = facts.filter(({ entry }) => entry.startTime === runs.at(-1)?.startTime);
        const done = ofLatest.filter(({ entry }) => entry.state === 'DONE');
        const isHidden = sent(unstarted) > sent(done.length > 0 ? done : ofLatest);
        const without = foldJob(facts.filter(({ entry }) => entry.startTime === 0));
        expect(job).toEqual(runs.length > 0 && !isHidden ? runs.at(-1) : without?.job);
      }),
      { numRuns: 500 },
    );
  });
});
