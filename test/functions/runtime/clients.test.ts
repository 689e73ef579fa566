import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { expect, it, onTestFinished } from 'vitest';
import { HASTY, PATIENT } from '../../../functions/runtime/clients.ts';
import { HOST, REGION } from '../../../local/environment.ts';

it.each([
  ['made while NetBackup waits', HASTY],
  ['made behind the stream', PATIENT],
])(
  'times out within 10 seconds a call %s whose answer never comes',
  async (_, options) => {
    const silent = createServer(() => {}).listen(0, HOST);
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const client = new DynamoDBClient({
      ...options,
      maxAttempts: 1,
      region: REGION,
      endpoint: `http://${HOST}:${port}`,
      credentials: { accessKeyId: 'test', secretAccessKey: 'local' },
    });
    onTestFinished(() => {
      client.destroy();
      silent.closeAllConnections();
      silent.close();
    });
    await expect(client.send(new ListTablesCommand())).rejects.toMatchObject({ name: 'TimeoutError' });
  },
  10_000,
);
