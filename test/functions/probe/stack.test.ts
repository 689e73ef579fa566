import { expect, it } from 'vitest';
import { startNbwatch } from '../../cli/nbwatch.ts';
import { must } from '../../functions/support.ts';
import { mischief } from '../../support/faults.ts';
import { unusedPermissions } from '../../support/permissions.ts';

const DAY_SECONDS = 86_400;

it('sees its own alerts, which nobody else does, and counts a miss while only its own are not published', async () => {
  const faults = mischief();
  const { run, json, items, logs, troubles, published, chat, probe, frames, primary } = await startNbwatch({
    faults: faults.plan,
  });
  const definition = must(run.deployment.functions.find(({ id }) => id.startsWith('Probe')));
  const sent = async () => {
    expect(await run.functions.invoke(definition.id, {})).toMatchObject({ ok: true });
    await run.idle();
    return JSON.parse(logs.findLast((line) => line.includes('"CanaryMissed":')) ?? '{}');
  };

  expect(await sent()).toMatchObject({ CanaryMissed: 0, ms: expect.any(Number) });
  expect(probe.map(({ bodies }) => JSON.parse(bodies.default ?? ''))).toMatchObject([
    { kind: 'JobFailed', primary: 'canary', job: { status: 6 } },
    { kind: 'JobRecovered', primary: 'canary', job: { status: 0 } },
  ]);
  expect([...published, ...chat, ...troubles]).toEqual([]);
  for (const asked of [
    'jobs',
    'images',
    'series failing',
    'quarantine',
    'alerts list',
    'alerts pending',
    'endpoint list',
  ])
    expect([asked, ...(await json(...asked.split(' '))).filter((row) => row.primary !== 'demo')]).toEqual([asked]);

  // Nothing of it stays for longer than two days, neither its facts nor what came of them.
  const now = Date.now() / 1000;
  const all = (await Promise.all((['LedgerTable', 'RecordsTable', 'RegistryTable'] as const).map(items))).flat();
  const left = all.filter(({ pk, sk }) => !/^(endpoint|token|state)/.test(String(pk)) && sk !== 'lease');
  expect(new Set(left.map(({ pk }) => String(pk).split('#')[0]))).toEqual(
    new Set(['job', 'series', 'notice', 'message', 'canary', 'connection']),
  );
  for (const { pk, sk, expiresAt } of left)
    expect([pk, sk, Number(expiresAt) > now && Number(expiresAt) <= now + 2 * DAY_SECONDS]).toEqual([pk, sk, true]);

  // Like a deployment with a shorter deadline, so that the test need not wait for two minutes.
  Object.assign(definition.environment, { DEADLINE_MS: '3000' });
  await run.functions.recycle(definition.id);
  const refused = { kind: 'error', status: 500, code: 'InternalFailure', message: 'refused' } as const;
  faults.next(
    Number.POSITIVE_INFINITY,
    ({ action, resource }) => action === 'sns:Publish' && resource.includes(':ProbeTopic'),
    refused,
  );
  expect(await sent()).toMatchObject({
    CanaryMissed: 1,
    ...{ failure: 'no alert', reason: 'Error: not seen in time: JobFailed, JobRecovered' },
  });
  expect(logs.join('')).not.toContain('"PublishFailures"');
  const server = primary();
  await server.start();
  await server.notify([
    {
      notificationType: 'INFO',
      object: 'JOB',
      data: [{ jobId: 1, state: 'DONE', status: 6, startTime: 1, clientName: 'sql01' }],
    },
  ]);
  await expect.poll(() => published.length).toBe(1);
  expect(published[0]?.subject).toContain('sql01');
  expect(await json('alerts', 'list')).toMatchObject([{ subject: expect.stringContaining('sql01') }]);
  await expect.poll(() => json('alerts', 'pending')).toEqual([]);

  const tokens = frames.map(({ data }) => JSON.parse(data).payload?.token).filter(Boolean);
  const kept = JSON.stringify([logs, await items('RegistryTable')]);
  expect(tokens.filter((token) => kept.includes(token))).toEqual([]);
  expect(tokens).toHaveLength(3);
  expect(unusedPermissions(run, 'Probe')).toEqual([]);
});
