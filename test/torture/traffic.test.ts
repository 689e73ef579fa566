import { expect, it } from 'vitest';
import { createTraffic } from '../../torture/traffic.ts';

interface Fact {
  jobId: number;
  startTime: number;
  state: string;
  status: number;
  /** Which message brought it first, and its `timeStamp`. */
  at: number;
  time: number;
}

/** The runs of a primary server's jobs, each with its facts in the order in which they are sent. */
function runs(): Fact[][] {
  const traffic = createTraffic({
    seed: 1,
    primaries: [{ name: 'a', token: 't' }],
    notifications: 300,
    now: 1_000_000,
  });
  const facts = (traffic.get('a') ?? []).flatMap(({ payload, timeStamp }, at) =>
    (payload as { object: string; data: unknown }[]).flatMap(({ object, data }) =>
      object === 'JOB' && Array.isArray(data) ? data.map((fact: Fact) => ({ ...fact, at, time: timeStamp })) : [],
    ),
  );
  const once = Map.groupBy(facts, ({ jobId, startTime, state, status }) => [jobId, startTime, state, status].join());
  const first = [...once.values()].flatMap(([fact]) => fact ?? []).filter(({ startTime }) => startTime > 0);
  return [...Map.groupBy(first, ({ jobId, startTime }) => `${jobId} ${startTime}`).values()];
}

it('spreads the facts of a job over messages in such a way that every rule of records decides something', () => {
  const all = runs();
  const isDone = ({ state }: Fact) => state === 'DONE';
  const latest = (run: readonly Fact[]) => run.toSorted((a, b) => b.time - a.time)[0];
  const count = (which: (run: Fact[]) => boolean) => all.filter(which).length;
  // DONE wins, though something else has a later time.
  expect(count((run) => run.some(isDone) && latest(run)?.state !== 'DONE')).toBeGreaterThan(20);
  // No DONE: the time decides.
  expect(count((run) => !run.some(isDone) && new Set(run.map(({ time }) => time)).size > 1)).toBeGreaterThan(2);
  // Two DONE: the time decides, and not which came last.
  const ends = all.map((run) => run.filter(isDone)).filter(({ length }) => length > 1);
  expect(ends.length).toBeGreaterThan(5);
  expect(ends.filter((run) => latest(run) !== run.at(-1)).length).toBeGreaterThan(1);
  // A restart that is sent before the run that it follows.
  const jobs = [...Map.groupBy(all.flat(), ({ jobId }) => jobId).values()];
  const starts = jobs.map((job) => [...new Set(job.toSorted((a, b) => a.at - b.at).map(({ startTime }) => startTime))]);
  expect(starts.filter(([first = 0, second = Infinity]) => first > second).length).toBeGreaterThan(5);
});
