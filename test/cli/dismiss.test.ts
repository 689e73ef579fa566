import { expect, it } from 'vitest';
import { imageContent } from '../functions/support.ts';
import { commandLine, type Nbwatch, startNbwatch } from './nbwatch.ts';

const DAY = 86_400;

/** Deletes images of a client that are a month and an hour old, all that it has, and lets the stack look for that. */
async function vanish(test: Nbwatch, clientName: string): Promise<void> {
  const now = Math.floor(Date.now() / 1000);
  const primary = test.primary();
  await primary.start();
  for (const operationId of ['CREATE', 'DELETE']) {
    const data = [now - 30 * DAY, now - 3_600].map((backupTime) =>
      imageContent({ clientName, backupId: `${clientName}_${backupTime}`, backupTime, operationId, createdTime: now }),
    );
    await primary.notify([{ notificationType: 'INFO', object: 'IMAGE', data }]);
  }
  await test.run.idle();
  await primary.stop();
  const watch = test.run.deployment.functions.find(({ id }) => id.startsWith('Watch'))?.id ?? '';
  expect(await test.run.functions.invoke(watch, {})).toMatchObject({ ok: true });
  await test.run.idle();
}

it('in the stack, images that vanish are told; alerts dismiss keeps as much from being told, alerts dismissed shows it', async () => {
  const test = await startNbwatch();
  const { nbwatch, json } = test;
  expect(await nbwatch('alerts', 'dismissed')).toMatchObject({ code: 0, out: '', err: 'Nothing was dismissed.\n' });
  await vanish(test, 'SQL01');
  const [message, ...more] = await json('alerts', 'list', '--kind', 'ImagesDeleted');
  expect([message?.severity, message?.subject, more]).toEqual([
    ...['critical', 'CRITICAL nothing left to restore of SQL01: 1 young image gone [demo]', []],
  ]);
  const id = String(message?.id);
  const before = Date.now();
  const dismissed = await nbwatch('alerts', 'dismiss', id, '--reason', 'out of service', '--for', '2d');
  expect(dismissed).toMatchObject({ code: 0, err: expect.stringContaining(`nbwatch alerts dismiss ${id} --undo`) });
  const [item] = (await test.items('RegistryTable')).filter(({ pk }) => pk === 'dismissal');
  expect(item).toMatchObject({ id, primary: 'demo', reason: 'out of service', clients: ['sql01'], format: 1 });
  // It was not about how many, so that stays as it is set.
  expect(item).not.toHaveProperty('threshold');
  expect(Number(item?.until)).toBeGreaterThanOrEqual(before + 2 * DAY * 1000);

  // Within the hour, and of another client: what is dismissed is no longer in the way.
  await vanish(test, 'web01');
  const subjects = (await json('alerts', 'list', '--kind', 'ImagesDeleted')).map(({ subject }) => subject);
  expect(subjects[0]).toBe('CRITICAL nothing left to restore of web01: 2 young images gone [demo]');
  expect(subjects).toHaveLength(2);

  expect(await json('alerts', 'dismissed')).toMatchObject([{ message: id, clientNames: ['sql01'], inForce: true }]);
  expect((await nbwatch('alerts', 'dismissed')).out).toMatch(/demo +as usual +sql01 +out of service/);
  expect((await nbwatch('alerts', 'dismiss', id, '--undo')).code).toBe(0);
  expect(await json('alerts', 'dismissed')).toMatchObject([{ message: id, inForce: false }]);
  expect(await nbwatch('alerts', 'dismiss', id, '--undo')).toMatchObject({
    ...{ code: 3, err: expect.stringContaining('nbwatch alerts dismissed') },
  });

  await nbwatch('alerts', 'test');
  await test.run.idle();
  const [other] = await json('alerts', 'list', '--kind', 'Test');
  expect(await nbwatch('alerts', 'dismiss', String(other?.id), '--reason', 'x')).toMatchObject({
    ...{
      code: 2,
      err: expect.stringMatching(/is a Test message; only ImagesDeleted messages can be dismissed\.\n.*--kind/),
    },
  });
  expect((await nbwatch('alerts', 'dismiss', '1795462413034-none', '--reason', 'x')).code).toBe(3);
  expect(test.troubles).toEqual([]);
});

it.each([
  ['neither --reason nor --undo', []],
  ['both', ['--reason', 'x', '--undo']],
  ['an empty reason', ['--reason', ' ']],
])('alerts dismiss with %s is wrong usage', async (_, argv) => {
  const { code, out, err } = await commandLine()('alerts', 'dismiss', '1795462413034-0a', ...argv);
  expect([code, out]).toEqual([2, '']);
  expect(err).toContain('--reason');
});

it.each([
  ['alerts', 'dismiss', '1795462413034-0a', '--reason', 'x', '--for'],
  ['endpoint', 'rotate', 'demo', '--overlap'],
])('%s %s for longer than a year is wrong usage', async (...argv) => {
  for (const age of ['367d', '200000000d'])
    expect(await commandLine()(...argv, age)).toMatchObject({
      ...{ code: 2, out: '', err: expect.stringContaining('It takes 366d at most.') },
    });
});
