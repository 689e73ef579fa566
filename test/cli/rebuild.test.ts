import { DeleteItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { expect, it } from 'vitest';
import { intentKey, jobRecordKey } from '../../functions/keys/records.ts';
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

it('redrive without anything given up says so', async () => {
  const { nbwatch } = await startNbwatch();
  expect(await nbwatch('redrive')).toMatchObject({ code: 0, out: 'Nothing was given up.\n' });
});
