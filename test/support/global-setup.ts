import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { synthesize } from '../../local/stack/synthesize.ts';
import { lendDatabases } from './database-pool.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of the stack, which is synthesized once for all tests. */
    assemblyFolder: string;
    /** The URL where a test file asks for a DynamoDB Local. */
    databasePool: string;
  }
}

/** Prepares, once for all test files, the stack that `cdk deploy` would send, and the databases. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'nbwatch-test-'));
  await synthesize(folder);
  project.provide('assemblyFolder', folder);
  const pool = await lendDatabases();
  project.provide('databasePool', pool.url);
  return async () => {
    await pool.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}
