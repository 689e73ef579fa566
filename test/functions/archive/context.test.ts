import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createArchive } from '../../../functions/archive/context.ts';

/** Puts an object into an S3 that answers with these statuses in turn, and with 500 after them. */
async function putTo(...answers: readonly number[]) {
  const seen: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    response.statusCode = answers[seen.length] ?? 500;
    seen.push(request.headers);
    request.resume().on('end', () => response.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const where = { region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } };
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const s3 = new S3Client({ ...where, endpoint, forcePathStyle: true, maxAttempts: 2 });
  const archive = createArchive(new DynamoDBClient(where), s3, { registry: 'Registry', bucket: 'archive' });
  const ended = archive.put('facts/1', 'text').then(
    () => 'put' as const,
    (error) => (archive.isRefusal(error) ? 'wrote nothing' : 'nobody knows'),
  );
  return { ended: await ended, seen };
}

it.each([
  [[200], 'put'],
  [[500, 412], 'put'],
  [[403], 'wrote nothing'],
  [[409], 'nobody knows'],
  [[500, 500], 'nobody knows'],
  [[500, 403], 'nobody knows'],
])('judges a put to which S3 answers %j as: %s', async (answers, what) => {
  expect((await putTo(...answers)).ended).toBe(what);
});

it('puts an object with a checksum, as Object Lock requires, and only where none exists', async () => {
  vi.stubEnv('AWS_REQUEST_CHECKSUM_CALCULATION', 'WHEN_REQUIRED');
  onTestFinished(() => void vi.unstubAllEnvs());
  const { seen } = await putTo(200);
  expect(seen).toMatchObject([{ 'if-none-match': '*', 'x-amz-checksum-crc32': expect.any(String) }]);
});
