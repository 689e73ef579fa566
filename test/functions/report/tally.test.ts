import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPartial } from '../../../functions/alerts/status-judgement.ts';
import { isoDay } from '../../../functions/keys/indexes.ts';
import type { Job } from '../../../functions/questions/jobs.ts';
import { addEnds, endedOf } from '../../../functions/report/ends.ts';
import { createTally } from '../../../functions/report/tally.ts';
import { DAY, FROM, HOUR, job, TO } from './asked.ts';

const RANGE = { from: FROM, to: TO };

function tallied(jobs: readonly Job[], most = 100) {
  const tally = createTally(RANGE, most);
  for (const one of jobs) tally.addJob(one.primary, one);
  return tally.figures();
}

const run = (receivedAt: number, status: number, state = 'DONE') => ({
  state,
  status,
  startTime: receivedAt,
  receivedAt,
});
const none = { succeeded: 0, partial: 0, failed: 0, stopped: 0 };

describe('a success rate', () => {
  it('counts usable and failed backups: status 1 is usable, and what somebody stopped is neither', () => {
    const { backups, successPercent, successPercentHalves } = tallied(
      [0, 0, 1, 156, 150].map((status, jobId) => job(FROM + HOUR, { status, jobId })),
    );
    expect(backups).toEqual({ succeeded: 2, partial: 1, failed: 1, stopped: 1 });
    expect([successPercent, successPercentHalves]).toEqual([75, [75, null]]);
  });

  it('is null if no backup ended, or only one that somebody stopped', () => {
    expect(tallied([]).successPercent).toBe(null);
    expect(tallied([job(FROM, { status: 150 })]).successPercent).toBe(null);
  });

  it('leaves out restores and housekeeping; housekeeping fails with any status but 0, 1 and 191', () => {
    const of = (jobType: string, status: number, policyName = '') => job(FROM, { jobType, status, policyName });
    const others = [
      of('IMAGEDELETE', 1),
      of('IMAGEDELETE', 191),
      of('IMAGEDELETE', 174),
      of('RESTORE', 5),
      of('RESTORE', 1),
    ];
    const { backups, successPercent, otherJobs, jobs, statuses } = tallied(others);
    expect([backups, successPercent, statuses]).toEqual([none, null, []]);
    expect(otherJobs).toEqual({ succeeded: 2, partial: 1, failed: 2, stopped: 0 });
    expect(jobs.map(({ jobType, status }) => `${jobType} ${status}`).sort()).toEqual([
      'IMAGEDELETE 174',
      'RESTORE 1',
      'RESTORE 5',
    ]);
  });
});

it('each run of a job counts on the day on which it ended, and only if that is in the range', () => {
  const { days, backups } = tallied([
    job(TO + DAY, {
      runs: [run(FROM - 1, 6), run(FROM, 6), run(FROM + 2 * DAY, 13), run(TO, 0), run(TO + 1, 6), run(TO, 0, 'ACTIVE')],
    }),
    // It ended without having started.
    job(FROM + DAY, { status: 41, startTime: 0, runs: [] }),
    // The same, for a job whose id another job had before.
    job(FROM + DAY, { status: 196, startTime: 0, runs: [run(FROM - 40 * DAY, 0)] }),
  ]);
  expect(endedOf(backups)).toBe(5);
  const ended = days.filter((day) => endedOf(day.backups) > 0).map(({ day, backups: { failed } }) => [day, failed]);
  expect(ended).toEqual([
    ['2026-11-01', 1],
    ['2026-11-02', 2],
    ['2026-11-03', 1],
    ['2026-11-10', 0],
  ]);
  expect(days).toHaveLength(10);
});

it('policies are the same regardless of case, but not on different primaries', () => {
  const { policies } = tallied([
    job(FROM, { policyName: 'Nightly', status: 6 }),
    job(FROM, { policyName: 'NIGHTLY' }),
    job(FROM, { primary: 'dr' }),
  ]);
  expect(policies.map(({ primary, policyName, total }) => [primary, policyName, endedOf(total)])).toEqual([
    ['demo', 'Nightly', 2],
    ['dr', 'nightly', 1],
  ]);
});

it('all figures agree with each other and with the jobs, whatever the jobs and their order', () => {
  const somewhen = fc.integer({ min: FROM - DAY, max: TO + DAY });
  const ended = fc.record({
    jobId: fc.integer({ min: 1, max: 5 }),
    primary: fc.constantFrom('demo', 'dr'),
    policyName: fc.constantFrom('a', 'A', 'b', ''),
    jobType: fc.constantFrom('BACKUP', 'RESTORE', 'IMAGEDELETE', 'DBBACKUP'),
    clientName: fc.constantFrom('x', 'X', 'y'),
    runs: fc.array(fc.tuple(somewhen, fc.constantFrom(0, 1, 6, 150, 191, 99_999)), { minLength: 1, maxLength: 3 }),
  });
  const jobsOf = fc.array(
    ended.map(({ runs, ...other }) => job(FROM, { ...other, runs: runs.map(([at, status]) => run(at, status)) })),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(jobsOf, fc.integer({ min: 1, max: 12 }), (jobs, most) => {
      const figures = tallied(jobs, most);
      const backwards = tallied(jobs.toReversed(), most);
      // In lower case, because the spelling that came first is shown.
      const plain = (value: unknown) => JSON.stringify(value).toLowerCase();
      for (const what of [
        'backups',
        'successPercent',
        'successPercentHalves',
        'otherJobs',
        'days',
        'statuses',
        'jobsLeftOut',
      ] as const)
        expect(plain(backwards[what])).toBe(plain(figures[what]));
      const runs = jobs
        .flatMap((one) => one.runs.map((of) => ({ ...one, ...of })))
        .filter(({ receivedAt }) => receivedAt >= FROM && receivedAt <= TO);
      const backups = runs.filter(({ policyName, jobType }) => policyName !== '' && jobType.endsWith('BACKUP'));
      expect(endedOf(figures.backups)).toBe(backups.length);
      expect(figures.backups.partial).toBe(backups.filter(({ status }) => isPartial(status)).length);
      expect(endedOf(figures.otherJobs)).toBe(runs.length - backups.length);
      expect(addEnds(figures.policies.map(({ total }) => total))).toEqual(figures.backups);
      for (const { day, backups: ends } of figures.days)
        expect(
          addEnds(figures.policies.flatMap(({ days }) => days.filter((one) => one.day === day).map((one) => one.ends))),
        ).toEqual(ends);
      expect(figures.statuses.reduce((sum, one) => sum + one.runs, 0)).toBe(
        endedOf(figures.backups) - figures.backups.succeeded,
      );
      // The newest of those that did not succeed are listed.
      const bad = runs.filter(
        ({ status, jobType }) => status !== 0 && !(jobType === 'IMAGEDELETE' && (status === 1 || status === 191)),
      );
      expect(figures.jobs.length + figures.jobsLeftOut).toBe(bad.length);
      const times = bad.map(({ receivedAt }) => receivedAt).sort((a, b) => b - a);
      expect(figures.jobs.map(({ receivedAt }) => receivedAt)).toEqual(times.slice(0, most));
    }),
  );
});

it('image events are counted by day and operation, within the range', () => {
  const tally = createTally(RANGE, 1);
  for (const operation of ['CREATE', 'CREATE', 'UPDATE', 'DELETE', 'NO_LOCAL_COPY_AVAILABLE', 'LATER'])
    tally.addImageEvent(FROM + DAY, operation);
  tally.addImageEvent(TO + 1, 'CREATE');
  const counted = tally.figures().days.filter(({ images }) => images.created > 0);
  expect(counted).toMatchObject([{ day: isoDay(FROM + DAY), images: { created: 2, deleted: 1, noLocalCopy: 1 } }]);
});
