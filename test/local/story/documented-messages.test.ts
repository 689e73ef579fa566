import { describe, expect, it } from 'vitest';
import { RefusedError } from '../../../client/errors.ts';
import type { Primary } from '../../../client/primary.ts';
import { times } from '../../../client/times.ts';
import { DOCUMENTED, readExample } from '../../support/examples.ts';
import { startTestRun, type TestRun } from '../../support/test-run.ts';

/** Sends a message of `examples/` and waits until the run is idle again. */
async function send({ run }: TestRun, primary: Primary, file: string): Promise<void> {
  const { id, timeStamp, payload } = readExample(file);
  await primary.notify(payload, { id, timeStamp });
  await run.idle();
}

/** A stack that has received one message from a connected primary. */
async function afterSending(file: string): Promise<TestRun> {
  const test = await startTestRun();
  const primary = test.primary();
  await primary.start();
  await send(test, primary, file);
  expect(test.troubles).toEqual([]);
  return test;
}

describe('01 CONNECT', () => {
  it('is answered with valid: true under the same id when it has the endpoint’s token', async () => {
    const { primary, frames, endpoint } = await startTestRun();
    await primary().start();
    const [request, response] = frames.map(({ data }) => JSON.parse(data));
    expect(request).toMatchObject({ type: 'CONNECT', subType: 'REQUEST', payload: { token: endpoint.token } });
    expect(response).toEqual({
      version: '1.0',
      id: request.id,
      type: 'CONNECT',
      subType: 'RESPONSE',
      timeStamp: expect.any(Number),
      payload: { valid: true },
    });
  });

  it('is answered with valid: false when its token is wrong, and then the connection ends', async () => {
    const { primary, frames, endpoint, run, items } = await startTestRun();
    const stranger = primary({ endpoint: { ...endpoint, token: 'guessed' } });
    await expect(stranger.start()).rejects.toThrow(RefusedError);
    expect(JSON.parse(frames[1]?.data ?? '')).toMatchObject({ type: 'CONNECT', payload: { valid: false } });
    await expect.poll(() => run.gateway.connections()).toEqual([]);
    expect(await items('LedgerTable')).toEqual([]);
  });
});

describe('a notification before CONNECT', () => {
  it('is neither stored nor answered, and the connection ends', async () => {
    const { endpoint, items, frames, run } = await startTestRun();
    const socket = new WebSocket(endpoint.url);
    const closed = new Promise((resolve) => socket.addEventListener('close', resolve));
    socket.addEventListener('open', () => socket.send(JSON.stringify(readExample('08-job-failed.json'))));
    await closed;
    await run.idle();
    expect(await items('LedgerTable')).toEqual([]);
    expect(frames.filter(({ direction }) => direction === 'out')).toEqual([]);
  });
});

it('03: an ACTIVE job is recorded as ACTIVE and raises no alert', async () => {
  const { look, published } = await afterSending('03-job-active.json');
  expect(await look.job('demo', 144)).toMatchObject({ state: 'ACTIVE', parentJobId: 144, policyName: 'vmware2' });
  expect(published).toEqual([]);
});

it('04: a successful restore with an empty policy name is recorded and raises no alert', async () => {
  const { look, published } = await afterSending('04-restore-done.json');
  expect(await look.job('demo', 147)).toMatchObject({ state: 'DONE', status: 0, policyName: '', jobType: 'RESTORE' });
  expect(published).toEqual([]);
});

it('05: a deleted image is recorded as DELETED, with one entry in its history', async () => {
  const { look } = await afterSending('05-image-deleted.json');
  expect(await look.image('demo', 'localhost_1458601200')).toMatchObject({
    condition: 'DELETED',
    ageAtDeletion: 1459814495 - 1458601200,
  });
  expect(await look.imageHistory('demo', 'localhost_1458601200')).toHaveLength(1);
});

it('06: a deletion with AIR leaves two entries of the same second in order, and no local copy', async () => {
  const { look } = await afterSending('06-image-deleted-air.json');
  const history = await look.imageHistory('demo', 'localhost_1471469619');
  expect(history.map(({ entry }) => [entry.createdTime, entry.operationId])).toEqual([
    [1471485862, 'UPDATE'],
    [1471485862, 'NO_LOCAL_COPY_AVAILABLE'],
  ]);
  expect(await look.image('demo', 'localhost_1471469619')).toMatchObject({ condition: 'NO_LOCAL_COPY' });
});

it('07: three facts in one message become a job and two images, with one acknowledgement', async () => {
  const { look, frames } = await afterSending('07-job-and-images.json');
  expect(await look.job('demo', 146)).toMatchObject({ state: 'DONE', status: 0, parentJobId: 145 });
  for (const backupId of ['DummyTestVM_1459811698', 'DummyTestVM_1459811686']) {
    expect(await look.image('demo', backupId)).toMatchObject({ condition: 'RESTORABLE' });
  }
  const answers = frames.filter(({ direction }) => direction === 'out').map(({ data }) => JSON.parse(data));
  expect(answers.map(({ type, id }) => `${type} ${id}`)).toEqual([
    expect.stringMatching(/^CONNECT /),
    'NOTIFICATION 608FE0C1-B03C-421D-8876-E3730A7855AF',
  ]);
});

it('the examples without a failure, sent three times over, leave 8 facts, the same records and no alert', async () => {
  const test = await startTestRun();
  const primary = test.primary({ times: { ...times(), reconnectAfter: 100 } });
  await primary.start();
  for (const file of DOCUMENTED) await send(test, primary, file);
  const facts = await test.items('LedgerTable');
  const records = await test.items('RecordsTable');
  expect(facts).toHaveLength(8);

  for (let round = 2; round <= 3; round++) {
    primary.cut();
    await Promise.all(DOCUMENTED.map((file) => send(test, primary, file)));
  }
  expect(primary.events.filter(({ kind }) => kind === 'accepted')).toHaveLength(3);
  expect(await test.items('LedgerTable')).toEqual(facts);
  expect(await test.items('RecordsTable')).toEqual(records);
  expect(test.published).toEqual([]);
  expect(test.troubles).toEqual([]);
});

describe('08: a job that is DONE with status 156', () => {
  it('raises one alert as email, Slack card and JSON, with the card on the chat topic only', async () => {
    const { published, chat } = await afterSending('08-job-failed.json');
    expect(published).toHaveLength(1);
    const [alert] = published;
    expect(alert?.subject).toBe('ERROR DummyTestVM: BACKUP 148 failed, status 156 [demo]');
    expect(alert?.bodies.email).toContain('BACKUP 148 of client DummyTestVM failed with status 156.');
    expect(alert?.bodies).not.toHaveProperty('https');
    expect(chat.map(({ bodies }) => JSON.parse(bodies.https ?? ''))).toMatchObject([
      { version: '1.0', source: 'custom' },
    ]);
    expect(JSON.parse(alert?.bodies.default ?? '')).toMatchObject({
      kind: 'JobFailed',
      job: { jobId: 148, status: 156 },
    });
    expect(alert?.attributes).toMatchObject({ kind: { value: 'JobFailed' }, status: { type: 'Number', value: '156' } });
  });

  it('raises one alert and is stored once however often it is sent again under other message ids', async () => {
    const test = await afterSending('08-job-failed.json');
    const primary = test.primary();
    await primary.start();
    const { payload } = readExample('08-job-failed.json');
    for (let resend = 0; resend < 20; resend++) await primary.notify(payload);
    await test.run.idle();
    expect(test.published).toHaveLength(1);
    expect(await test.items('LedgerTable')).toHaveLength(1);
  });

  it('has the same request id in the log, the ledger and the alert', async () => {
    const { published, items, logs } = await afterSending('08-job-failed.json');
    const { requestId } = JSON.parse(published[0]?.bodies.default ?? '');
    expect((await items('LedgerTable'))[0]).toMatchObject({ requestId });
    expect(logs.some((line) => line.includes('"stored"') && line.includes(requestId))).toBe(true);
  });
});

it('the token is in no table, log, alert or frame except the CONNECT that NetBackup sent', async () => {
  const test = await afterSending('08-job-failed.json');
  const tables = await Promise.all((['LedgerTable', 'RecordsTable', 'RegistryTable'] as const).map(test.items));
  const sent = test.frames.filter(({ data }) => !data.includes('"CONNECT"') || data.includes('RESPONSE'));
  expect(JSON.stringify([tables, test.logs, test.published, sent])).not.toContain(test.endpoint.token);
  expect(test.logs.length).toBeGreaterThan(0);
});
