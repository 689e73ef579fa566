import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, it, onTestFinished } from 'vitest';
import { asideKey } from '../../functions/keys/ledger.ts';
import { intentKey } from '../../functions/keys/records.ts';
import type { Item } from '../../functions/store/items.ts';
import { REGION } from '../../local/environment.ts';
import { streamRecord } from '../functions/archive/archived.ts';
import { jobContent, jobItem, must } from '../functions/support.ts';
import { startNbwatch } from './nbwatch.ts';

const ARCHIVE = 'arn:aws:lambda:us-east-1:000000000000:function:Nbwatch-ArchiveFunction3AD37EFA-x1';

/** What Lambda puts into the bucket for a batch of these keys. */
const batch = (...items: readonly Item[]) =>
  JSON.stringify({
    version: '1.0',
    payload: JSON.stringify({
      Records: items.map(({ pk, sk }) => ({ dynamodb: { Keys: { pk: { S: pk }, sk: { S: sk } } } })),
    }),
  });

/** What Lambda puts there for a batch of the archive's function. */
const archiveBatch = (item: object) =>
  JSON.stringify({
    requestContext: { functionArn: ARCHIVE },
    payload: JSON.stringify({ Records: [streamRecord('INSERT', { item }, 1, Date.now())] }),
  });

async function setUp() {
  const test = await startNbwatch();
  const s3 = new S3Client({
    ...{ region: REGION, endpoint: test.run.awsUrl, forcePathStyle: true },
    credentials: { accessKeyId: 'person', secretAccessKey: 'local' },
  });
  onTestFinished(() => s3.destroy());
  const { GivenUpBucket: Bucket, ArchiveBucket } = test.run.deployment.outputs;
  return {
    ...test,
    give: (Key: string, Body: string) => s3.send(new PutObjectCommand({ Bucket, Key: `aws/lambda/${Key}`, Body })),
    archived: async () => (await s3.send(new ListObjectsV2Command({ Bucket: ArchiveBucket }))).Contents ?? [],
  };
}

const NOTHING = { code: 0, out: 'Nothing to redrive: the bucket holds no batch that the streams gave up.\n' };

it('redrive projects a batch that a stream gave up, raises its alert, and deletes the batch', async () => {
  const { nbwatch, play, run, items, published, give } = await setUp();
  run.mappings.pause();
  const playing = play('08-job-failed.json');
  await expect.poll(() => items('LedgerTable')).toHaveLength(1);
  await give('mapping/shard/2026/11/23/1', batch(...(await items('LedgerTable'))));
  expect(await nbwatch('redrive')).toMatchObject({ code: 0, out: 'Projected again: 1 fact of 1 batch.\n' });
  expect((await items('RecordsTable')).map(({ sk }) => sk)).toContain('job');
  expect(await nbwatch('redrive')).toMatchObject(NOTHING);
  run.mappings.resume();
  await playing;
  expect(published).toHaveLength(1);
});

it('redrive raises the alert about what was put aside', async () => {
  const { nbwatch, run, items, published, give, primary } = await setUp();
  run.mappings.pause();
  const demo = primary();
  await demo.start();
  await demo.notify([{ notificationType: 'INFO', object: 'JOB', data: [{ jobId: 'x' }] }]);
  const asides = await items('LedgerTable');
  await give('1', batch(...asides));
  expect(await nbwatch('redrive')).toMatchObject({ code: 0, out: 'Projected again: 1 fact of 1 batch.\n' });
  const [intent, ...more] = await items('RecordsTable');
  expect([intent?.kind, more]).toEqual(['Quarantined', []]);
  run.mappings.resume();
  await run.idle();
  expect(published).toHaveLength(1);
});

it('redrive deletes batches of expired facts, and of alerts, which the publisher tries every minute anyway', async () => {
  const { nbwatch, run, items, published, give } = await setUp();
  const { pk, sk } = jobItem();
  await give('1', batch({ pk, sk }, { ...asideKey('demo', Date.now(), 'digest') }));
  await give('2', batch({ ...intentKey('demo', { jobId: 148, startTime: 1, state: 'DONE', status: 156 }) }));
  expect(await nbwatch('redrive', '--json')).toMatchObject({
    code: 0,
    out: '{"batches":2,"facts":2,"archived":0,"kept":0}\n',
  });
  expect(await nbwatch('redrive')).toMatchObject(NOTHING);
  await run.idle();
  expect([await items('RecordsTable'), published]).toEqual([[], []]);
});

it('redrive goes on after a batch that fails, keeps it, says why, and exits with 1', async () => {
  const { nbwatch, run, items, primary, give, archived } = await setUp();
  const demo = primary();
  await demo.start();
  const data = [101, 102].map((jobId) => jobContent({ jobId, parentJobId: jobId, state: 'ACTIVE', status: 0 }));
  await demo.notify([{ notificationType: 'INFO', object: 'JOB', data }]);
  await run.idle();
  const [one, other] = await items('LedgerTable');
  await give('1', 'no JSON');
  // DynamoDB refuses an empty key.
  await give('2', batch({ pk: '', sk: 's' }, must(one)));
  await give('3', batch(must(other)));
  // A batch of the archive's function is archived, and not projected.
  await give('4', archiveBatch(must(one)));
  const { code, out, err } = await nbwatch('redrive');
  expect([code, out]).toEqual([1, 'Projected again: 2 facts of 4 batches. Archived: 1 record.\n']);
  expect(await archived()).toHaveLength(1);
  expect(err).toMatch(
    /aws\/lambda\/1 could not be read: SyntaxError: .*\n.*aws\/lambda\/2 could not be projected: \w+: /,
  );
  expect(err).toMatch(/\n2 batches were kept, .*\n.*nbwatch redrive.*\n$/);
  expect(await nbwatch('redrive')).toMatchObject({ code: 1, out: 'Projected again: 1 fact of 2 batches.\n' });
  expect(await nbwatch('redrive', '--json')).toMatchObject({
    code: 1,
    out: '{"batches":0,"facts":1,"archived":0,"kept":2}\n',
  });
});

it('redrive keeps a batch of the archive while the stack has no archive, and archives it once there is one', async () => {
  const { nbwatch, folder, give, archived, items } = await setUp();
  const file = join(folder, 'local.json');
  const description = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(
    file,
    JSON.stringify({ ...description, outputs: { ...description.outputs, ArchiveBucket: undefined } }),
  );
  await give('1', archiveBatch(jobItem()));
  const { code, err } = await nbwatch('redrive');
  expect(code).toBe(1);
  expect(err).toMatch(/aws\/lambda\/1 cannot be archived: this nbwatch has no archive\n1 batch was kept/);
  expect([await archived(), await items('RecordsTable')]).toEqual([[], []]);
  writeFileSync(file, JSON.stringify(description));
  expect(await nbwatch('redrive')).toMatchObject({ code: 0, out: expect.stringContaining('Archived: 1 record.') });
  expect(await archived()).toHaveLength(1);
});

it('redrive without anything given up says so', async () => {
  const { nbwatch } = await startNbwatch();
  expect(await nbwatch('redrive')).toMatchObject(NOTHING);
});
