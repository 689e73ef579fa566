import { statSync } from 'node:fs';
import { join } from 'node:path';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { REGION } from '../../../local/environment.ts';
import { readExample } from '../../support/examples.ts';
import { unusedPermissions } from '../../support/permissions.ts';
import { startTestRun } from '../../support/test-run.ts';
import { must } from '../support.ts';
import { assemblyWithReport } from './assembly.ts';

it('in the stack, the daily report is written once, with its own role, and an alert says where it is', async () => {
  // Its hour began an hour ago: it is due now, whatever the minute.
  const test = await startTestRun({ assembly: assemblyWithReport((new Date().getUTCHours() + 23) % 24) });
  const { id, codePath } = must(test.run.deployment.functions.find((one) => one.id.startsWith('Report')));
  // Others are limited to 400 KiB. This one brings what draws the plots; it starts once in ten minutes, and not while
  // NetBackup waits.
  expect(statSync(join(codePath, 'index.mjs')).size).toBeLessThanOrEqual(1_572_864);
  const primary = test.primary();
  await primary.start();
  for (const file of ['07-job-and-images.json', '08-job-failed.json']) await primary.notify(readExample(file).payload);
  await test.run.idle();
  for (let times = 0; times < 2; times++) expect(await test.run.functions.invoke(id, {})).toMatchObject({ ok: true });
  await test.run.idle();

  const told = test.published.filter(({ attributes }) => attributes.kind?.value === 'Report');
  expect(told.map(({ bodies }) => JSON.parse(bodies.default ?? ''))).toMatchObject([
    { kind: 'Report', severity: 'summary', primaries: ['demo'], region: REGION },
  ]);
  const { bucket, key, jsonKey, url } = JSON.parse(told[0]?.bodies.default ?? '');
  expect(url).toContain(`${bucket}?region=${REGION}&prefix=${encodeURIComponent(key)}`);
  const credentials = { accessKeyId: 'person', secretAccessKey: 'local' };
  const s3 = new S3Client({ region: REGION, endpoint: test.run.awsUrl, credentials, forcePathStyle: true });
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
  expect(Contents.map(({ Key }) => Key).sort()).toEqual([key, jsonKey].sort());
  const page = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  expect(page.ContentType).toBe('text/html; charset=utf-8');
  expect(await page.Body?.transformToString()).toMatch(/^<!doctype html>.*<svg.*<\/html>\n$/s);
  const json = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: jsonKey }));
  expect(JSON.parse((await json.Body?.transformToString()) ?? '')).toMatchObject({ version: 1, primaries: ['demo'] });
  s3.destroy();
  expect(test.troubles).toEqual([]);
  // It asks for a client's images only if some vanished: other tests cover that.
  expect(unusedPermissions(test.run, 'Report')).toEqual(['Query StoresRecords/index/byClient']);
});
