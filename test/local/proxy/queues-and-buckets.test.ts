import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { ReceiveMessageCommand, SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type FauxqsServer, startFauxqs } from 'fauxqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Statement } from '../../../local/proxy/iam.ts';
import { as, NOWHERE, proxyFor, refusal, roles } from './setup.ts';

let fauxqs: FauxqsServer;
beforeAll(async () => {
  fauxqs = await startFauxqs({ port: 0, logger: false });
  fauxqs.createBucket('archive');
  fauxqs.createBucket('locked');
});
afterAll(() => fauxqs.stop());

const allow = (Action: string | string[], Resource: string): Statement => ({ Effect: 'Allow', Action, Resource });
const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:inbox';

async function services(...statements: Statement[]) {
  fauxqs.createQueue('inbox');
  const proxy = await proxyFor({
    roles: roles({ Writer: statements }),
    lockedBuckets: new Set(['locked']),
    backends: {
      dynamodb: { url: NOWHERE, accessKeyId: 'nbwatch' },
      fauxqs: { url: `http://127.0.0.1:${fauxqs.port}` },
    },
  });
  const configuration = as('Writer', proxy);
  const QueueUrl = `${proxy.url}/000000000000/inbox`;
  return {
    proxy,
    QueueUrl,
    sqs: new SQSClient(configuration),
    s3: new S3Client({ ...configuration, forcePathStyle: true }),
    person: new S3Client({ ...as('person', proxy), forcePathStyle: true }),
  };
}

test('a role that may only send to a queue can send a message and not receive it', async () => {
  const { proxy, QueueUrl, sqs } = await services(allow('sqs:SendMessage', QUEUE));
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'hello' }));
  expect(fauxqs.inspectQueue('inbox')?.messages.ready.map(({ body }) => body)).toEqual(['hello']);
  const denied = await refusal(sqs.send(new ReceiveMessageCommand({ QueueUrl })));
  expect(denied).toMatchObject({ name: 'AccessDenied', status: 403 });
  expect(denied.message).toContain(`perform: sqs:ReceiveMessage on resource: ${QUEUE}`);
  expect(proxy.calls().map(({ n, action, resource }) => [n, action, resource])).toEqual([
    [1, 'sqs:SendMessage', QUEUE],
    [2, 'sqs:ReceiveMessage', QUEUE],
  ]);
});

test('a batch to a queue needs the permission for the single operation', async () => {
  const { QueueUrl, sqs } = await services(allow('sqs:SendMessage', QUEUE));
  const batch = new SendMessageBatchCommand({ QueueUrl, Entries: [{ Id: '1', MessageBody: 'm' }] });
  expect((await sqs.send(batch)).Successful).toHaveLength(1);
});

test.each(['2026/ü b+c=/%x', 'looks-like/@connections/x'])(
  'an object is put and read back byte by byte under the key %s',
  async (Key) => {
    const { proxy, s3 } = await services(allow(['s3:PutObject', 's3:GetObject'], 'arn:aws:s3:::archive/*'));
    const object = { Bucket: 'archive', Key };
    const Body = Buffer.from([0, 255, 13, 10, 128]);
    await s3.send(new PutObjectCommand({ ...object, Body }));
    const read = await s3.send(new GetObjectCommand(object));
    expect(Buffer.from((await read.Body?.transformToByteArray()) ?? [])).toEqual(Body);
    expect((await s3.send(new HeadObjectCommand(object))).ContentLength).toBe(5);
    const resource = `arn:aws:s3:::archive/${object.Key}`;
    expect(proxy.calls().map((call) => [call.action, call.resource])).toEqual([
      ['s3:PutObject', resource],
      ['s3:GetObject', resource],
      ['s3:GetObject', resource],
    ]);
  },
);

test('a denied S3 call fails with AccessDenied and status 403, and is not made', async () => {
  const { s3 } = await services(allow('s3:GetObject', 'arn:aws:s3:::archive/*'));
  const put = s3.send(new PutObjectCommand({ Bucket: 'archive', Key: 'denied', Body: 'x' }));
  expect(await refusal(put)).toMatchObject({ name: 'AccessDenied', status: 403 });
  const missing = await refusal(s3.send(new GetObjectCommand({ Bucket: 'archive', Key: 'denied' })));
  expect(missing).toMatchObject({ name: 'NoSuchKey', status: 404 });
});

test('a list needs permission on the bucket itself; permission on its objects is not enough', async () => {
  const list = new ListObjectsV2Command({ Bucket: 'archive', Prefix: 'none/' });
  const { s3 } = await services(allow('s3:ListBucket', 'arn:aws:s3:::archive/*'));
  expect((await refusal(s3.send(list))).name).toBe('AccessDenied');
  const { s3: lister } = await services(allow('s3:ListBucket', 'arn:aws:s3:::archive'));
  expect((await lister.send(list)).KeyCount).toBe(0);
});

test('a put that sets a retention needs s3:PutObjectRetention too', async () => {
  const locked = new PutObjectCommand({
    Bucket: 'archive',
    Key: 'locked',
    Body: 'x',
    ObjectLockMode: 'COMPLIANCE',
    ObjectLockRetainUntilDate: new Date('2033-01-01T00:00:00Z'),
  });
  const { s3 } = await services(allow('s3:PutObject', '*'));
  expect((await refusal(s3.send(locked))).message).toContain('perform: s3:PutObjectRetention');
  const { s3: keeper } = await services(allow(['s3:PutObject', 's3:PutObjectRetention'], '*'));
  await keeper.send(locked);
});

test('an S3 operation that is not supported is refused, even to a role that may do everything', async () => {
  const { s3 } = await services(allow('*', '*'));
  const object = { Bucket: 'archive', Key: 'x' };
  const unknown = [
    () => s3.send(new PutObjectTaggingCommand({ ...object, Tagging: { TagSet: [] } })),
    () => s3.send(new CopyObjectCommand({ ...object, CopySource: 'archive/y' })),
  ];
  for (const call of unknown) expect((await refusal(call())).name).toBe('UnsupportedOnOneMachine');
});

test('a put with If-None-Match stores an object, but not over an existing one', async () => {
  const { s3 } = await services(allow('s3:PutObject', 'arn:aws:s3:::archive/*'));
  const put = (Body: string) =>
    s3.send(new PutObjectCommand({ Bucket: 'archive', Key: 'once', Body, IfNoneMatch: '*' }));
  await put('first');
  expect(await refusal(put('second'))).toMatchObject({ name: 'PreconditionFailed', status: 412 });
});

test('an object under Object Lock can be neither overwritten nor deleted, even by a person', async () => {
  const { person } = await services();
  const Bucket = 'locked';
  for (const Key of ['facts/a', 'facts/b'])
    await person.send(new PutObjectCommand({ Bucket, Key, Body: 'kept', IfNoneMatch: '*' }));
  const tries = [
    () => person.send(new PutObjectCommand({ Bucket, Key: 'facts/a', Body: 'other' })),
    () => person.send(new PutObjectCommand({ Bucket, Key: 'facts/a', Body: 'other', IfNoneMatch: '*' })),
    () => person.send(new DeleteObjectCommand({ Bucket, Key: 'facts/a', VersionId: 'null' })),
    () => person.send(new DeleteObjectCommand({ Bucket, Key: 'facts/a' })),
    () => person.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'facts/a' }] } })),
  ];
  const names: string[] = [];
  for (const one of tries) names.push((await refusal(one())).name);
  expect(names).toEqual([
    'AccessDenied',
    'PreconditionFailed',
    'AccessDenied',
    'UnsupportedOnOneMachine',
    'UnsupportedOnOneMachine',
  ]);
  const read = await person.send(new GetObjectCommand({ Bucket, Key: 'facts/a', VersionId: 'null' }));
  expect(await read.Body?.transformToString()).toBe('kept');

  const list = (KeyMarker?: string) =>
    person.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'facts/', MaxKeys: 1, KeyMarker }));
  const first = await list();
  expect(first).toMatchObject({ IsTruncated: true, Versions: [{ Key: 'facts/a', VersionId: 'null', IsLatest: true }] });
  expect(await list(first.NextKeyMarker)).toMatchObject({ IsTruncated: false, Versions: [{ Key: 'facts/b' }] });
});
