import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudFormationClient, DescribeStacksCommand, type StackStatus } from '@aws-sdk/client-cloudformation';
import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, it, onTestFinished, vi } from 'vitest';
import { rangeOf, readAge } from '../../cli/options.ts';
import { createOutbox } from '../../functions/alerts/outbox.ts';
import { asideItem } from '../../functions/ledger/aside.ts';
import { createLedger } from '../../functions/ledger/ledger.ts';
import { NEW_STATE } from '../../functions/publisher/state.ts';
import { daysOf } from '../../functions/questions/range.ts';
import { createEndpoints } from '../../functions/registry/endpoints.ts';
import { putIfAbsent } from '../../functions/store/items.ts';
import { errorReply } from '../../local/proxy/answers.ts';
import { factOf, image, job, tablesOf } from '../functions/questions/received.ts';
import { allItems, jobContent, NEVER } from '../functions/support.ts';
import { commandLine, startNbwatch } from './nbwatch.ts';

const EXAMPLES = [
  '03-job-active.json',
  '05-image-deleted.json',
  '06-image-deleted-air.json',
  '07-job-and-images.json',
  '08-job-failed.json',
];

it('image, images, job, jobs and series answer in JSON; image, job and jobs --unfinished also as a table', async () => {
  const { nbwatch, json, play } = await startNbwatch();
  await play(...EXAMPLES);
  const text = async (...argv: string[]) => (await nbwatch(...argv)).out;

  expect(await text('image', 'localhost_1471469619')).toMatch(/NO_LOCAL_COPY\n.*UPDATE.*NO_LOCAL_COPY_AVAILABLE/s);
  expect(await json('image', 'localhost_1471469619')).toMatchObject([
    { primary: 'demo', condition: 'NO_LOCAL_COPY', history: [{ entry: { operationId: 'UPDATE' } }, {}] },
  ]);
  expect(await json('images', '--client', 'DUMMYTESTVM')).toHaveLength(2);
  expect(await json('images')).toHaveLength(5);
  expect(await text('job', '148')).toMatch(/148 +BACKUP +DONE +156/);
  expect((await json('job', '145')).length).toBe(0);
  expect(await json('jobs')).toHaveLength(3);
  expect(await json('jobs', '--policy', 'VMware2', '--client', 'dummytestvm')).toHaveLength(2);
  expect(await json('jobs', '--unfinished')).toMatchObject([
    { jobId: 144, state: 'ACTIVE', since: expect.any(Number) },
  ]);
  expect(await json('jobs', '--unfinished', '--client', 'elsewhere')).toEqual([]);
  expect(await text('jobs', '--unfinished')).toMatch(/since \(UTC\).*\n.*144 +BACKUP +ACTIVE/);
  // Job 144 is not done, so this must not say that every job is.
  expect((await nbwatch('jobs', '--unfinished', '--policy', 'elsewhere')).err).toMatch(
    /^No unfinished job matches\.\n/,
  );
  expect(await json('jobs', '--failed')).toMatchObject([{ jobId: 148, status: 156 }]);
  expect(await json('series', '--failing')).toMatchObject([
    { clientName: 'DummyTestVM', policyName: 'vmware2', streak: 1, lastStatus: 156 },
  ]);
});

it('a time that NetBackup sent is shown as a date, labelled as sent and read as UTC, and in JSON as the number', async () => {
  const { nbwatch, json, primary, play, run } = await startNbwatch();
  await play('07-job-and-images.json', '08-job-failed.json');
  const demo = primary();
  await demo.start();
  const queued = jobContent({ jobId: 9, parentJobId: 9, state: 'QUEUED', startTime: 0 });
  await demo.notify([{ notificationType: 'INFO', object: 'JOB', data: [queued] }]);
  await run.idle();
  const lines = async (...argv: string[]) => (await nbwatch(...argv)).out.trimEnd().split('\n');
  const [heading, job] = await lines('job', '148');
  expect(heading).toMatch(/ {2}start time as sent \(read as UTC\)$/);
  expect(job).toMatch(/ {2}2016-04-05 04:28:20$/);
  expect((await lines('job', '9'))[1]).toMatch(/ {2}-$/);
  expect((await lines('job', '148', '--csv'))[1]).toMatch(/,2016-04-05 04:28:20$/);
  expect(await json('job', '148')).toMatchObject([{ startTime: 1459830500 }]);

  const [image] = await json('images');
  const { backupId, createdTime } = Object(image?.entry);
  const shown = new Date(createdTime * 1000).toISOString().slice(0, 19).replace('T', ' ');
  const [, columns, first] = await lines('image', backupId);
  expect(columns).toContain('  created time as sent (read as UTC)  ');
  expect(first).toContain(`  ${shown}  `);
});

it('quarantine shows why content was put aside, and hides the secret in it', async () => {
  const { json, primary, run } = await startNbwatch();
  const demo = primary();
  await demo.start();
  await demo.notify([{ notificationType: 'INFO', object: 'JOB', data: [{ jobId: 'x', token: 'secret' }] }]);
  await run.idle();
  const [aside] = await json('quarantine');
  expect(aside?.reason).toContain('jobId');
  expect(aside?.content).not.toContain('secret');
});

it('job shows a job and its runs, unless its only run is the job itself', async () => {
  const { nbwatch, json, run } = await startNbwatch();
  const tables = tablesOf(run.dynamodb, run.deployment.outputs);
  const rows = async (jobId: string) => {
    const [, ...shown] = (await nbwatch('job', jobId)).out.trimEnd().split('\n');
    return shown.map((line) => line.match(/DONE +\d+/)?.[0].replace(/ +/, ' '));
  };
  const received = [
    job('20T02:00', 1),
    job('20T02:00', 2, { status: 6 }),
    job('21T02:00', 2),
    // Job ids began again, and the second job 3 expired before it started.
    job('20T02:00', 3),
    job('23T02:00', 3, { status: 196, startTime: 0 }),
    job('23T02:00', 4, { status: 196, startTime: 0 }),
  ];
  const facts = received.map((one) => factOf(one));
  await createLedger(tables.client, tables.ledger).append(facts, NEVER);
  await run.idle();
  expect(await rows('1')).toEqual(['DONE 0']);
  expect(await rows('2')).toEqual(['DONE 0', 'DONE 6', 'DONE 0']);
  expect(await rows('3')).toEqual(['DONE 196', 'DONE 0']);
  expect(await rows('4')).toEqual(['DONE 196']);
  expect(await json('job', '3')).toMatchObject([{ status: 196, startTime: 0, runs: [{ status: 0 }] }]);
});

/** A run with two primary servers, `demo` and `dr`, which reported jobs and images in turn. */
async function startTwoPrimaries() {
  const test = await startNbwatch();
  const tables = tablesOf(test.run.dynamodb, test.run.deployment.outputs);
  const dr = { endpoint: 'dr', primary: 'dr', group: 'dr', priority: 1 };
  await createEndpoints(test.run.dynamodb, tables.registry).create(dr, Date.now());
  const start = Date.now() - 60_000;
  const times = Array.from({ length: 6 }, (_, index) => start + index);
  const facts = times.flatMap((at, index) => {
    const primary = index % 2 === 0 ? 'demo' : 'dr';
    const status = [0, 13, 41, 150, 160, 0][index];
    return [
      factOf({ ...job('23T01:00', index, { status, clientName: `c${index}` }, primary), at }),
      factOf({ ...image('23T01:00', `sql01_${index}`, 'CREATE', {}, primary), at }),
    ];
  });
  await createLedger(tables.client, tables.ledger).append(facts, NEVER);
  await test.run.idle();
  return { ...test, tables };
}

it('jobs and images of several primary servers are one list, newest first; series longest without success first', async () => {
  const { json } = await startTwoPrimaries();
  const of = async (name: string, ...argv: string[]) => (await json(...argv)).map((one) => one[name]);
  expect(await of('jobId', 'jobs')).toEqual([5, 4, 3, 2, 1, 0]);
  expect(await of('primary', 'jobs', '--policy', 'nightly')).toEqual(['dr', 'demo', 'dr', 'demo', 'dr', 'demo']);
  expect(await of('jobId', 'jobs', '--failed')).toEqual([4, 3, 2, 1]);
  const ids = [5, 4, 3, 2, 1, 0].map((index) => `sql01_${index}`);
  expect(await of('backupId', 'images', '--client', 'SQL01')).toEqual(ids);
  expect((await json('images')).map(({ entry }) => Object(entry).backupId)).toEqual(ids);
  // First those that never succeeded: demo's, then dr's.
  expect(await of('primary', 'series')).toEqual(['demo', 'demo', 'dr', 'dr', 'demo', 'dr']);
  expect(await of('jobId', 'jobs', '--primary', 'dr')).toEqual([5, 3, 1]);
  // Names of primary servers match regardless of case, as those of clients and policies do.
  expect(await of('jobId', 'jobs', '--primary', 'DR')).toEqual([5, 3, 1]);
});

it('jobs --status selects by the status with which a job ended, and combines with all other options', async () => {
  const { json, tables } = await startTwoPrimaries();
  const active = factOf({ ...job('23T01:00', 7, { state: 'ACTIVE', status: 41 }), at: Date.now() - 1_000 });
  await putIfAbsent(tables.client, tables.ledger, active);
  await expect.poll(async () => (await json('jobs')).length).toBe(7);
  const ids = async (...argv: string[]) => (await json('jobs', ...argv)).map(({ jobId }) => jobId);
  expect(await ids('--status', '41')).toEqual([2]);
  expect(await ids('--status', '13, 150-160')).toEqual([4, 3, 1]);
  expect(await ids('--status', '0')).toEqual([5, 0]);
  expect(await ids('--status', '13,150-160', '--failed', '--primary', 'dr')).toEqual([3, 1]);
  expect(await ids('--status', '13,41', '--client', 'C1', '--policy', 'NIGHTLY')).toEqual([1]);
  expect(await ids('--status', '41', '--client', 'c1')).toEqual([]);
  // A failed job that runs again is still found by the status with which it failed.
  const again = job('23T02:00', 2, { state: 'ACTIVE' });
  await putIfAbsent(tables.client, tables.ledger, factOf({ ...again, at: Date.now() - 500 }));
  await expect.poll(async () => (await json('job', '2')).map(({ state }) => state)).toEqual(['ACTIVE']);
  expect(await ids('--status', '41')).toEqual([2]);
});

it('exits with 3 for an unknown primary server and says how to list the known ones', async () => {
  const { nbwatch } = await startNbwatch();
  await nbwatch('endpoint', 'revoke', 'demo');
  for (const command of [
    ['job', '7'],
    ['jobs'],
    ['image', 'x_1'],
    ['images'],
    ['series'],
    ['quarantine'],
    ['expect'],
  ]) {
    const { code, out, err } = await nbwatch(...command, '--primary', 'demmo');
    expect([code, out, err]).toEqual([
      3,
      '',
      'There is no primary server demmo.\nList them with: npx nbwatch endpoint list\n',
    ]);
  }
  // A primary server whose endpoint is revoked is still known by what it reported.
  expect(await nbwatch('jobs', '--primary', 'demo')).toMatchObject({
    code: 0,
    err: expect.stringMatching(/^No such jobs in that time/),
  });
});

it('image says why it has no condition: deleted long ago, not projected yet, or a record that cannot be read', async () => {
  const { json, nbwatch, tables, run } = await startTwoPrimaries();
  const DAY_MS = 86_400_000;
  const deleted = image('23T01:00', 'sql01_7', 'DELETE');
  const old = { ...factOf({ ...deleted, at: Date.now() - 3_000 * DAY_MS }), around: '{"message":{"version":"1.1"}}' };
  await putIfAbsent(tables.client, tables.ledger, old);
  await run.idle();
  const recordOf = (id: string) => marshall({ pk: `image#demo#sql01_${id}`, sk: 'image' });
  const remove = (id: string) =>
    run.dynamodb.send(new DeleteItemCommand({ TableName: tables.records, Key: recordOf(id) }));
  const says = async (id: string) => (await nbwatch('image', `sql01_${id}`)).out.split('\n')[0];
  for (const id of ['7', '2']) await remove(id);
  await run.dynamodb.send(new PutItemCommand({ TableName: tables.records, Item: recordOf('4') }));
  expect(await says('7')).toBe('sql01_7 on demo: DELETED; its record has expired since');
  expect(await says('2')).toBe('sql01_2 on demo: reported, but its record is not made yet');
  expect(await says('4')).toBe('sql01_4 on demo: its record cannot be read');
  const [shown] = await json('image', 'sql01_7');
  expect(shown).toMatchObject({ primary: 'demo', backupId: 'sql01_7', history: [{ around: old.around }] });
  expect(shown).not.toHaveProperty('condition');
});

it('numbers too large for JavaScript are shown as they were sent', async () => {
  const { nbwatch, tables, run } = await startTwoPrimaries();
  const EXACT = '"mediaId":18446744073709551615';
  for (const received of [
    image('23T01:00', 'sql01_8', 'CREATE', { mediaId: 0 }),
    job('23T01:00', 8, { status: 41, mediaId: 0 }),
  ]) {
    const fact = factOf({ ...received, at: Date.now() });
    await putIfAbsent(tables.client, tables.ledger, { ...fact, entry: fact.entry.replace('"mediaId":0', EXACT) });
  }
  await run.idle();
  const text = async (...argv: string[]) => (await nbwatch(...argv, '--json')).out;
  expect(await text('image', 'sql01_8')).toContain(EXACT);
  expect(await text('images')).toContain(EXACT);
  expect(await text('jobs', '--failed')).toContain(EXACT);
});

it('control characters in names are escaped in JSON, and replaced in keys and in messages about unreadable items', async () => {
  const { nbwatch, json, tables, run } = await startTwoPrimaries();
  const clientName = 'sql\u009b31m';
  const at = Date.now();
  await createLedger(tables.client, tables.ledger).append(
    [
      factOf({ ...job('23T01:00', 9, { status: 41, clientName }), at }),
      factOf({ ...image('23T01:00', 'sql01_9', 'CREATE', { clientName }), at }),
    ],
    NEVER,
  );
  await run.idle();
  const outbox = createOutbox(tables.client, tables.records);
  const rendered = { Subject: clientName, MessageStructure: 'json', Message: '{}', MessageAttributes: {} } as const;
  const message = { id: `${at}-a`, kind: 'Test', severity: 'error', text: '', rendered, members: [], requestIds: [] };
  await outbox.writeDown({ ...message, topics: ['alerts'] }, NEW_STATE, at);
  await nbwatch('endpoint', 'create', '--primary', 'odd', '--group', clientName);

  const commands = [
    ['job', '9'],
    ['image', 'sql01_9'],
    ['alerts', 'show', message.id],
    ['endpoint', 'show', 'odd'],
    ['report', '--since', '1h'],
  ];
  for (const command of commands) {
    const { out } = await nbwatch(...command, '--json');
    expect(out, command.join(' ')).toMatch(/^[^\p{Cc}]+\n$/u);
    expect(out, command.join(' ')).toContain('sql\\u009b31m');
  }
  expect(await json('job', '9')).toMatchObject([{ clientName }]);

  const [series] = (await allItems(tables.client, tables.records)).filter(
    ({ pk, sk }) => String(pk).includes(clientName) && sk === 'series',
  );
  const spoil = (other: object) =>
    run.dynamodb.send(new PutItemCommand({ TableName: tables.records, Item: marshall({ ...series, ...other }) }));
  await spoil({ streak: 'none' });
  expect((await nbwatch('series')).err).toMatch(/^Left out: series#demo#sql�31m.*\n$/);
  expect((await nbwatch('rebuild')).out).toMatch(/^different series: series#demo#sql�31m.*\n$/);
  await spoil({ streak: 'none' });
  const { out } = await nbwatch('rebuild', '--json');
  expect(out).toContain('sql\\u009b31m');
  expect(JSON.parse(out)).toMatchObject({ pk: series?.pk, was: 'different' });
});

it('an endpoint and a connection that cannot be read are left out, and the others shown; the endpoint is named', async () => {
  const { json, nbwatch, tables, primary, run } = await startTwoPrimaries();
  await primary().start();
  const put = (item: object) =>
    run.dynamodb.send(new PutItemCommand({ TableName: tables.registry, Item: marshall(item) }));
  await put({ pk: 'endpoint', sk: 'bad' });
  await put({ pk: 'connection#bad=', sk: 'connection', ofEndpoint: 'connection#demo', openedAt: 1 });
  expect((await json('jobs')).length).toBe(6);
  expect((await json('endpoint', 'list')).map(({ endpoint }) => endpoint)).toEqual(['demo', 'dr']);
  expect((await nbwatch('jobs')).err).toMatch(/^Left out: endpoint bad in .* cannot be read: .*\n$/);
  expect(await json('endpoint', 'show', 'demo')).toMatchObject([{ connections: [{ state: 'alive' }] }]);
});

it('quarantine shows facts that could not be projected among what was put aside, with reason and ledger key', async () => {
  const { json, nbwatch, tables, run } = await startTwoPrimaries();
  const odd = { ...factOf({ ...job('23T01:00', 9, {}, 'dr'), at: Date.now() }), format: 2 };
  const why = { reason: 'status is missing', connectionId: 'c', requestId: 'r' };
  const asideOf = (primary: string, receivedAt: number) =>
    asideItem({ primary, endpoint: primary, receivedAt, ...why }, `of ${primary}`);
  const items = [asideOf('demo', Date.now() - 5_000), asideOf('dr', Date.now() - 4_000), odd];
  for (const item of items) await putIfAbsent(tables.client, tables.ledger, item);
  await run.idle();
  expect(await json('quarantine')).toMatchObject([
    { kind: 'not projected', primary: 'dr', reason: 'format is not 1', factPk: odd.pk, factSk: odd.sk },
    { kind: 'put aside', primary: 'dr', content: 'of dr' },
    { kind: 'put aside', primary: 'demo', content: 'of demo' },
  ]);
  expect((await json('quarantine', '--primary', 'demo')).map(({ kind }) => kind)).toEqual(['put aside']);
  expect(await json('quarantine', '--primary', 'Dr')).toMatchObject([{ primary: 'dr', kind: 'not projected' }, {}]);
  expect((await nbwatch('quarantine')).out).toContain(`not projected  format is not 1    ${odd.pk} ${odd.sk}`);
});

it('an item that cannot be read is left out of every answer and named once, with the cause and what to do', async () => {
  const { nbwatch, tables, run } = await startTwoPrimaries();
  const items = (
    await Promise.all([tables.ledger, tables.records].map((table) => allItems(tables.client, table)))
  ).flat();
  const broken = { ...items.find(({ pk, sk }) => pk === 'image#dr#sql01_1' && sk !== 'image'), entry: '{' };
  await run.dynamodb.send(new PutItemCommand({ TableName: tables.ledger, Item: marshall(broken) }));
  const breakRecord = async (pk: string, isIt: (sk: string) => boolean, other: object) => {
    const item = items.find((one) => one.pk === pk && isIt(String(one.sk)));
    const Item = marshall({ ...item, ...other }, { removeUndefinedValues: true });
    await run.dynamodb.send(new PutItemCommand({ TableName: tables.records, Item }));
  };
  await breakRecord('image#dr#sql01_1', (sk) => sk === 'image', { condition: 'LATER' });
  await breakRecord('job#dr#3', (sk) => sk === 'job', { runs: 'none' });
  await breakRecord('job#dr#3', (sk) => sk.startsWith('intent#'), { entry: '{}' });
  const asked = async (...argv: string[]) => {
    const { code, out, err } = await nbwatch(...argv, '--json');
    const said = err.split('\n').filter((line) => line !== '');
    for (const line of said) expect(line).toMatch(/^Left out: .* cannot be read: .*\. Update nbwatch .*$/);
    return [code, out.trim().split('\n').filter(Boolean).length, said.length];
  };
  expect(await asked('jobs')).toEqual([0, 5, 1]);
  expect(await asked('jobs', '--failed')).toEqual([0, 3, 1]);
  expect(await asked('images')).toEqual([0, 5, 1]);
  expect(await asked('images', '--client', 'sql01')).toEqual([0, 5, 1]);
  // The image and the job exist, though nothing of them can be shown.
  expect(await asked('image', 'sql01_1')).toEqual([0, 0, 2]);
  expect(await asked('job', '3')).toEqual([0, 0, 1]);
  expect((await nbwatch('image', 'sql01_1')).err).toContain(
    `image#dr#sql01_1 image in ${tables.records} cannot be read: condition is not ("RESTORABLE" |`,
  );
});

it('a --since beyond the calendar goes back to the first day of which there can be anything, and no further', () => {
  const days = [...daysOf(rangeOf({ since: readAge('800000d') }, Date.UTC(2026, 10, 23)), true)];
  expect(days).toHaveLength(692);
});

it('job and image exit with 3 and the next step for an unknown id', async () => {
  const { nbwatch } = await startNbwatch();
  expect(await nbwatch('job', '7')).toEqual({ code: 3, out: '', err: expect.stringContaining('nbwatch jobs') });
  expect(await nbwatch('image', 'x_1')).toEqual({ code: 3, out: '', err: expect.stringContaining('nbwatch images') });
});

it.each([
  ['jobs', '--since', 'yesterday'],
  ['jobs', '--status', 'failed'],
  ['jobs', '--status', '160-150'],
  ['job', 'seven'],
  ['nonsense'],
  ['jobs', '--local', '--stack', 'X'],
])('exits with 2 on wrong usage: %s %s', async (...argv) => {
  const { code, out, err } = await commandLine()(...argv);
  expect([code, out]).toEqual([2, '']);
  expect(err).not.toBe('');
});

/** The command line in a folder with this `local.json`, where no stack can be reached. */
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
  'a local.json that holds %j counts as no run: the stack is asked, and --local says what to do',
  async (text) => {
    const { nbwatch, file } = commandLineOf(text);
    for (const options of [[], ['--stack', 'Nbwatch']])
      expect(await nbwatch('jobs', ...options)).toMatchObject({
        code: 1,
        err: expect.stringContaining('The stack Nbwatch could not be read'),
      });
    const { code, err } = await nbwatch('jobs', '--local');
    expect(code).toBe(3);
    expect(err).toContain(file);
    expect(err).toContain('npm start');
  },
);

it('a local.json of a run that was killed counts as no run, whatever else it holds', async () => {
  // No process has this id: it is above the highest that Linux gives.
  const { nbwatch } = commandLineOf(JSON.stringify({ pid: 2 ** 30, awsUrl: 1 }));
  expect((await nbwatch('jobs')).err).toContain('The stack Nbwatch could not be read');
  expect((await nbwatch('jobs', '--local')).err).toContain('No one-machine run is up');
});

/** A mock of CloudFormation, and a command line that asks it, as no one-machine run is up. */
function cloudFormation() {
  const mock = mockClient(CloudFormationClient);
  onTestFinished(() => mock.restore());
  return { stacks: mock.on(DescribeStacksCommand), nbwatch: commandLine() };
}

it.each([
  [
    3,
    'There is no stack Nbwatch in this account and Region.',
    'ValidationError',
    'Stack with id Nbwatch does not exist',
  ],
  [1, 'The stack Nbwatch could not be read: 1 validation error', 'ValidationError', '1 validation error'],
  [1, 'The stack Nbwatch could not be read: User is not', 'AccessDenied', 'User is not authorized to perform that'],
  [1, 'The stack Nbwatch could not be read: Rate exceeded', 'Throttling', 'Rate exceeded'],
  [1, 'The stack Nbwatch could not be read: Region is missing', 'Error', 'Region is missing'],
])('exits with %i and the next step if the stack cannot be found or read: %s', async (code, said, name, message) => {
  const { stacks, nbwatch } = cloudFormation();
  stacks.rejects(Object.assign(new Error(message), { name }));
  const ended = await nbwatch('jobs');
  expect(ended).toMatchObject({ code, out: '', err: expect.stringContaining(said) });
  expect(ended.err).toMatch(/\n.*AWS_PROFILE, AWS_REGION.*--stack.*\n$/);
});

it('exits with 1 for a stack without the outputs of nbwatch, and says that it is not an nbwatch stack', async () => {
  const { stacks, nbwatch } = cloudFormation();
  const StackStatus: StackStatus = 'ROLLBACK_COMPLETE';
  stacks.resolves({ Stacks: [{ StackName: 'Shop', CreationTime: new Date(), StackStatus }] });
  const { code, err } = await nbwatch('jobs', '--stack', 'Shop');
  expect(code).toBe(1);
  expect(err).toMatch(
    /^The stack Shop \(ROLLBACK_COMPLETE\) is not an nbwatch stack: it has no usable output EndpointUrl\.\n.*--stack/,
  );
});

it.each([
  ['ExpiredTokenException', 'aws sso login'],
  ['AccessDeniedException', 'AWS_PROFILE'],
  ['ResourceNotFoundException', '--stack'],
])('exits with 1 and the next step when AWS answers %s', async (name, next) => {
  const { nbwatch, between } = await startNbwatch();
  await between(() => errorReply('dynamodb', 400, name, 'it says why'));
  const { code, out, err } = await nbwatch('endpoint', 'list');
  expect([code, out]).toEqual([1, '']);
  expect(err).toMatch(new RegExp(`^${name}: it says why\n.*${next}.*\n$`));
});

it('exits with 1 and the next step when the one-machine run cannot be reached', async () => {
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

it('--local without a run exits with 3 and says how to start one', async () => {
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
])('%s --help exits with 0', async (...argv) => {
  const { code, out } = await commandLine()(...argv, '--help');
  expect(code).toBe(0);
  expect(out).toContain('Usage: nbwatch');
});
