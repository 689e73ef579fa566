import { expect, it } from 'vitest';
import { endpointFile } from '../../../cli/endpoint-file.ts';
import type { Primary } from '../../../client/primary.ts';
import { asidesByDay } from '../../../functions/questions/asides.ts';
import { imageEventsByDay, imageHistory, imagesOfClient, readImage } from '../../../functions/questions/images.ts';
import {
  childrenOf,
  failuresByDay,
  jobsByDay,
  jobsOfClient,
  jobsOfPolicy,
  readJob,
} from '../../../functions/questions/jobs.ts';
import { seriesFailing, seriesWithoutUsableRunSince } from '../../../functions/questions/series.ts';
import { createEndpoints } from '../../../functions/registry/endpoints.ts';
import { DOCUMENTED, readExample } from '../../support/examples.ts';
import { startTestRun, type TestRun } from '../../support/test-run.ts';
import { all, image, job, type Received, tablesOf } from './received.ts';

const FILES = [...DOCUMENTED, '08-job-failed.json'];
const AIR = 'localhost_1471469619';

/** A primary server beside the one of the demo endpoint. */
async function replica({ run, primary }: TestRun): Promise<Primary> {
  const dr = { endpoint: 'dr', primary: 'dr', group: 'dr', priority: 1 };
  const registry = createEndpoints(run.dynamodb, run.deployment.outputs.RegistryTable ?? '');
  const token = (await registry.create(dr, Date.now())) ?? '';
  return primary({ endpoint: endpointFile(dr, token, run.endpointUrl) });
}

const message = ({ object, content }: Received) => [{ notificationType: 'INFO', object, data: [content] }];

it('every question is answered from what two primary servers sent through the gateway', async () => {
  const test = await startTestRun();
  const from = Date.now();
  const [demo, dr] = [test.primary(), await replica(test)];
  await demo.start();
  await dr.start();
  for (const file of FILES) {
    const { id, timeStamp, payload } = readExample(file);
    await demo.notify(payload, { id, timeStamp });
  }
  await demo.notify(
    message(job('23T01:00', 149, { parentJobId: 148, clientName: 'DUMMYTESTVM', policyName: 'VMware2' })),
  );
  await demo.notify([{ notificationType: 'INFO', object: 'JOB', data: [{ jobId: 150 }] }]);
  await dr.notify(message(image('23T01:00', AIR, 'CREATE', { clientName: 'localhost' })));
  await dr.notify(message(job('23T01:00', 148, { status: 0 })));
  await test.run.idle();
  const [to, tables] = [Date.now(), tablesOf(test.run.dynamodb, test.run.deployment.outputs)];
  const range = { from, to };

  const ids = async (jobs: AsyncIterable<{ jobId: number }>) => (await all(jobs)).map(({ jobId }) => jobId);
  expect(await ids(jobsByDay(tables, 'demo', range, to))).toEqual([149, 148, 146, 147, 144]);
  expect(await ids(jobsByDay(tables, 'dr', range, to))).toEqual([148]);
  expect(await ids(jobsOfClient(tables, 'demo', 'dummytestvm', range, to))).toEqual([149, 148, 146]);
  expect(await ids(jobsOfPolicy(tables, 'demo', 'VMWARE2', range, to))).toEqual([149, 148, 146, 144]);
  expect(await ids(childrenOf(tables, 'demo', 148, to))).toEqual([149]);
  expect(await readJob(tables, 'demo', 147, to)).toMatchObject({
    policyName: '',
    jobType: 'RESTORE',
    parentJobId: 147,
  });
  expect((await readJob(tables, 'demo', 148, to))?.status).toBe(156);
  expect((await readJob(tables, 'dr', 148, to))?.status).toBe(0);
  const failures = await all(failuresByDay(tables, 'demo', range, to));
  expect(failures.map(({ entry }) => [entry.jobId, entry.status])).toEqual([[148, 156]]);
  expect(await all(failuresByDay(tables, 'dr', range, to))).toEqual([]);

  const events = await all(imageEventsByDay(tables, 'demo', range, to));
  expect(events.map(({ entry }) => entry.operationId).sort()).toEqual([
    ...['DELETE', 'NO_LOCAL_COPY_AVAILABLE', 'UPDATE', 'UPDATE', 'UPDATE'],
  ]);
  expect(events.map(({ receivedAt }) => receivedAt)).toEqual(
    events.map(({ receivedAt }) => receivedAt).sort((a, b) => b - a),
  );
  const images = await all(imagesOfClient(tables, 'demo', 'LOCALHOST', range, to));
  expect(images.map(({ backupId, condition }) => [backupId, condition])).toEqual([
    [AIR, 'NO_LOCAL_COPY'],
    ['localhost_1458601200', 'DELETED'],
  ]);
  expect((await imageHistory(tables, 'demo', AIR, to)).map(({ entry }) => entry.operationId)).toEqual([
    ...['UPDATE', 'NO_LOCAL_COPY_AVAILABLE'],
  ]);
  expect((await readImage(tables, 'dr', AIR, to))?.condition).toBe('RESTORABLE');

  // One series of `demo` under two spellings: a failure, then a success.
  const client = ({ clientName, streak }: { clientName: string; streak: number }) => [clientName, streak];
  expect(await all(seriesFailing(tables, 'demo', to))).toEqual([]);
  expect((await all(seriesWithoutUsableRunSince(tables, 'demo', to, to))).map(client)).toEqual([['DUMMYTESTVM', 0]]);
  expect(await all(asidesByDay(tables, 'demo', range, to))).toMatchObject([
    { content: '{"jobId":150}', reason: expect.stringContaining('clientName is missing') },
  ]);
  expect(test.troubles).toEqual([]);
});

it('the connections of an endpoint are all that were accepted, newest first, with their times', async () => {
  const test = await startTestRun();
  const registry = createEndpoints(test.run.dynamodb, test.run.deployment.outputs.RegistryTable ?? '');
  const connections = () => all(registry.connections('demo'));
  const first = test.primary();
  await first.start();
  await first.stop();
  await expect.poll(async () => (await connections()).map(({ closedAt }) => typeof closedAt)).toEqual(['number']);
  const second = test.primary();
  await second.start();
  const [newer, older] = await connections();
  expect(newer).toMatchObject({ endpoint: 'demo', primary: 'demo', sourceIp: '127.0.0.1' });
  expect(newer).not.toHaveProperty('closedAt');
  expect(newer?.openedAt).toBeGreaterThanOrEqual(older?.closedAt ?? Number.POSITIVE_INFINITY);
  expect(await all(registry.list())).toMatchObject([{ endpoint: 'demo', primary: 'demo', priority: 1 }]);
});
