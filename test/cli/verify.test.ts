import { DeleteItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { marshall } from '@aws-sdk/util-dynamodb';
import { expect, it, onTestFinished } from 'vitest';
import { archive } from '../../functions/archive/archive.ts';
import { createArchive } from '../../functions/archive/context.ts';
import type { FactItem } from '../../functions/ledger/fact.ts';
import { createLedger } from '../../functions/ledger/ledger.ts';
import { REGION } from '../../local/environment.ts';
import { streamRecord } from '../functions/archive/archived.ts';
import { factOf, image } from '../functions/questions/received.ts';
import { must, NEVER } from '../functions/support.ts';
import { changedAssembly, talkative } from '../support/changed-assembly.ts';
import { NO_SCHEDULES } from '../support/test-run.ts';
import { startNbwatch } from './nbwatch.ts';

/** A run with an archive. A test may do with its bucket and ledger what nobody may do in a stack. */
async function startArchived() {
  const test = await startNbwatch({ assembly: talkative({ archives: true }), clock: NO_SCHEDULES });
  const { run } = test;
  const { LedgerTable: TableName, ArchiveBucket } = run.deployment.outputs;
  const Bucket = must(ArchiveBucket);
  const credentials = { accessKeyId: 'attacker', secretAccessKey: 'local' };
  // Bypasses the proxy, which would refuse this as S3 does.
  const endpoint = `http://127.0.0.1:${run.messaging.port}`;
  const s3 = new S3Client({ region: REGION, endpoint, credentials, forcePathStyle: true });
  onTestFinished(() => s3.destroy());
  const append = async (...facts: FactItem[]) => {
    await createLedger(run.dynamodb, must(TableName)).append(facts, NEVER);
    await run.idle();
  };
  const fact = (backupId: string, more = {}): FactItem => ({
    ...factOf({ ...image('23T01:00', backupId, 'CREATE'), at: Date.now() }),
    ...more,
  });
  const findings = async (...argv: string[]) =>
    (await test.json('verify', ...argv))
      .filter((row) => 'found' in row)
      .map(({ found, sk, pk, object }) => [found, pk && sk ? pk : object]);
  const objects = async () =>
    (await s3.send(new ListObjectsV2Command({ Bucket }))).Contents?.map(({ Key }) => must(Key)) ?? [];
  return { ...test, TableName, Bucket, s3, append, fact, findings, objects };
}

const keyOf = ({ pk, sk }: FactItem) => marshall({ pk, sk });

it('verify has no findings in untouched data, and names each fact and object that somebody touched', async () => {
  const { nbwatch, run, logs, troubles, TableName, Bucket, s3, append, fact, findings, objects } =
    await startArchived();
  const expired = { expiresAt: Math.floor(Date.now() / 1000) - 1 };
  const [kept, changed, removed, gone] = [
    fact('kept_1'),
    fact('changed_1'),
    fact('removed_1'),
    fact('gone_1', expired),
  ];
  await append(kept, changed, removed, gone);
  await append(fact('kept_2'));
  expect(await nbwatch('verify')).toMatchObject({
    ...{ code: 0, out: '' },
    err: expect.stringMatching(
      /^No findings\.\nRead \d+ objects: 5 image facts are as archived, 0 findings\.\nThe archive began/,
    ),
  });

  const send = run.dynamodb;
  const change = { UpdateExpression: 'SET entry = :none', ExpressionAttributeValues: { ':none': { S: '{}' } } };
  await send.send(new UpdateItemCommand({ TableName, Key: keyOf(changed), ...change }));
  await send.send(new DeleteItemCommand({ TableName, Key: keyOf(removed) }));
  await run.idle();
  // Each is found twice: as the archive recorded it, and in the ledger as it is now.
  const twice = [
    ['changed', changed.pk],
    ['changed', changed.pk],
    ['removed', removed.pk],
    ['removed', removed.pk],
  ];
  expect((await findings()).toSorted()).toEqual(twice);
  const alarms = logs.filter((line) => line.includes('"LedgerChanged":1'));
  expect(alarms).toHaveLength(2);
  expect(alarms.join()).not.toContain('clientName');

  // Expired and gone, without a record in the archive: only the comparison can find it.
  run.mappings.pause();
  await send.send(new DeleteItemCommand({ TableName, Key: keyOf(gone) }));
  expect((await findings()).toSorted()).toEqual(twice);
  expect(await nbwatch('verify', '--primary', 'demo', '--expired')).toMatchObject({
    code: 4,
    out: expect.stringMatching(/^expired .*gone_1/m),
    err: expect.stringMatching(/: 2 image facts are as archived, 1 has expired, 4 findings\.$/m),
  });
  run.mappings.resume();

  // Written long after its own time of receipt.
  const inserted = factOf({ ...image('23T01:00', 'inserted_1', 'CREATE'), at: Date.now() - 3_600_000 });
  await send.send(new PutItemCommand({ TableName, Item: marshall(inserted, { removeUndefinedValues: true }) }));
  await run.idle();
  expect(await findings()).toContainEqual(['inserted', inserted.pk]);

  const [, second = '', ...more] = await objects();
  const last = must(more.at(-1));
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: last }));
  const text = must(await Body?.transformToString());
  await s3.send(new PutObjectCommand({ Bucket, Key: last, Body: text.replace('"demo"', '"dome"') }));
  await s3.send(new DeleteObjectCommand({ Bucket, Key: second }));
  const named = await findings();
  expect(named).toContainEqual(['altered', last]);
  expect(named).toContainEqual(['missing', second]);
  expect(troubles).toEqual([]);
});

it('verify checks that the last object before the range is still there', async () => {
  const { run, Bucket, s3, append, fact, findings, objects } = await startArchived();
  const threeDaysAgo = Date.now() - 3 * 86_400_000;
  const registry = must(run.deployment.outputs.RegistryTable);
  const older = streamRecord('INSERT', { item: fact('older_1') }, 1, threeDaysAgo);
  await archive({ ...createArchive(run.dynamodb, s3, { registry, bucket: Bucket }), now: () => threeDaysAgo }, [older]);
  await append(fact('newer_1'));
  expect(await findings('--since', '1d')).toEqual([]);
  const [first = ''] = await objects();
  await s3.send(new DeleteObjectCommand({ Bucket, Key: first }));
  expect(await findings('--since', '1d')).toEqual([['missing', first]]);
});

it('verify says that it compared nothing if no image was reported since the archive was switched on', async () => {
  const { nbwatch, run, TableName, fact } = await startArchived();
  run.mappings.pause();
  const receivedAt = Date.now() - 3_600_000;
  await createLedger(run.dynamodb, must(TableName)).append([fact('older_1', { receivedAt })], NEVER);
  expect(await nbwatch('verify')).toMatchObject({
    code: 0,
    err: expect.stringContaining('The archive holds nothing yet: 1 fact of the ledger could not be compared.'),
  });
});

it('verify exits with 3 without an archive, and says how to deploy one', async () => {
  const { nbwatch } = await startNbwatch({
    assembly: changedAssembly((template) => {
      delete template.Outputs?.ArchiveBucket;
    }),
  });
  expect(await nbwatch('verify')).toMatchObject({
    code: 3,
    err: expect.stringMatching(/has no archive\.\nDeploy it with/),
  });
});
