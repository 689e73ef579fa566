import { Agent, request } from 'node:http';
import { errorReply } from './answers.ts';
import { type Service, Unsupported } from './call.ts';
import { withAccessKey } from './caller.ts';
import { header, type Incoming, type Reply } from './http.ts';
import { connectionOf } from './management.ts';

/** The gateway's answer to an `@connections` call. `errorType` is the exception's name, e.g. `GoneException`. */
export interface Answer {
  status: number;
  errorType?: string;
  body?: unknown;
}

/** The connections of one API's stage. */
export interface Management {
  post(connectionId: string, data: Buffer): Promise<Answer>;
  get(connectionId: string): Answer;
  delete(connectionId: string): Answer;
}

export interface Backends {
  /** All calls are made with this access key id, so that everybody sees the same database. */
  dynamodb: { url: string; accessKeyId: string };
  /** SNS, SQS and S3. */
  fauxqs?: { url: string };
  management?: (apiId: string, stage: string) => Management | undefined;
}

export interface Forwarder {
  /** Rejects when the backend cannot be reached. */
  forward(service: Service, incoming: Incoming): Promise<Reply>;
  close(): void;
}

/** Hop-by-hop headers, which are not forwarded. The body is sent whole, so its framing is set again. */
const HOP = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'expect',
  'content-length',
  'upgrade',
  'te',
  'trailer',
]);

export function forwarder(backends: Backends): Forwarder {
  // Drops idle connections before a backend does: a call on a connection that the backend is closing would fail.
  const agent = new Agent({ keepAlive: true, timeout: 3_000 });
  return {
    async forward(service, incoming) {
      if (service === 'execute-api') return manage(backends, incoming);
      if (service === 'dynamodb') return send(agent, backends.dynamodb.url, oneDatabase(incoming, backends.dynamodb));
      if (!backends.fauxqs) throw new Unsupported(`This run has no ${service}.`);
      return send(agent, backends.fauxqs.url, incoming);
    },
    close: () => agent.destroy(),
  };
}

function oneDatabase(incoming: Incoming, { accessKeyId }: Backends['dynamodb']): Incoming {
  const authorization = header(incoming, 'authorization');
  if (authorization === undefined) return incoming;
  return { ...incoming, headers: { ...incoming.headers, authorization: withAccessKey(authorization, accessKeyId) } };
}

function send(agent: Agent, url: string, { method, path, headers, body }: Incoming): Promise<Reply> {
  const { hostname, port } = new URL(url);
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP.has(name)));
  return new Promise((resolve, reject) => {
    const outgoing = request({
      agent,
      hostname,
      port,
      method,
      path,
      headers: { ...kept, 'content-length': body.length },
    });
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const answered = Object.entries(response.headersDistinct).filter(([name]) => !HOP.has(name));
        // An answer to HEAD has no body. Its length is the object's.
        const length = method === 'HEAD' ? (response.headers['content-length'] ?? '0') : undefined;
        resolve({
          status: response.statusCode ?? 502,
          headers: Object.fromEntries([
            ...answered.map(([name, values]): [string, string[]] => [name, values ?? []]),
            ...(length === undefined ? [] : [['content-length', length] as const]),
          ]),
          body: Buffer.concat(chunks),
        });
      });
    });
    outgoing.end(body);
  });
}

async function manage(backends: Backends, { method, path, body }: Incoming): Promise<Reply> {
  const connection = connectionOf(path);
  const management = connection && backends.management?.(connection.apiId, connection.stage);
  // API Gateway's answer for an API or stage that does not exist.
  if (!management) return errorReply('execute-api', 403, 'ForbiddenException', 'Forbidden');
  const { connectionId } = connection;
  const answers: Record<string, () => Answer | Promise<Answer>> = {
    POST: () => management.post(connectionId, body),
    GET: () => management.get(connectionId),
    DELETE: () => management.delete(connectionId),
  };
  const answer = await answers[method]?.();
  if (!answer) throw new Unsupported(`@connections has no method ${method}.`);
  const content = answer.body === undefined ? '' : JSON.stringify(answer.body);
  return {
    status: answer.status,
    headers: {
      ...(content === '' ? {} : { 'content-type': 'application/json' }),
      ...(answer.errorType === undefined ? {} : { 'x-amzn-errortype': answer.errorType }),
    },
    body: Buffer.from(content),
  };
}
