import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { EndWith } from '../../cli/errors.ts';
import { BETWEEN_POLLS_MS, follow } from '../../cli/follow.ts';
import { sentMessages } from '../../cli/happened.ts';
import { createOutbox } from '../../functions/alerts/outbox.ts';
import { errorReply } from '../../local/proxy/answers.ts';
import { PROJECT } from '../../local/stack/synthesize.ts';
import { tablesOf } from '../functions/questions/received.ts';
import { testDatabase } from '../support/database.ts';
import { startNbwatch } from './nbwatch.ts';

it('watch shows jobs, images and messages once each, as they come, and only those that the options ask for', async () => {
  const test = await startNbwatch();
  await test.play('03-job-active.json', '07-job-and-images.json');
  /** Runs `watch` while these things happen, one at each poll. */
  const watch = async (argv: readonly string[], ...happens: (() => unknown)[]) => {
    const turns = happens.values();
    test.meanwhile(async () => {
      const { value, done } = turns.next();
      if (done) throw new EndWith(0);
      await value();
    });
    return test.nbwatch('watch', ...argv);
  };
  const idle = () => {};

  const failing = () => test.play('08-job-failed.json');
  const { code, out, err } = await watch(['--json'], failing, idle, () => test.play('05-image-deleted.json'), idle);
  expect(code).toBe(0);
  expect(err).toBe('Following the one-machine run. Stop with Ctrl-C.\n');
  const told = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(told.filter(({ event }) => event === 'job')).toMatchObject([{ jobId: 148, status: 156, primary: 'demo' }]);
  expect(told.filter(({ event }) => event === 'alert')).toMatchObject([{ message: { kind: 'JobFailed' } }]);
  expect(told.filter(({ event }) => event === 'image').map(({ entry }) => entry.operationId)).toContain('DELETE');
  expect(new Set(told.map(({ id }) => id)).size).toBe(told.length);

  const table = await watch(['--since', '1h'], idle);
  expect(table.out).toMatch(/^20\S+ \S+ +demo +job +status 156 +148 +BACKUP of DummyTestVM, vmware2: .+$/m);
  expect(table.out).toMatch(/ - +alert +error +\d+-\w+ +\S/);
  const failed = await watch(['--since', '1h', '--failed', '--csv'], idle);
  expect(failed.out.split('\r\n').map((line) => line.split(',').slice(1, 5).join())).toEqual([
    ...['primary,what,how,which', 'demo,job,status 156,148', ''],
  ]);
  for (const narrow of [
    ['--client', 'nobody'],
    ['--status', '13'],
    ['--policy', 'other'],
  ])
    expect(await watch(['--since', '1h', ...narrow], idle)).toMatchObject({ code: 0, out: '' });
  expect(await watch(['--primary', 'nobody'], idle)).toMatchObject({ code: 3, out: '' });

  // A passing error is reported; the watch goes on and loses nothing.
  let isDown = false;
  await test.between(() => (isDown ? errorReply('dynamodb', 400, 'ThrottlingException', 'slow down') : undefined));
  const down = async () => {
    isDown = true;
  };
  const up = async () => {
    isDown = false;
  };
  const again = await watch(['--since', '1h', '--failed'], down, up, idle);
  expect(again).toMatchObject({ code: 0, out: expect.stringContaining('status 156') });
  expect(again.err).toContain('Still trying');

  // In its own process, Ctrl-C ends it with exit code 0.
  const args = ['bin/nbwatch.js', 'watch', '--local'];
  const child = spawn(process.execPath, args, { cwd: PROJECT, env: { ...process.env, NBWATCH_FOLDER: test.folder } });
  await once(child.stderr, 'data');
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

it('watch shows messages around midnight once each, and none of the day before again', async () => {
  const { client, createTable } = testDatabase();
  await createTable('Records');
  const outbox = createOutbox(client, 'Records');
  const at = (time: string) => Date.parse(`2026-11-${time}Z`);
  const send = async (time: string) => {
    const rendered = { Subject: time, MessageStructure: 'json', Message: '{}', MessageAttributes: {} } as const;
    const message = { id: `${at(time)}-a`, topics: ['alerts'] as const, requestIds: [], members: [] };
    const said = { kind: 'JobFailed', severity: 'error', text: '', rendered } as const;
    await outbox.writeDown({ ...message, ...said }, {}, at(time));
    await outbox.markPublished({ ...message, publishedAt: undefined }, at(time));
  };
  for (const time of ['23T10:00:00', '23T23:30:00']) await send(time);
  const toCome = ['23T23:59:58', '24T00:00:02', '24T00:03:00'];
  let now = at('23T23:58:00');
  const stop = new AbortController();
  const messages = sentMessages(tablesOf(client, { RecordsTable: 'Records' }), now);
  const events = follow({
    ask: (range) => messages(range, now),
    now: () => now,
    async wait() {
      now += BETWEEN_POLLS_MS;
      for (const time of toCome) if (at(time) <= now && at(time) > now - BETWEEN_POLLS_MS) await send(time);
      if (now > at('24T00:05:00')) stop.abort();
    },
    ...{ from: now, signal: stop.signal },
    onTrouble(error) {
      throw error;
    },
  });
  const told: string[] = [];
  for await (const one of events) told.push(new Date(one.at).toISOString().slice(8, 19));
  expect(told).toEqual(toCome);
});
