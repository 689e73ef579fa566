import { once } from 'node:events';
import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { HOST } from '../../local/environment.ts';
import { type Charge, chargesOf, isBilled, type Place, placeOf } from './charges.ts';

/** A proxy in front of DynamoDB Local that asks with each call what it used. */
export interface Meter {
  url: string;
  stop(): Promise<void>;
}

/** Called for each call of a function: whose worker made it, and what it is billed for. */
export type OnCall = (worker: string, charges: Charge[], place: Place | undefined) => void;

export async function startMeter(backend: string, onCall: OnCall): Promise<Meter> {
  // A new connection for each call: if DynamoDB Local ended a connection just as it is reused, the call would be lost.
  const agent = new Agent({ keepAlive: false });
  const pass = async (incoming: IncomingMessage, response: ServerResponse) => {
    const [api, operation = ''] = String(incoming.headers['x-amz-target'] ?? '').split('.');
    const body = await bytesOf(incoming);
    // Lambda's session token, which here is the name of the worker. A caller that is not a function has none.
    const worker = incoming.headers['x-amz-security-token'];
    const billed = api === 'DynamoDB_20120810' && worker !== undefined && isBilled(operation);
    const asked = billed ? JSON.parse(body.toString()) : undefined;
    const sent = billed ? Buffer.from(JSON.stringify({ ...asked, ReturnConsumedCapacity: 'INDEXES' })) : body;
    const { status, headers, answer } = await forward(agent, backend, incoming, sent);
    if (billed && !isRetry(incoming.headers))
      onCall(String(worker), chargesOf(operation, asked, JSON.parse(answer.toString())), placeOf(asked));
    response.writeHead(status, { ...headers, 'content-length': String(answer.length) });
    response.end(answer);
  };
  // If a call cannot be passed on, as when the database ends, it gets no answer, and its caller tries again.
  const server = createServer((incoming, response) => void pass(incoming, response).catch(() => response.destroy()));
  server.keepAliveTimeout = 0;
  server.listen(0, HOST);
  await once(server, 'listening');
  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}`,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
      agent.destroy();
    },
  };
}

/**
 * A retry because this machine was slow to answer: DynamoDB would have answered the first attempt, which is counted.
 */
const isRetry = (headers: IncomingHttpHeaders) => /attempt=([2-9]|\d\d)/.test(String(headers['amz-sdk-request']));

interface Answered {
  status: number;
  headers: IncomingHttpHeaders;
  answer: Buffer;
}

function forward(agent: Agent, backend: string, incoming: IncomingMessage, body: Buffer): Promise<Answered> {
  const { host: _, connection: __, 'transfer-encoding': ___, ...kept } = incoming.headers;
  const headers = { ...kept, 'content-length': String(body.length) };
  return new Promise((resolve, reject) => {
    const outgoing = request(backend, { agent, method: incoming.method, path: incoming.url, headers });
    outgoing.on('error', reject);
    outgoing.on('response', async (response) => {
      const { connection: _, 'keep-alive': __, 'transfer-encoding': ___, ...answered } = response.headers;
      resolve({ status: response.statusCode ?? 502, headers: answered, answer: await bytesOf(response) });
    });
    outgoing.end(body);
  });
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}
