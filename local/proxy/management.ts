import { ACCOUNT, REGION } from '../environment.ts';
import { type Asked, Unsupported } from './call.ts';
import type { Incoming } from './http.ts';

/** An `@connections` path, decoded. */
export interface Connection {
  apiId: string;
  stage: string;
  connectionId: string;
}

// Some SDKs send the at sign percent-encoded. A connection id ends in `=` and is sent encoded.
const PATH = /^\/([^/?]+)\/([^/?]+)\/(?:@|%40)connections\/([^/?]+)(?:\?|$)/i;

export function connectionOf(path: string): Connection | undefined {
  const [, apiId, stage, connectionId] = PATH.exec(path) ?? [];
  if (!apiId || !stage || !connectionId) return undefined;
  return { apiId, stage: decodeURIComponent(stage), connectionId: decodeURIComponent(connectionId) };
}

/** The ARN's form is from "Control access to WebSocket APIs with IAM authorization" and aws/aws-cdk issue 18410. */
export function managementRequest(incoming: Incoming, { apiId, stage, connectionId }: Connection): Asked {
  if (!['POST', 'GET', 'DELETE'].includes(incoming.method)) {
    throw new Unsupported(`@connections has no method ${incoming.method}.`);
  }
  const action = 'execute-api:ManageConnections';
  const path = `${apiId}/${stage}/${incoming.method}/@connections/${connectionId}`;
  return {
    service: 'execute-api',
    action,
    needs: [{ action, resource: `arn:aws:execute-api:${REGION}:${ACCOUNT}:${path}` }],
  };
}
