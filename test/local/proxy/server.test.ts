import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { noFaults } from '../../../local/proxy/faults.ts';
import { as, EVERYTHING, proxyFor, refusal, roles } from './setup.ts';

const list = (proxy: { url: string }, name = 'Writer', sessionToken = 'worker-1') => {
  const configuration = as(name, proxy);
  const credentials = { ...configuration.credentials, sessionToken };
  return new DynamoDBClient({ ...configuration, credentials }).send(new ListTablesCommand({}));
};

/** A call by hand, for services whose client is not installed. */
const call = (url: string, headers: Record<string, string>, body = '{}') =>
  fetch(url, { method: 'POST', headers, body });
const signedFor = (service: string) => ({
  authorization: `AWS4-HMAC-SHA256 Credential=Writer/20260101/us-east-1/${service}/aws4_request,`,
});

test('a policy that is not supported stops the start, and the error names the role and the cause', async () => {
  const statement = { ...EVERYTHING, Condition: { DateLessThan: { 'aws:CurrentTime': '2026-01-01T00:00:00Z' } } };
  await expect(proxyFor({ roles: roles({ Good: [EVERYTHING], Ingest: [statement] }) })).rejects.toThrow(
    /Ingest.*DateLessThan/,
  );
});

test('calls are counted from 1 across roles and workers, denied ones too', async () => {
  const proxy = await proxyFor({
    roles: roles({ Writer: [EVERYTHING], Nobody: [] }),
    faults: () => ({ ...noFaults(), before: () => ({ kind: 'throttle' }) }),
  });
  await refusal(list(proxy, 'Writer', 'one'));
  await refusal(list(proxy, 'Nobody', 'two'));
  await refusal(list(proxy, 'Writer', 'three'));
  expect(proxy.calls().map(({ n, role, worker }) => [n, role, worker])).toEqual([
    [1, 'Writer', 'one'],
    [2, 'Nobody', 'two'],
    [3, 'Writer', 'three'],
  ]);
});

test('only the last of many calls are remembered, and they keep their numbers', async () => {
  const proxy = await proxyFor({ roles: roles({ Writer: [] }), remembered: 2 });
  const seen: number[][] = [];
  for (let made = 0; made < 8; made++) {
    await refusal(list(proxy));
    seen.push(proxy.calls().map(({ n }) => n));
  }
  expect(seen.slice(3)).toEqual([
    [1, 2, 3, 4],
    [4, 5],
    [4, 5, 6],
    [4, 5, 6, 7],
    [7, 8],
  ]);
});

test('a list of calls does not change with later calls', async () => {
  const proxy = await proxyFor({ roles: roles({ Writer: [] }) });
  const none = proxy.calls();
  await refusal(list(proxy));
  expect(none).toEqual([]);
});

test('a service that this run does not have is refused with an error that names it', async () => {
  const { url } = await proxyFor();
  const kinesis = await call(url, { ...signedFor('kinesis'), 'x-amz-target': 'Kinesis_20131202.PutRecord' });
  expect(kinesis.status).toBe(400);
  expect(kinesis.headers.get('x-amzn-errortype')).toBe('UnsupportedOnOneMachine');
  expect(await kinesis.json()).toEqual({ message: 'The service Kinesis_20131202 is not supported.' });

  const logs = await call(url, signedFor('lambda'));
  expect(await logs.json()).toEqual({ message: 'The service lambda is not supported.' });

  const bucket = new S3Client({ ...as('Writer', { url }), forcePathStyle: true });
  const get = bucket.send(new GetObjectCommand({ Bucket: 'b', Key: 'k' }));
  expect(await refusal(get)).toMatchObject({ name: 'UnsupportedOnOneMachine', message: 'This run has no s3.' });
});

test('a body that is not JSON is refused before permissions are checked', async () => {
  const { url } = await proxyFor({ roles: roles({ Writer: [] }) });
  const headers = { ...signedFor('dynamodb'), 'x-amz-target': 'DynamoDB_20120810.PutItem' };
  expect(await (await call(url, headers, '{')).json()).toMatchObject({ message: 'The body is not JSON.' });
});

test('an emulator that does not answer shows as an InternalFailure with status 500', async () => {
  const proxy = await proxyFor();
  const failed = await refusal(list(proxy));
  expect(failed).toMatchObject({ name: 'InternalFailure', status: 500 });
  expect(failed.message).toContain('ECONNREFUSED');
});

test('closing the proxy ends calls that hang', async () => {
  const hanging = Promise.withResolvers<void>();
  const proxy = await proxyFor({
    faults: () => ({
      ...noFaults(),
      before() {
        hanging.resolve();
        return { kind: 'hang' };
      },
    }),
  });
  const lost = expect(list(proxy)).rejects.toMatchObject({ code: 'ECONNRESET' });
  await hanging.promise;
  await proxy.close();
  await lost;
});
