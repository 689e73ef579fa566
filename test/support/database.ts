import { randomBytes } from 'node:crypto';
import { CreateTableCommand, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { inject } from 'vitest';
import { REGION } from '../../local/environment.ts';
import type { GivenBack } from './database-pool.ts';
import { forEachFile } from './each-file.ts';

/** A DynamoDB Local for this test file alone, until the file ends. */
let url = await askPool();
let databases = 0;
forEachFile({
  async begin() {
    url = await askPool();
    databases = 0;
  },
  end: async () => void (await askPool({ url, databases })),
});

async function askPool(given?: GivenBack): Promise<string> {
  const response = await fetch(inject('databasePool'), { method: 'POST', body: given ? JSON.stringify(given) : '' });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text;
}

/** A separate database in DynamoDB Local, which keeps one for each access key id. */
export interface TestDatabase {
  url: string;
  accessKeyId: string;
  client: DynamoDBClient;
  streams: DynamoDBStreamsClient;
  /** Creates a table with the keys `pk` and `sk`, and returns the ARN of its stream. */
  createTable(name: string): Promise<string>;
}

export function testDatabase(): TestDatabase {
  databases += 1;
  const accessKeyId = `test${randomBytes(8).toString('hex')}`;
  const config = { region: REGION, endpoint: url, credentials: { accessKeyId, secretAccessKey: 'local' } };
  const client = new DynamoDBClient(config);
  return {
    url,
    accessKeyId,
    client,
    streams: new DynamoDBStreamsClient(config),
    async createTable(name) {
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
  };
}
