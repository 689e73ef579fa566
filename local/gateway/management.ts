import type { Connection } from './connection.ts';
import { DELETED, MAX_MESSAGE_BYTES } from './limits.ts';

/** An answer of `@connections/{id}`: HTTP status, JSON body, and the name for the `x-amzn-ErrorType` header. */
export interface ManagementAnswer {
  status: number;
  errorType?: string;
  body?: unknown;
}

/** The `@connections` commands of the API Gateway Management API. `data` is the text to send, in UTF-8. */
export interface ManagementApi {
  post(connectionId: string, data: Buffer): Promise<ManagementAnswer>;
  get(connectionId: string): ManagementAnswer;
  delete(connectionId: string): ManagementAnswer;
}

const GONE: ManagementAnswer = { status: 410, errorType: 'GoneException', body: { message: 'Gone' } };
const TOO_LARGE: ManagementAnswer = {
  status: 413,
  errorType: 'PayloadTooLargeException',
  body: { message: 'Payload Too Large' },
};

/** `find` returns a connection only while it is open. */
export function managementApi(find: (connectionId: string) => Connection | undefined): ManagementApi {
  return {
    async post(connectionId, data) {
      if (data.length > MAX_MESSAGE_BYTES) return TOO_LARGE;
      const sent = await find(connectionId)?.send(data, false);
      return sent ? { status: 200 } : GONE;
    },
    get(connectionId) {
      const connection = find(connectionId);
      if (!connection) return GONE;
      const { connectedAt, client } = connection.origin;
      return {
        status: 200,
        body: {
          connectedAt: new Date(connectedAt).toISOString(),
          identity: {
            sourceIp: client.sourceIp,
            ...(client.userAgent === undefined ? {} : { userAgent: client.userAgent }),
          },
          lastActiveAt: new Date(connection.lastActiveAt()).toISOString(),
        },
      };
    },
    delete(connectionId) {
      const connection = find(connectionId);
      if (!connection) return GONE;
      connection.close(DELETED);
      return { status: 204 };
    },
  };
}
