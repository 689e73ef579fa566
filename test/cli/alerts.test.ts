import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import { KINDS } from '../../functions/alerts/alert-of.ts';
import { noticeItem, pendingSince, type TestIntent } from '../../functions/alerts/intent.ts';
import { createOutbox } from '../../functions/alerts/outbox.ts';
import { messageId, messageKey, stateKey } from '../../functions/keys/records.ts';
import type { ItemKey } from '../../functions/keys/tables.ts';
import { NEW_STATE } from '../../functions/publisher/state.ts';
import { putIfAbsent } from '../../functions/store/items.ts';
import { jobContent } from '../functions/support.ts';
import { type Nbwatch, startNbwatch } from './nbwatch.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

it('alerts list shows sent messages, alerts show one of them in full, and alerts test sends a test message', async () => {
  const { nbwatch, play, published, run } = await startNbwatch();
  expect(await nbwatch('alerts', 'list')).toMatchObject({
    code: 0,
    out: '',
    err: expect.stringContaining('No such message'),
  });
  await play('08-job-failed.json');
  const { out } = await nbwatch('alerts', 'list', '--json');
  const message = JSON.parse(out);
  expect(message).toMatchObject({ kind: 'JobFailed', severity: 'error', publishedAt: expect.any(Number) });
  const table = (await nbwatch('alerts', 'list')).out;
  for (const shown of ['JobFailed', 'error', message.subject, message.id]) expect(table).toContain(shown);

  const shown = await nbwatch('alerts', 'show', message.id);
  expect(shown.out).toContain(`Subject: ${message.subject}\nSent `);
  expect(shown.out).toContain('What to do next');
  // As the mail does, so that one finds the other.
  expect(shown.out.endsWith(`\n\n${published[0]?.bodies.email}`)).toBe(true);
  expect(shown.out).toContain(`nbwatch JobFailed, ${message.id}`);
  expect(JSON.parse((await nbwatch('alerts', 'show', message.id, '--json')).out)).toEqual(message);

  expect(await nbwatch('alerts', 'test', '--note', 'hello there')).toMatchObject({
    ...{ code: 0, out: expect.stringContaining('on its way') },
    err: expect.stringContaining('alerts list --kind Test'),
  });
  await expect.poll(() => published.length).toBe(2);
  await run.idle();
  expect(published[1]?.bodies.email).toContain('hello there');
  expect(JSON.parse((await nbwatch('alerts', 'list', '--kind', 'test', '--json')).out)).toMatchObject({ kind: 'Test' });
});

it.each(['1795462413034-none', 'x', '99999999999999999-a'])(
  'alerts show %j exits with 3 and says where ids are listed if there is no such message',
  async (id) => {
    const { nbwatch } = await startNbwatch();
    expect(await nbwatch('alerts', 'show', id)).toMatchObject({
      ...{ code: 3, out: '' },
      err: `There is no message ${id}.\nnpx nbwatch alerts list and npx nbwatch alerts pending show their ids.\n`,
    });
  },
);

/** The outbox of a run's publisher, and ways to put messages into it. */
function outboxOf({ run }: Nbwatch) {
  const records = run.deployment.outputs.RecordsTable ?? '';
  const outbox = createOutbox(run.dynamodb, records);
  return {
    ...outbox,
    /** Stores the intent of a test message that was asked for at `receivedAt`, pending since now. Returns its key. */
    async intent(note: string, receivedAt: number): Promise<ItemKey> {
      const intent = noticeItem<TestIntent>({ kind: 'Test', note, receivedAt }, [note]);
      await putIfAbsent(run.dynamodb, records, { ...intent, ...pendingSince(Date.now()) });
      return { pk: intent.pk, sk: intent.sk };
    },
    /** Stores a message that SNS refuses, because its subject has a line break. Returns its id. */
    async refused(receivedAt: number, members: readonly ItemKey[]): Promise<string> {
      const id = messageId(receivedAt, members);
      const rendered = {
        Subject: 'two\nlines',
        MessageStructure: 'json' as const,
        Message: '{}',
        MessageAttributes: {},
      };
      const message = { id, kind: 'Test', severity: 'critical', text: 'hello', rendered, members, requestIds: [] };
      await outbox.writeDown({ ...message, topics: ['alerts'] }, NEW_STATE, receivedAt);
      return id;
    },
  };
}

describe('alerts list', () => {
  it('selects and sorts messages by when they were sent, however old the facts in them are', async () => {
    const test = await startNbwatch();
    const outbox = outboxOf(test);
    const receivedAt = Date.now() - 40 * DAY;
    const late = messageId(receivedAt, [await outbox.intent('of last month', receivedAt)]);
    await expect.poll(() => test.published.length).toBe(1);
    await test.run.idle();
    const now = Date.now();
    const earlier = await outbox.refused(now - 3 * HOUR, []);
    await outbox.markPublished({ id: earlier, topics: ['alerts'] }, now - 2 * HOUR);
    const ids = async (since: string) => (await test.json('alerts', 'list', '--since', since)).map(({ id }) => id);
    expect(await ids('1h')).toEqual([late]);
    expect(await ids('3h')).toEqual([late, earlier]);
    // As if its publisher had died before removing it from the unpublished ones.
    await test.run.dynamodb.send(
      new UpdateItemCommand({
        TableName: test.run.deployment.outputs.RecordsTable,
        Key: marshall(stateKey('publisher')),
        UpdateExpression: 'ADD unpublished :id',
        ExpressionAttributeValues: marshall({ ':id': new Set([earlier]) }),
      }),
    );
    expect(await ids('3h')).toEqual([earlier, late]);
  });

  it('exits with 2 for an unknown kind and names the known ones', async () => {
    const { nbwatch } = await startNbwatch();
    const { code, err } = await nbwatch('alerts', 'list', '--kind', 'jobfail');
    expect(code).toBe(2);
    for (const kind of KINDS) expect(err).toContain(kind);
  });
});

it('alerts pending shows what waits and why; alerts drop gives up what SNS refuses, and keeps the reason', async () => {
  const test = await startNbwatch();
  const { nbwatch, json, play } = test;
  expect(await nbwatch('alerts', 'pending')).toMatchObject({
    code: 0,
    out: '',
    err: expect.stringMatching(/^Nothing/),
  });
  const outbox = outboxOf(test);
  const at = Date.now() - HOUR;
  const later = { pk: 'job#demo#7', sk: 'intent#0000000000#DONE#6' };
  const records = test.run.deployment.outputs.RecordsTable ?? '';
  await putIfAbsent(test.run.dynamodb, records, { ...later, kind: 'Later', ...pendingSince(at + 1) });
  const place = noticeItem<TestIntent>({ kind: 'Test', note: 'hello', receivedAt: at }, ['hello']);
  const id = await outbox.refused(at, [{ pk: place.pk, sk: place.sk }]);
  await outbox.intent('hello', at);
  const [silence] = await json('silence', 'add', '--client', 'DummyTestVM', '--until', '2h', '--reason', 'new storage');
  await play('08-job-failed.json');

  expect(await json('alerts', 'pending')).toEqual([
    {
      kind: 'Test',
      what: 'two\nlines (reports 1 event)',
      since: at,
      why: 'SNS has not accepted it',
      message: id,
    },
    {
      kind: 'Later',
      what: `${later.pk} ${later.sk}`,
      since: at + 1,
      why: expect.stringMatching(/^this version of nbwatch cannot read it/),
    },
    {
      ...{ kind: 'JobFailed', primary: 'demo', what: 'BACKUP 148 of DummyTestVM, vmware2: status 156' },
      ...{ since: expect.any(Number), until: silence?.until },
      ...{ why: `held back by silence ${silence?.id}`, silence: silence?.id },
    },
  ]);
  const { out: waiting } = await nbwatch('alerts', 'pending');
  expect(waiting).toMatch(/^kind +primary +what +since \(UTC\) +until \(UTC\) +why +message\n/);
  expect(waiting).toMatch(
    new RegExp(`SNS has not accepted it +${id}\n.*this version of nbwatch cannot read it.* +-\n`),
  );
  expect((await nbwatch('alerts', 'list')).out).toContain('not yet, since ');

  expect((await nbwatch('alerts', 'drop', id)).code).toBe(2);
  expect((await nbwatch('alerts', 'drop', '1795462413034-none', '--reason', 'x')).code).toBe(3);
  // It waits while a publisher holds the lease, as that might be sending the message.
  await outbox.lease('publisher', Date.now(), Date.now() + HOUR);
  let waited = 0;
  test.meanwhile(async () => {
    waited += 1;
    if (waited === 2) await outbox.release('publisher');
  });
  const dropped = await nbwatch('alerts', 'drop', id, '--reason', 'told by phone');
  expect(dropped).toMatchObject({
    code: 0,
    err: expect.stringMatching(
      new RegExp(`^The message is dropped; nobody is alerted to it\\. .*nbwatch alerts show ${id}`),
    ),
  });
  expect(waited).toBe(2);
  expect((await json('alerts', 'pending')).map(({ kind }) => kind)).toEqual(['Later', 'JobFailed']);
  expect((await nbwatch('alerts', 'list')).out).toContain('never: dropped ');
  expect((await nbwatch('alerts', 'show', id)).out).toContain('UTC: told by phone. Nobody was alerted\n');
  const [settled] = (await test.items('RecordsTable')).filter(({ sk }) => sk === place.sk);
  expect(settled).toMatchObject({ kind: 'Test', message: id });
  expect(settled).not.toHaveProperty('pending');
  expect(await nbwatch('alerts', 'drop', id, '--reason', 'x')).toMatchObject({
    ...{ code: 1, err: expect.stringContaining('nothing to drop') },
  });
  // A publisher wrote this message down and died. What it reports is in another message, or still pending.
  const [written] = (await test.items('RecordsTable')).filter(({ droppedAt }) => droppedAt !== undefined);
  const { droppedAt: _, dropReason: __, ...orphan } = written ?? {};
  const orphanId = messageId(at, [later]);
  await putIfAbsent(test.run.dynamodb, records, { ...orphan, ...messageKey(orphanId), members: [later] });
  expect(await nbwatch('alerts', 'drop', orphanId, '--reason', 'x')).toMatchObject({
    ...{ code: 1, err: expect.stringContaining('is not waiting') },
  });
  expect((await json('alerts', 'pending')).map(({ kind }) => kind)).toEqual(['Later', 'JobFailed']);
  expect(await outbox.lease('another', Date.now(), Date.now() + 1)).toBe(true);
  expect(test.published).toEqual([]);
});

it('alerts pending shows until when each alert waits, where that is known', async () => {
  const test = await startNbwatch();
  const { json, nbwatch, run } = test;
  const forGood = ['--client', 'web01', '--for-good', '--reason', 'nobody needs it'];
  const [silence] = await json('silence', 'add', ...forGood);
  const server = test.primary();
  await server.start();
  const ofParent = { jobId: 9, parentJobId: 8, clientName: 'sql01' };
  const data = [jobContent(ofParent), jobContent({ jobId: 7, parentJobId: 7, clientName: 'web01' })];
  await server.notify([{ notificationType: 'INFO', object: 'JOB', data }]);
  await run.idle();
  const [child, kept] = await json('alerts', 'pending');
  expect(child).toMatchObject({ why: 'waits for its turn', until: expect.any(Number) });
  // It waits for its parent, which has a minute to end.
  expect(Number(child?.until)).toBeGreaterThanOrEqual(Number(child?.since) + 60_000);
  expect(kept).toMatchObject({ why: `held back by silence ${silence?.id}, for good` });
  expect(kept).not.toHaveProperty('until');
  const shown = (await nbwatch('alerts', 'pending')).out;
  expect(shown).toMatch(/sql01, vmware2: status 156 +20\S+ \S+ +20\S+ \S+ +waits for its turn +-\n/);
  expect(shown).toMatch(/web01, vmware2: status 156 +20\S+ \S+ +not known +held back by silence \w+, for good +-\n/);

  // A stack that another version deployed may lack this output.
  const file = join(test.folder, 'local.json');
  const { outputs, ...described } = JSON.parse(readFileSync(file, 'utf8'));
  const { AlertSettings: _, ...others } = outputs;
  writeFileSync(file, JSON.stringify({ ...described, outputs: others }));
  expect((await json('alerts', 'pending'))[0]).not.toHaveProperty('until');
});
