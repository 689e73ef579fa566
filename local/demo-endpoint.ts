import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { endpointFile } from '../cli/endpoint-file.ts';
import { type EndpointFile, parseEndpointFile } from '../client/endpoint-file.ts';
import { createEndpoints } from '../functions/registry/endpoints.ts';
import { newToken } from '../functions/registry/token.ts';
import type { Run } from './run.ts';

/** The only endpoint of the one-machine run, for the primary server `demo`. */
const DEMO = { endpoint: 'demo', primary: 'demo', group: 'demo', priority: 1 };

/** Registers the demo endpoint in a run and returns its file as NetBackup would get it. A given token stays valid. */
export async function registerDemoEndpoint(run: Run, token = newToken()): Promise<EndpointFile> {
  const table = run.deployment.outputs.RegistryTable ?? '';
  await createEndpoints(run.dynamodb, table).create(DEMO, Date.now(), token);
  return endpointFile(DEMO, token, run.endpointUrl);
}

/** The token of an earlier run's endpoint file, so that a client configured with it can still connect. */
export function earlierToken(file: string): string | undefined {
  return existsSync(file) ? parseEndpointFile(readFileSync(file, 'utf8')).token : undefined;
}

/** Writes an endpoint file that only this user can read: it holds a token. */
export function writeEndpointFile(file: string, endpoint: EndpointFile): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(endpoint, undefined, 2)}\n`, { mode: 0o600 });
}
