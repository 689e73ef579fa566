import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeleteItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import { intentKey, jobRecordKey } from '../../functions/keys/records.ts';
import { REGION } from '../../local/environment.ts';
import { errorReply } from '../../local/proxy/answers.ts';
import { readExample } from '../../local/story/examples.ts';
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
  await expect.poll(() => items('LedgerTable')).toHaveLength(1);
  await nbwatch('rebuild');
  const { pk, sk } = intentKey('demo', { jobId: 148, startTime: 1459830500, state: 'DONE', status: 156 });
  expect((await items('RecordsTable')).filter((item) => item.pk === pk && item.sk === sk)).toEqual([]);
  run.mappings.resume();
  await playing;
});

it.each(['GetItem', 'PutItem'])(
  'rebuild that meets a new fact before its %s leaves the record that knows it, and its alert',
  async (step) => {
    const { nbwatch, play, run, primary, look, between, published } = await startNbwatch();
    await play('03-job-active.json');
    const TableName = run.deployment.outputs.RecordsTable ?? '';
    await run.dynamodb.send(new DeleteItemCommand({ TableName, Key: marshall(jobRecordKey('demo', 144)) }));
    const other = primary();
    await other.start();
    let arrived = 0;
    await between(async ({ operation, request }) => {
      if (operation !== step || request.TableName !== TableName || arrived++ > 0) return undefined;
      await other.notify(jobs([144], { state: 'DONE', status: 156 }));
      await run.idle();
      return undefined;
    });
    expect((await nbwatch('rebuild')).code).toBe(0);
    expect(arrived).toBeGreaterThan(0);
    expect(await look.job('demo', 144)).toMatchObject({ state: 'DONE', status: 156, facts: 2 });
    expect(await nbwatch('rebuild')).toMatchObject({ code: 0, out: '' });
    await run.idle();
    expect(published).toHaveLength(1);
  },
);

describe('a rebuild that was interrupted', () => {
  it('goes on where it stopped, mends all that was wrong, says each of it once, and leaves no trace', async () => {
    const { rebuild, folder, partitions, records, wipe } = await startOnPages();
    const before = await records();
    await wipe();
    // The second of the third page.
    const first = await rebuild({ failsAt: 2 * PAGE + 2 });
    expect(first.code).toBe(1);
    expect(first.err).toMatch(
      /stopped after 6 jobs and images\. ExpiredTokenException: .*\n.* goes on where it stopped/,
    );
    const done = first.visited.slice(0, 2 * PAGE);
    const second = await rebuild();
    expect(second.code).toBe(0);
    expect(second.err).toMatch(
      /^Going on where the rebuild of [-0-9]+ [:0-9]+ UTC stopped\. --from-start begins anew\.\n/,
    );
    expect(second.err).toContain('\nDone with the rest: ');
    expect(second.visited.toSorted()).toEqual(partitions.filter((pk) => !done.includes(pk)));
    expect(`${first.out}${second.out}`.trim().split('\n').sort()).toEqual(partitions.map((pk) => `${pk} was missing`));
    expect(await records()).toEqual(before);
    expect(readdirSync(folder)).toEqual(['local.json']);
    const third = await rebuild();
    expect(third.visited.toSorted()).toEqual(partitions);
    expect([third.out, third.err]).toEqual(['', expect.stringMatching(/^3 jobs(.*\n)*Done: 10 records were right/)]);
  });

  it('is forgotten with --from-start, even if that one does not get far', async () => {
    const { rebuild, partitions } = await startOnPages();
    const first = await rebuild({ failsAt: 2 * PAGE + 2 });
    const anew = await rebuild({ failsAt: 2 }, '--from-start');
    expect(anew.visited.toSorted()).toEqual(first.visited.slice(0, PAGE).sort());
    const third = await rebuild();
    expect(third.visited.toSorted()).toEqual(partitions);
    expect(`${anew.err}${third.err}`).not.toContain('Going on');
  });

  it('starts anew and says so where the file of its place says none', async () => {
    const { rebuild, partitions, folder, run } = await startOnPages();
    const file = join(folder, `rebuild-${run.deployment.outputs.LedgerTable}.json`);
    for (const text of ['', '{"pk":"job#de', 'null', '[]', '{"pk":1,"sk":"a"}', '{"pk":"","sk":""}', '{"at":"a"}']) {
      writeFileSync(file, text);
      const { code, err, visited } = await rebuild();
      expect([code, visited.toSorted()], text).toEqual([0, partitions]);
      expect(err.split('\n')[0], text).toBe(`${file} does not say where a rebuild stopped: starting anew.`);
    }
  });
});

it('redrive projects what a stream gave up, raises its alert, and is done with it', async () => {
  const { nbwatch, play, run, items, published } = await startNbwatch();
  run.mappings.pause();
  const playing = play('08-job-failed.json');
  await expect.poll(() => items('LedgerTable')).toHaveLength(1);
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

it('redrive goes on after what fails, keeps it, says why, and ends with exit code 1', async () => {
  const { nbwatch, run, items, primary } = await startNbwatch();
  const s3 = new S3Client({
    ...{ region: REGION, endpoint: run.awsUrl, forcePathStyle: true },
    credentials: { accessKeyId: 'person', secretAccessKey: 'local' },
  });
  const Bucket = run.deployment.outputs.GivenUpBucket;
  const give = (Key: string, Body: string) => s3.send(new PutObjectCommand({ Bucket, Key: `aws/lambda/${Key}`, Body }));
  const batch = (...keys: [pk: unknown, sk: unknown][]) =>
    JSON.stringify({
      payload: JSON.stringify({
        Records: keys.map(([pk, sk]) => ({ dynamodb: { Keys: { pk: { S: pk }, sk: { S: sk } } } })),
      }),
    });
  const demo = primary();
  await demo.start();
  await demo.notify(jobs([101, 102]));
  await run.idle();
  const [one, other] = (await items('LedgerTable')).map(({ pk, sk }): [unknown, unknown] => [pk, sk]);
  if (!one || !other) throw new Error('nothing is there');
  await give('1', 'no JSON');
  // DynamoDB refuses an empty key.
  await give('2', batch(['', 's'], one));
  await give('3', batch(other));
  const { code, out, err } = await nbwatch('redrive');
  expect([code, out]).toEqual([1, 'Projected again: 2 facts of 3 batches.\n']);
  expect(err).toMatch(
    /aws\/lambda\/1 could not be read: SyntaxError: .*\n.*aws\/lambda\/2 could not be projected: \w+: /,
  );
  expect(err).toMatch(/\n2 batches were kept.*\n.*nbwatch redrive.*\n$/);
  expect(await nbwatch('redrive', '--json')).toMatchObject({ code: 1, out: '{"batches":0,"facts":1,"kept":2}\n' });
});

it('redrive without anything given up says so', async () => {
  const { nbwatch } = await startNbwatch();
  expect(await nbwatch('redrive')).toMatchObject({ code: 0, out: 'Nothing was given up.\n' });
});

/** How many items a page of the ledger has; on AWS 1 MB of them. */
const PAGE = 3;

/** Ten jobs, and a rebuild that reads the ledger in pages of three. */
async function startOnPages() {
  const test = await startNbwatch();
  const ids = Array.from({ length: 10 }, (_, index) => index + 101);
  const primary = test.primary();
  await primary.start();
  await primary.notify(jobs(ids));
  await test.run.idle();
  const { LedgerTable, RecordsTable } = test.run.deployment.outputs;
  let visited: string[] = [];
  let failing = Number.POSITIVE_INFINITY;
  await test.between(({ operation, request }) => {
    if (operation === 'Scan') request.Limit = PAGE;
    if (operation !== 'Query' || request.TableName !== LedgerTable) return undefined;
    visited.push(request.ExpressionAttributeValues[':pk'].S);
    return visited.length === failing
      ? errorReply('dynamodb', 400, 'ExpiredTokenException', 'The security token included in the request is expired')
      : undefined;
  });
  const records = async () => (await test.items('RecordsTable')).sort((a, b) => (String(a.pk) < String(b.pk) ? -1 : 1));
  return {
    ...test,
    /** Every partition of the ledger, in order. */
    partitions: ids.map((id) => `job#demo#${id}`),
    records,
    /** Deletes every record. */
    async wipe() {
      for (const { pk, sk } of await records())
        await test.run.dynamodb.send(new DeleteItemCommand({ TableName: RecordsTable, Key: marshall({ pk, sk }) }));
    },
    /** Rebuilds; `visited` are the partitions that it read, of which the n-th fails for good. */
    async rebuild({ failsAt = Number.POSITIVE_INFINITY } = {}, ...options: string[]) {
      visited = [];
      failing = failsAt;
      return { ...(await test.nbwatch('rebuild', ...options)), visited };
    },
  };
}

/** What a primary sends of these jobs. */
function jobs(ids: readonly number[], more: Record<string, unknown> = {}) {
  const [notification] = readExample('03-job-active.json').payload;
  return [
    { ...notification, data: ids.map((id) => ({ ...notification?.data[0], jobId: id, parentJobId: id, ...more })) },
  ];
}
