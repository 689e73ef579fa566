import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';

/** The least that a function behind a stream can do with a batch: one put. */
export const onePut = (dynamodb: DynamoDBClient) => async () => {
  const Item = { pk: { S: 'floor' }, sk: { S: 'floor' } };
  await dynamodb.send(new PutItemCommand({ TableName: process.env.RECORDS_TABLE ?? process.env.REGISTRY_TABLE, Item }));
  return { batchItemFailures: [] };
};
