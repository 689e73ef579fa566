import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { testDatabase } from '../../support/database.ts';

export interface Database {
  client: DynamoDBClient;
  streams: DynamoDBStreamsClient;
  /** Makes a table with the keys `pk` and `sk` and returns the ARN of its stream. */
  table(name: string): Promise<string>;
  put(table: string, pk: string, sk: string, more?: Record<string, { S: string } | { B: Uint8Array }>): Promise<void>;
  update(table: string, pk: string, sk: string, value: string): Promise<void>;
}

/** An empty database, separate from every other. */
export function database(): Database {
  const { client, streams, createTable } = testDatabase();
  return {
    client,
    streams,
    table: createTable,
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
