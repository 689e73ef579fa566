import { DeleteItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { marshall } from '@aws-sdk/util-dynamodb';
import { expect, it } from 'vitest';
import { intentKey, jobRecordKey } from '../../functions/keys/records.ts';
import { REGION } from '../../local/environment.ts';
import { startNbwatch } from './nbwatch.ts';

it('rebuild makes what is missing or wrong again, says so, and raises no alert', async () => {
  const { nbwatch, play, run, items, published, look } = await startNbwatch();
  await play('03-job-active.json', '05-image-deleted.json', '07-job-and-images.json', '08-job-failed.json');
  const before = await items('RecordsTable');
  const TableName = run.deployment.outputs.RecordsTable ?? '';
  await run.dynamodb.send(new DeleteItemCommand({ TableName, Key: marshall(jobRecordKey('demo', 144)) }));
  await run.dynamodb.send(
    new UpdateItemCommand({
      TableName,
      Key: marshall(jobRecordKey('demo', 146)),
      UpdateExpression: 'SET clientName = :wrong',
      ExpressionAttributeValues: marshall({ ':wrong': 'wrong' }),
    }),
  );
  const { code, out, err } = await nbwatch('rebuild');
  expect(code).toBe(0);
  expect(out.trim().split('\n').sort()).toEqual(['job#demo#144 was missing', 'job#demo#146 was different']);
  expect(err).toContain('1 missing, 1 different');
  expect(await look.job('demo', 146)).toMatchObject({ clientName: 'DummyTestVM' });
  const sorted = (all: typeof before) =>
    all
      .filter(({ sk }) => sk !== 'series')
      .map((item) => JSON.stringify(item))
      .sort();
  const after = await items('RecordsTable');
  expect(sorted(after).map((item) => JSON.parse(item).pk)).toEqual(sorted(before).map((item) => JSON.parse(item).pk));
  await run.idle();
  expect(published).toHaveLength(1);
});

it('rebuild of a failure whose alert may still be on its way does not take its place', async () => {
  const { nbwatch, play, run, items } = await startNbwatch();
  run.mappings.pause();
  const playing = play('08-job-failed.json');
  await expect.poll(() => items('LedgerTable'), { timeout: 20_000 }).toHaveLength(1);
  await nbwatch('rebuild');
  const { pk, sk } = intentKey('demo', { jobId: 148, startTime: 1459830500, state: 'DONE', status: 156 });
  expect((await items('RecordsTable')).filter((item) => item.pk === pk && item.sk === sk)).toEqual([]);
  run.mappings.resume();
  await playing;
});

it('redrive projects what a stream gave up, raises its alert, and is done with it', async () => {
  const { nbwatch, play, run, items, published } = await startNbwatch();
  run.mappings.pause();
  const playing = play('08-job-failed.json');
  await expect.poll(() => items('LedgerTable'), { timeout: 20_000 }).toHaveLength(1);
  const [fact] = await items('LedgerTable');
  const given = { dynamodb: { Keys: { pk: { S: fact?.pk }, sk: { S: fact?.sk } } } };
  const s3 = new S3Client({
    ...{ region: REGION, endpoint: run.awsUrl, forcePathStyle: true },
    credentials: { accessKeyId: 'person', secretAccessKey: 'local' },
  });
  const Bucket = run.deployment.outputs.GivenUpBucket;
  const Body = JSON.stringify({ version: '1.0', payload: JSON.stringify({ Records: [given] }) });
  await s3.send(new PutObjectCommand({ Bucket, Key: 'aws/lambda/mapping/shard/2026/11/23/1', Body }));
  expect(await nbwatch('redrive')).toMatchObject({ code: 0, out: 'Projected again: 1 facts of 1 batches.\n' });
  expect((await items('RecordsTable')).map(({ sk }) => sk)).toContain('job');
  expect(await nbwatch('redrive')).toMatchObject({ out: 'Nothing was given up.\n' });
  run.mappings.resume();
  await playing;
  expect(published).toHaveLength(1);
});

it('redrive without anything given up says so', async () => {
  const { nbwatch } = await startNbwatch();
  expect(await nbwatch('redrive')).toMatchObject({ code: 0, out: 'Nothing was given up.\n' });
});
