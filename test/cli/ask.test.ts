import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { errorReply } from '../../local/proxy/answers.ts';
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

/** The command line in a folder whose `local.json` says this, where no stack can be reached. */
function commandLineOf(localJson: string) {
  const folder = mkdtempSync(join(tmpdir(), 'nbwatch-cli-'));
  writeFileSync(join(folder, 'local.json'), localJson);
  for (const [name, value] of Object.entries({
    ...{ AWS_ENDPOINT_URL: 'http://127.0.0.1:9', AWS_REGION: 'eu-central-1', AWS_MAX_ATTEMPTS: '1' },
    ...{ AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' },
  }))
    vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  return { nbwatch: commandLine(folder), file: join(folder, 'local.json') };
}

it.each(['', '{"pid":', 'null', '{"pid":"1"}', '{"pid":0}', JSON.stringify({ pid: process.pid, awsUrl: 1 })])(
  'a local.json that says %j is no run: the stack is asked, and --local says what to do',
  async (text) => {
    const { nbwatch, file } = commandLineOf(text);
    for (const options of [[], ['--stack', 'Nbwatch']])
      expect(await nbwatch('jobs', ...options)).toMatchObject({
        code: 3,
        err: expect.stringContaining('The stack Nbwatch could not be read'),
      });
    const { code, err } = await nbwatch('jobs', '--local');
    expect(code).toBe(3);
    expect(err).toContain(file);
    expect(err).toContain('npm start');
  },
);

it('a local.json of a run that was killed is no run, whatever else it says', async () => {
  // No process has this id: it is more than Linux gives.
  const { nbwatch } = commandLineOf(JSON.stringify({ pid: 2 ** 30, awsUrl: 1 }));
  expect((await nbwatch('jobs')).err).toContain('The stack Nbwatch could not be read');
  expect((await nbwatch('jobs', '--local')).err).toContain('No one-machine run is up');
});

it.each([
  ['ExpiredTokenException', 'aws sso login'],
  ['AccessDeniedException', 'AWS_PROFILE'],
  ['ResourceNotFoundException', '--stack'],
])('an answer %s of AWS ends with exit code 1 and the next step', async (name, next) => {
  const { nbwatch, between } = await startNbwatch();
  await between(() => errorReply('dynamodb', 400, name, 'it says why'));
  const { code, out, err } = await nbwatch('endpoint', 'list');
  expect([code, out]).toEqual([1, '']);
  expect(err).toMatch(new RegExp(`^${name}: it says why\n.*${next}.*\n$`));
});

it('a run that cannot be reached ends with exit code 1 and the next step', async () => {
  const { nbwatch, folder } = await startNbwatch();
  const file = join(folder, 'local.json');
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((listening) => server.once('listening', listening));
  const awsUrl = `http://127.0.0.1:${Object(server.address()).port}`;
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), awsUrl }));
  const { code, err } = await nbwatch('endpoint', 'list');
  expect(code).toBe(1);
  expect(err).toMatch(/\n.*one-machine run is still up.*\n$/);
});

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
