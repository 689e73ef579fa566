import { expect, it } from 'vitest';
import { startNbwatch } from './nbwatch.ts';

it('alerts list shows what people were told, show the mail itself, and test sends one to everybody', async () => {
  const { nbwatch, play, published, run } = await startNbwatch();
  expect(await nbwatch('alerts', 'list')).toMatchObject({
    code: 0,
    out: '',
    err: expect.stringContaining('Nobody was'),
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
  expect(JSON.parse((await nbwatch('alerts', 'show', message.id, '--json')).out)).toEqual(message);

  expect(await nbwatch('alerts', 'test', '--note', 'hello there')).toMatchObject({
    ...{ code: 0, out: expect.stringContaining('on its way') },
    err: expect.stringContaining('alerts list --kind Test'),
  });
  await expect.poll(() => published.length, { timeout: 15_000 }).toBe(2);
  await run.idle();
  expect(published[1]?.bodies.email).toContain('hello there');
  expect(JSON.parse((await nbwatch('alerts', 'list', '--kind', 'Test', '--json')).out)).toMatchObject({ kind: 'Test' });
});

it.each(['1795462413034-none', 'x', '99999999999999999-a'])(
  'alerts show of %j, which is no message, says where ids are',
  async (id) => {
    const { nbwatch } = await startNbwatch();
    expect(await nbwatch('alerts', 'show', id)).toMatchObject({
      ...{ code: 3, out: '' },
      err: `There is no message ${id}.\nnbwatch alerts list shows their ids.\n`,
    });
  },
);
