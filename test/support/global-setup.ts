import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { synthesize } from '../../local/stack/synthesize.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of the stack, synthesized once for all tests. */
    assemblyFolder: string;
  }
}

/** Once for all test files: the stack that `cdk deploy` would send. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'nbwatch-test-'));
  await synthesize(folder);
  project.provide('assemblyFolder', folder);
  return async () => rmSync(folder, { recursive: true, force: true });
}
