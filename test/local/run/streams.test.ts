import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { REGION } from '../../../local/environment.ts';
import { changedAssembly, removeActions, resourceOf } from '../../support/changed-assembly.ts';
import { readExample } from '../../support/examples.ts';
import { startTestRun, type TestRun } from '../../support/test-run.ts';

async function sendAll(test: TestRun, ...files: string[]): Promise<void> {
  const primary = test.primary();
  await primary.start();
  for (const file of files) await primary.notify(readExample(file).payload);
}

describe('a fact in the ledger that the rules cannot read', () => {
  it.each([
    ['in a job’s own partition', 'job#demo#148'],
    ['in a partition of its own', 'job#demo#999'],
  ])('%s is noted once and holds up no other fact', async (_, pk) => {
    const test = await startTestRun();
    const sk = '1459830400#DONE#1';
    const poison = { pk, sk, format: 99, object: 'JOB', entry: '{}' };
    await test.run.dynamodb.send(
      new PutItemCommand({ TableName: test.run.deployment.outputs.LedgerTable, Item: marshall(poison) }),
    );
    await sendAll(test, '03-job-active.json', '08-job-failed.json');
    await test.run.idle();
    expect(await test.look.job('demo', 144)).toMatchObject({ state: 'ACTIVE' });
    expect(await test.look.job('demo', 148)).toMatchObject({ state: 'DONE', status: 156 });
    expect(test.published).toHaveLength(1);
    const noted = (await test.items('RecordsTable')).filter((item) => String(item.pk).startsWith('unprojected#'));
    expect(noted).toEqual([expect.objectContaining({ factPk: pk, factSk: sk })]);
    expect(test.troubles).toEqual([]);
  });
});

describe('a stream record that fails more often than its mapping allows', () => {
  it('goes to the bucket whole, with the reason, and the records behind it go on', async () => {
    const warnings: string[] = [];
    const test = await startTestRun({
      assembly: changedAssembly((template) => {
        resourceOf(template, 'AWS::Lambda::EventSourceMapping', 'Publisher').Properties.MaximumRetryAttempts = 1;
        removeActions(template, 'Publisher', 'sns:Publish');
      }),
      on: { warning: (line) => warnings.push(line) },
    });
    await sendAll(test, '08-job-failed.json', '07-job-and-images.json');
    await test.run.idle();
    expect(await test.look.job('demo', 146)).toMatchObject({ state: 'DONE' });

    const credentials = { accessKeyId: 'anybody', secretAccessKey: 'anything' };
    const s3 = new S3Client({ region: REGION, endpoint: test.run.awsUrl, credentials, forcePathStyle: true });
    onTestFinished(() => s3.destroy());
    const Bucket = test.run.deployment.outputs.GivenUpBucket;
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
    const objects = await Promise.all(
      Contents.map(async ({ Key }) => {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
        return JSON.parse((await Body?.transformToString()) ?? '');
      }),
    );
    // The failure, and its recovery by the job of the other message.
    expect(objects).toHaveLength(2);
    const [kept] = objects.filter(({ payload }) => payload.includes('intent#1459830500#DONE#156'));
    expect(kept.requestContext).toMatchObject({ condition: 'RetryAttemptsExhausted', approximateInvokeCount: 2 });
    expect(kept.DDBStreamBatchInfo).toMatchObject({ batchSize: 1 });
    const { Records } = JSON.parse(kept.payload);
    expect(Records).toMatchObject([
      {
        eventName: 'INSERT',
        dynamodb: { Keys: { pk: { S: 'job#demo#148' }, sk: { S: 'intent#1459830500#DONE#156' } } },
      },
    ]);
    expect(warnings).toContainEqual(expect.stringMatching(/gave up 1 records \(RetryAttemptsExhausted\)/));
  });
});
