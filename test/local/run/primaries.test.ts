import { expect, it } from 'vitest';
import type { EndpointFile } from '../../../client/endpoint-file.ts';
import { createEndpoints } from '../../../functions/registry/endpoints.ts';
import { createNarrator } from '../../../local/story/narrator.ts';
import { play } from '../../../local/story/play.ts';
import { selfSigned } from '../../support/certificate.ts';
import { talkative } from '../../support/changed-assembly.ts';
import { readExample } from '../../support/examples.ts';
import { unusedPermissions } from '../../support/permissions.ts';
import { startTestRun, type TestRun } from '../../support/test-run.ts';

/** The endpoint of a second primary server, beside the demo's. */
async function registerOther({ run, endpoint }: TestRun): Promise<EndpointFile> {
  const table = run.deployment.outputs.RegistryTable ?? '';
  const second = { endpoint: 'second', primary: 'other', group: 'second', priority: 1 };
  const token = await createEndpoints(run.dynamodb, table).create(second, 1);
  return { ...endpoint, token: token ?? '' };
}

it('jobs and images of two primaries with equal ids do not mix, and each failed job has its own alert', async () => {
  const test = await startTestRun();
  const demo = test.primary();
  const other = test.primary({ endpoint: await registerOther(test) });
  await Promise.all([demo.start(), other.start()]);
  await demo.notify(readExample('05-image-deleted.json').payload);
  for (const primary of [demo, other]) await primary.notify(readExample('08-job-failed.json').payload);
  const [info] = readExample('05-image-deleted.json').payload;
  const created = { ...info, data: info?.data.map((entry) => ({ ...entry, operationId: 'CREATE' })) };
  await other.notify([created]);
  await test.run.idle();

  expect(await test.look.image('demo', 'localhost_1458601200')).toMatchObject({ condition: 'DELETED' });
  expect(await test.look.image('other', 'localhost_1458601200')).toMatchObject({ condition: 'RESTORABLE' });
  expect(await test.look.imageHistory('other', 'localhost_1458601200')).toHaveLength(1);
  expect(test.published.map(({ attributes }) => attributes.primary?.value).toSorted()).toEqual(['demo', 'other']);
  const facts = await test.items('LedgerTable');
  expect(facts.map(({ pk, primary }) => [pk, primary]).toSorted()).toEqual([
    ['image#demo#localhost_1458601200', 'demo'],
    ['image#other#localhost_1458601200', 'other'],
    ['job#demo#148', 'demo'],
    ['job#other#148', 'other'],
  ]);
});

it('with a certificate, a primary server that trusts it connects by wss://, and one that does not cannot', async () => {
  const tls = selfSigned();
  const test = await startTestRun({ tls });
  expect(test.endpoint.url).toMatch(/^wss:/);
  const primary = test.primary({ ca: tls.cert, insecure: false });
  await primary.start();
  await primary.notify(readExample('08-job-failed.json').payload);
  await test.run.idle();
  expect(test.published).toHaveLength(1);
  const stranger = test.primary({ insecure: false });
  void stranger.start().catch(() => {});
  await expect.poll(() => stranger.events.map(({ kind }) => kind)).toContain('unreachable');
});

it('the story, or Lambda itself, uses all but five permissions of Ingest, Projection and Publisher', async () => {
  const test = await startTestRun({ assembly: talkative({ archives: true }) });
  const { run, endpoint } = test;
  const lines: string[] = [];
  // The story gets no alert, as if the publisher were broken. It must miss the alerts and nothing else.
  const { missed } = await play(
    { run, endpoint, published: [], chat: [] },
    createNarrator((line) => lines.push(line), false),
  );
  expect(missed).toContainEqual({ what: 'alerts', expected: 'JobFailed, JobRecovered, ImagesDeleted', actual: '' });
  expect(missed.filter(({ what }) => /^(job \d|image|history|changed|acknowledged|watch)/.test(what))).toEqual([]);
  expect(lines.join('\n')).toContain('✗ alerts:  (expected JobFailed)');
  const stranger = test.primary({ endpoint: { ...endpoint, token: 'guessed' } });
  await expect(stranger.start()).rejects.toThrow();
  await expect.poll(() => run.gateway.connections()).toEqual([]);
  // $disconnect comes last, and notes the end of the connection.
  await expect.poll(() => run.proxy.calls().some(({ action }) => action === 'dynamodb:UpdateItem')).toBe(true);
  const server = test.primary();
  await server.start();
  await server.notify([{ notificationType: 'INFO', object: 'JOB', data: [{ unreadable: 1 }] }]);
  await run.idle();
  const unused = ['Ingest', 'Projection', 'Publisher'].flatMap((name) =>
    unusedPermissions(run, name).map((permission) => `${name}: ${permission}`),
  );
  // Tests of their own use these: of a large message, a fact that cannot be read, an alert message that did not go out
  // at once, and the canary.
  expect(unused).toEqual([
    'Ingest: BatchGetItem StoresLedger job#*',
    'Ingest: BatchGetItem StoresLedger image#*',
    'Projection: PutItem StoresRecords unprojected#*',
    'Publisher: GetItem StoresRecords message#*',
    'Publisher: sns:Publish ProbeTopic',
  ]);
});
