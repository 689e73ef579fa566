import { once } from 'node:events';
import { createServer } from 'node:http';
import { onTestFinished, vi } from 'vitest';
import { createEndpoints } from '../../../functions/registry/endpoints.ts';
import { newToken } from '../../../functions/registry/token.ts';
import { REGION } from '../../../local/environment.ts';
import { allItems, testTables } from '../support.ts';

export const OK = { statusCode: 200 };

/** A stand-in for `@connections`. It records posts and disconnects, and answers 410 for the connection `gone`. */
export async function connections() {
  const posts: { connectionId: string; text: string }[] = [];
  const disconnected: string[] = [];
  const server = createServer(async (call, answer) => {
    const connectionId = decodeURIComponent(call.url?.split('/').at(-1) ?? '');
    const text = (await Array.fromAsync(call)).join('');
    if (connectionId === 'gone') answer.writeHead(410, { 'x-amzn-errortype': 'GoneException' });
    else if (call.method === 'POST') posts.push({ connectionId, text });
    else disconnected.push(connectionId);
    answer.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  return { url: `http://127.0.0.1:${port}/production`, posts, disconnected, close: () => void server.close() };
}

/** Sets the environment variables that the stack gives the function, until `vi.unstubAllEnvs`. */
export function setEnvironment(
  tables: Awaited<ReturnType<typeof testTables>>,
  connectionsUrl: string,
  other: Record<string, string | undefined> = {},
): void {
  const environment = {
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: tables.accessKeyId,
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_DYNAMODB: tables.url,
    AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: connectionsUrl,
    LEDGER_TABLE: tables.ledger,
    REGISTRY_TABLE: tables.registry,
    DEADLINE_MS: '15000',
    ACKNOWLEDGEMENT_PAYLOAD: 'array',
    ALLOWED_CIDRS: 'all',
    JOB_FACT_DAYS: '400',
    IMAGE_FACT_DAYS: 'forever',
    ...other,
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
}

/** The handler from freshly loaded modules, as in a new Lambda worker: it remembers nothing. */
export async function coldHandler(): Promise<(event: unknown) => Promise<unknown>> {
  vi.resetModules();
  const { handler } = await import('../../../functions/ingest/handler.ts');
  return (event) => Reflect.apply(handler, undefined, [event, {}]);
}

const EVENT_TYPES = new Map([
  ['$connect', 'CONNECT'],
  ['$disconnect', 'DISCONNECT'],
]);

/** An event as the gateway hands it to the function. A string becomes the body as it is, anything else as JSON. */
export function event(routeKey: string, body?: unknown, other: object = {}): object {
  const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
  const identity = { sourceIp: '::1' };
  const eventType = EVENT_TYPES.get(routeKey) ?? 'MESSAGE';
  const ids = { connectionId: 'c=', requestId: 'r-1' };
  const requestContext = { routeKey, eventType, ...ids, requestTimeEpoch: Date.now(), identity };
  return {
    ...(text !== undefined && { body: text }),
    isBase64Encoded: false,
    requestContext: { ...requestContext, ...other },
  };
}

/** What the function prints while the test runs. */
function printed(): string[] {
  const lines: string[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    const spy = vi.spyOn(stream, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
    onTestFinished(() => spy.mockRestore());
  }
  return lines;
}

/** A cold handler on tables of its own, and everything that it does to them, to the gateway and to the log. */
export async function load(other: Record<string, string | undefined> = {}) {
  const tables = await testTables();
  const gateway = await connections();
  onTestFinished(gateway.close);
  const lines = printed();
  setEnvironment(tables, gateway.url, other);
  onTestFinished(() => void vi.unstubAllEnvs());
  const invoke = await coldHandler();
  const token = newToken();
  const endpoints = createEndpoints(tables.client, tables.registry);
  const demo = { endpoint: 'demo', primary: 'demo', group: 'demo', priority: 1 };
  const items = (...names: string[]) => Promise.all(names.map((table) => allItems(tables.client, table)));
  return {
    ...gateway,
    ...{ tables, endpoints, token, lines, invoke },
    register: () => endpoints.create(demo, 1, token),
    send: (message: unknown, context?: object) => invoke(event('$default', message, context)),
    facts: () => allItems(tables.client, tables.ledger),
    registry: () => allItems(tables.client, tables.registry),
    everything: async () => JSON.stringify(await items(tables.ledger, tables.records, tables.registry)),
  };
}
