import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type EndpointFile, parseEndpointFile } from '../client/endpoint-file.ts';
import { endpointItems } from '../functions/registry/endpoint.ts';
import { newToken, tokenHash } from '../functions/registry/token.ts';
import { putIfAbsent } from '../functions/store/items.ts';
import type { Run } from './run.ts';

/** The one endpoint of the one-machine run: a way in for the primary `demo`. */
const DEMO = { endpoint: 'demo', primary: 'demo' };

/** Registers the demo endpoint in a run and returns its file as NetBackup would get it. A given token goes on being good. */
export async function registerDemoEndpoint(run: Run, token = newToken()): Promise<EndpointFile> {
  const table = run.deployment.outputs.RegistryTable ?? '';
  for (const item of endpointItems(DEMO, tokenHash(token), Date.now())) await putIfAbsent(run.dynamodb, table, item);
  return { token, priority: 1, groupId: DEMO.endpoint, hostName: DEMO.endpoint, url: run.endpointUrl };
}

/** The token of the demo endpoint's file of an earlier run, so that what was configured with it still connects. */
export function earlierToken(file: string): string | undefined {
  return existsSync(file) ? parseEndpointFile(readFileSync(file, 'utf8')).token : undefined;
}

/** Writes an endpoint file that only this user can read: it holds a token. */
export function writeEndpointFile(file: string, endpoint: EndpointFile): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(endpoint, undefined, 2)}\n`, { mode: 0o600 });
}
