import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startDynamoDbLocal } from '../../local/dynamodb/dynamodb-local.ts';
import { synthesize } from '../../local/stack/synthesize.ts';

declare module 'vitest' {
  interface ProvidedContext {
    dynamodbUrl: string;
    /** The folder of the stack, synthesized once for all tests. */
    assemblyFolder: string;
  }
}

/** Once for all test files: AWS's DynamoDB Local, and the stack that `cdk deploy` would send. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'nbwatch-test-'));
  const [dynamodb] = await Promise.all([startDynamoDbLocal(), synthesize(folder)]);
  project.provide('dynamodbUrl', dynamodb.url);
  project.provide('assemblyFolder', folder);
  return async () => {
    await dynamodb.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}
