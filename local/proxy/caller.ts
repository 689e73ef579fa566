import { REGION } from '../environment.ts';
import { header, type Incoming } from './http.ts';

/**
 * Who calls. `scope`: the service in the credential scope of Signature Version 4
 * (`KEY/DATE/REGION/SERVICE/aws4_request`).
 */
export interface Caller {
  accessKeyId: string | undefined;
  scope: string | undefined;
  /** The session token: the worker's id, or empty. */
  worker: string;
}

const CREDENTIAL = /Credential=([^/,\s]+)\/([^/,\s]+)\/([^/,\s]+)\/([^/,\s]+)\//;

/** Reads the `Authorization` header, or the query of a presigned URL. Signatures are not checked. */
export function callerOf(incoming: Incoming): Caller {
  const query = new URLSearchParams(incoming.path.split('?')[1]);
  const signed = header(incoming, 'authorization') ?? `Credential=${query.get('X-Amz-Credential')}`;
  const [, accessKeyId, , , scope] = CREDENTIAL.exec(signed) ?? [];
  const worker = header(incoming, 'x-amz-security-token') ?? query.get('X-Amz-Security-Token') ?? '';
  return { accessKeyId, scope, worker };
}

/**
 * The same `Authorization` header with another access key id, in the run's Region. DynamoDB Local keeps a database for
 * each access key id and Region, so without this no caller would see what another wrote.
 */
export function withAccessKey(authorization: string, accessKeyId: string): string {
  return authorization.replace(
    CREDENTIAL,
    (_, _key, date, _region, service) => `Credential=${accessKeyId}/${date}/${REGION}/${service}/`,
  );
}
