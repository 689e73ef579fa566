import { errorReply } from './answers.ts';
import { Unsupported } from './call.ts';
import { header, type Incoming, type Reply } from './http.ts';

type Forward = (incoming: Incoming) => Promise<Reply>;

/**
 * Adds what fauxqs lacks of S3: for every bucket, puts that must not overwrite (`If-None-Match: *`); for buckets under
 * Object Lock, that objects stay. Not emulated: a lock's end, its modes and who may bypass it, delete markers, and
 * versions, because the policy of nbwatch's own bucket lets nobody overwrite an object.
 */
export async function serveS3(incoming: Incoming, forward: Forward, locked: ReadonlySet<string>): Promise<Reply> {
  const [path = '', search = ''] = incoming.path.split('?');
  const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
  const query = new URLSearchParams(search);
  const isLocked = locked.has(bucket);
  if (incoming.method === 'GET' && key === '' && query.has('versions'))
    return listVersions(bucket, query, forward, incoming);
  if (isLocked && (incoming.method === 'DELETE' || query.has('delete'))) {
    if (key !== '' && query.has('versionId'))
      return errorReply('s3', 403, 'AccessDenied', 'Access Denied because object protected by object lock.');
    throw new Unsupported('Delete markers are not supported: on S3 nothing would be deleted.');
  }
  if (incoming.method !== 'PUT' || key === '') return forward(incoming);
  const condition = header(incoming, 'if-none-match');
  if (isLocked && condition === undefined)
    return errorReply('s3', 403, 'AccessDenied', 'The policy of the bucket refuses a put without If-None-Match.');
  if (condition === undefined) return forward(incoming);
  if (condition !== '*') throw new Unsupported('If-None-Match takes * only.');
  const { status } = await forward({ ...incoming, method: 'HEAD', headers: {}, body: Buffer.alloc(0) });
  if (status !== 404)
    return errorReply('s3', 412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
  return forward(incoming);
}

/** Lists each object as its only version. */
async function listVersions(bucket: string, query: URLSearchParams, forward: Forward, incoming: Incoming) {
  const asked = new URLSearchParams({ 'list-type': '2', prefix: query.get('prefix') ?? '' });
  const after = query.get('key-marker');
  const most = query.get('max-keys');
  if (after) asked.set('start-after', after);
  if (most) asked.set('max-keys', most);
  const reply = await forward({ ...incoming, path: `/${bucket}?${asked}` });
  const text = reply.body
    .toString()
    .replaceAll('ListBucketResult', 'ListVersionsResult')
    .replaceAll('<Contents>', '<Version><VersionId>null</VersionId><IsLatest>true</IsLatest>')
    .replaceAll('</Contents>', '</Version>')
    .replace(/<NextContinuationToken>(.*)<\/NextContinuationToken>/, (_, token: string) => {
      const key = Buffer.from(token, 'base64')
        .toString()
        .replace(/[<>&]/g, (one) => `&#${one.charCodeAt(0)};`);
      return `<NextKeyMarker>${key}</NextKeyMarker><NextVersionIdMarker>null</NextVersionIdMarker>`;
    });
  const { 'content-length': _, ...headers } = reply.headers;
  return { ...reply, headers, body: Buffer.from(text) };
}
