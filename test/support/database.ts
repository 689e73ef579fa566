import { randomBytes } from 'node:crypto';
import { CreateTableCommand, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { afterAll } from 'vitest';
import { startDynamoDbLocal } from '../../local/dynamodb/dynamodb-local.ts';
import { REGION } from '../../local/environment.ts';

/*
 * A DynamoDB Local for each test file that needs one. A process keeps some threads busy for each database that it ever had: one for all
 * tests had hundreds in the end, and took half of the machine for them.
 */
const { url, stop } = await startDynamoDbLocal();
afterAll(stop);

/** A database of its own in DynamoDB Local: it keeps one for each access key id. */
export interface TestDatabase {
  url: string;
  accessKeyId: string;
  client: DynamoDBClient;
  streams: DynamoDBStreamsClient;
  /** Makes a table with the keys `pk` and `sk`, and returns the ARN of its stream. */
  createTable(name: string): Promise<string>;
}

export function testDatabase(): TestDatabase {
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
