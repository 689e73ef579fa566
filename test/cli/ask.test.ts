import { expect, it } from 'vitest';
import { commandLine, startNbwatch } from './nbwatch.ts';

const EXAMPLES = [
  '03-job-active.json',
  '05-image-deleted.json',
  '06-image-deleted-air.json',
  '07-job-and-images.json',
  '08-job-failed.json',
];

it('every question has an answer, as a table and as JSON', async () => {
  const { nbwatch, json, play } = await startNbwatch();
  await play(...EXAMPLES);
  const text = async (...argv: string[]) => (await nbwatch(...argv)).out;

  expect(await text('image', 'localhost_1471469619')).toMatch(/NO_LOCAL_COPY\n.*UPDATE.*NO_LOCAL_COPY_AVAILABLE/s);
  expect(await json('images', '--client', 'DUMMYTESTVM')).toHaveLength(2);
  expect(await json('images')).toHaveLength(5);
  expect(await text('job', '148')).toMatch(/148 +BACKUP +DONE +156/);
  expect((await json('job', '145')).length).toBe(0);
  expect(await json('jobs')).toHaveLength(3);
  expect(await json('jobs', '--policy', 'VMware2', '--client', 'dummytestvm')).toHaveLength(2);
  expect(await json('jobs', '--failed')).toMatchObject([{ jobId: 148, status: 156 }]);
  expect(await json('series', '--failing')).toMatchObject([
    { clientName: 'DummyTestVM', policyName: 'vmware2', streak: 1, lastStatus: 156 },
  ]);
});

it('what was put aside is shown with its reason', async () => {
  const { json, primary, run } = await startNbwatch();
  const demo = primary();
  await demo.start();
  await demo.notify([{ notificationType: 'INFO', object: 'JOB', data: [{ jobId: 'x', token: 'secret' }] }]);
  await run.idle();
  const [aside] = await json('quarantine');
  expect(aside?.reason).toContain('jobId');
  expect(aside?.content).not.toContain('secret');
});

it('a job or image that is not known ends with exit code 3 and the next step', async () => {
  const { nbwatch } = await startNbwatch();
  expect(await nbwatch('job', '7')).toEqual({ code: 3, out: '', err: expect.stringContaining('nbwatch jobs') });
  expect(await nbwatch('image', 'x_1')).toEqual({ code: 3, out: '', err: expect.stringContaining('nbwatch images') });
});

it.each([['jobs', '--since', 'yesterday'], ['job', 'seven'], ['nonsense'], ['jobs', '--local', '--stack', 'X']])(
  'wrong usage ends with exit code 2: %s %s',
  async (...argv) => {
    const { code, out, err } = await commandLine()(...argv);
    expect([code, out]).toEqual([2, '']);
    expect(err).not.toBe('');
  },
);

it('--local without a run says how to start one', async () => {
  const { code, err } = await commandLine()('jobs', '--local');
  expect(code).toBe(3);
  expect(err).toContain('npm start');
});

it.each([
  [],
  ['endpoint'],
  ['endpoint', 'create'],
  ['image'],
  ['images'],
  ['job'],
  ['jobs'],
  ['quarantine'],
  ['rebuild'],
  ['redrive'],
  ['series'],
])('%s --help ends with exit code 0', async (...argv) => {
  const { code, out } = await commandLine()(...argv, '--help');
  expect(code).toBe(0);
  expect(out).toContain('Usage: nbwatch');
});
