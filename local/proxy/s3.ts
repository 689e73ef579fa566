import { type Asked, type Need, Unsupported } from './call.ts';
import { header, type Incoming } from './http.ts';

/** Query parameters that do not change the permission. */
const PLAIN = new Set(
  'x-id list-type prefix delimiter max-keys continuation-token start-after marker encoding-type fetch-owner partNumber'.split(
    ' ',
  ),
);

/** Headers of a PutObject that need another permission. */
const extras: ReadonlyMap<string, string> = new Map([
  ['x-amz-object-lock-mode', 's3:PutObjectRetention'],
  ['x-amz-object-lock-retain-until-date', 's3:PutObjectRetention'],
  ['x-amz-object-lock-legal-hold', 's3:PutObjectLegalHold'],
  ['x-amz-tagging', 's3:PutObjectTagging'],
  ['x-amz-acl', 's3:PutObjectAcl'],
]);

/** Path style, `/BUCKET/KEY`. The action follows from the method and the query. */
export function s3Request(incoming: Incoming): Asked {
  const [path = '', search] = incoming.path.split('?');
  const [, bucket, key] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
  const query = new URLSearchParams(search);
  for (const name of query.keys()) {
    if (PLAIN.has(name) || /^(X-Amz-|response-)/.test(name)) continue;
    if (name === 'uploads' || name === 'uploadId' || name === 'versionId') continue;
    throw new Unsupported(`s3 ${incoming.method} with ?${name} is not supported.`);
  }
  const needs = key
    ? objectNeeds(incoming, query, bucket ?? '', decodeURIComponent(key))
    : bucketNeeds(incoming, bucket);
  return { service: 's3', action: needs[0]?.action ?? 's3:*', needs };
}

function objectNeeds(incoming: Incoming, query: URLSearchParams, bucket: string, key: string): Need[] {
  const version = query.has('versionId') ? 'Version' : '';
  const actions = {
    GET: query.has('uploadId') ? 's3:ListMultipartUploadParts' : `s3:GetObject${version}`,
    HEAD: `s3:GetObject${version}`,
    PUT: 's3:PutObject',
    POST: 's3:PutObject',
    DELETE: query.has('uploadId') ? 's3:AbortMultipartUpload' : `s3:DeleteObject${version}`,
  };
  const action = lookup(actions, incoming.method);
  if (header(incoming, 'x-amz-copy-source')) throw new Unsupported('s3 CopyObject is not supported.');
  const more = [...extras].filter(([name]) => header(incoming, name) !== undefined).map(([, extra]) => extra);
  return [...new Set([action, ...more])].map((each) => ({ action: each, resource: `arn:aws:s3:::${bucket}/${key}` }));
}

function bucketNeeds(incoming: Incoming, bucket: string | undefined): Need[] {
  if (!bucket) return [{ action: 's3:ListAllMyBuckets', resource: '*' }];
  const actions = { GET: 's3:ListBucket', HEAD: 's3:ListBucket', PUT: 's3:CreateBucket', DELETE: 's3:DeleteBucket' };
  return [{ action: lookup(actions, incoming.method), resource: `arn:aws:s3:::${bucket}` }];
}

function lookup(actions: Record<string, string>, method: string): string {
  const action = actions[method];
  if (!action) throw new Unsupported(`s3 ${method} is not supported here.`);
  return action;
}
