import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  PutItemCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { SHAPES } from '../../functions/keys/shapes.ts';
import type { Item } from '../../functions/store/items.ts';
import { allItems, must } from '../functions/support.ts';

const describe = async (client: DynamoDBClient, TableName: string) =>
  must((await client.send(new DescribeTableCommand({ TableName }))).Table);

/** The ARN of a table's stream, as `aws dynamodb describe-table` prints it. */
export async function streamOf(client: DynamoDBClient, table: string): Promise<string> {
  return must((await describe(client, table)).LatestStreamArn);
}

/**
 * Makes another table with the keys, indexes and items of one, as a restore does: without a stream. DynamoDB Local
 * cannot restore; `chosen` plays the point in time.
 */
export async function restore(
  from: { client: DynamoDBClient; table: string },
  to: { client: DynamoDBClient; table: string },
  chosen: (item: Item) => boolean = () => true,
): Promise<void> {
  const { KeySchema, AttributeDefinitions, GlobalSecondaryIndexes = [] } = await describe(from.client, from.table);
  await to.client.send(
    new CreateTableCommand({
      ...{ TableName: to.table, BillingMode: 'PAY_PER_REQUEST', KeySchema, AttributeDefinitions },
      GlobalSecondaryIndexes: GlobalSecondaryIndexes.map(({ IndexName, KeySchema, Projection }) => ({
        ...{ IndexName, KeySchema, Projection },
      })),
    }),
  );
  for (const item of (await allItems(from.client, from.table)).filter(chosen))
    await to.client.send(new PutItemCommand({ TableName: to.table, Item: marshall(item) }));
}

/** Switches the stream of a restored table on, and returns its ARN. Earlier items are not in the stream. */
export async function switchOn(client: DynamoDBClient, table: string, of: 'ledger' | 'records'): Promise<string> {
  const StreamSpecification = { StreamEnabled: true, StreamViewType: SHAPES[of].stream };
  await client.send(new UpdateTableCommand({ TableName: table, StreamSpecification }));
  return streamOf(client, table);
}
