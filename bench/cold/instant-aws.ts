import { createServer, type IncomingMessage } from 'node:http';
import { marshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import { connectionItem, endpointItem } from '../../functions/registry/endpoint.ts';
import { tokenHash } from '../../functions/registry/token.ts';
import { HOST } from '../../local/environment.ts';
import { freePort } from '../../local/ports.ts';

/** The one connection that the endpoints know. */
export const CONNECTION = 'cold';

/** DynamoDB and `@connections` that answer at once: every write succeeds, and one connection is known. */
export interface InstantAws {
  url: string;
  /** Resolves with the time (performance.now()) at which the next message for a connection arrives. */
  nextPost(): Promise<number>;
  stop(): Promise<void>;
}

const getItem = v.object({ Key: v.object({ pk: v.object({ S: v.string() }) }) });

export async function startInstantAws(): Promise<InstantAws> {
  let post = Promise.withResolvers<number>();
  const items = registryItems(Date.now());
  const server = createServer(async (request, response) => {
    const target = String(request.headers['x-amz-target'] ?? '');
    if (target === '') post.resolve(performance.now());
    const body = await textOf(request);
    const found = target.endsWith('.GetItem') ? items.get(v.parse(getItem, JSON.parse(body)).Key.pk.S) : undefined;
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    response.end(target === '' ? '' : JSON.stringify(found ? { Item: found } : {}));
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, HOST, resolve));
  return {
    url: `http://${HOST}:${port}`,
    nextPost() {
      post = Promise.withResolvers();
      return post.promise;
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** What `ingest` asks the Registry for, by partition key: the connection, and its endpoint. */
function registryItems(at: number): Map<string, unknown> {
  const names = { endpoint: 'bench', primary: 'bench', tokenHash: tokenHash('bench') };
  const connection = connectionItem({ ...names, connectionId: CONNECTION, sourceIp: HOST, openedAt: at, heardAt: at });
  const endpoint = endpointItem({ ...names, group: 'bench', priority: 1, createdAt: at, tokenUsedAt: at });
  const key = v.object({ pk: v.string() });
  return new Map([connection, endpoint].map((item) => [v.parse(key, item).pk, marshall(item)]));
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}
