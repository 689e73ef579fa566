import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import { ExplainedError } from '../explained-error.ts';
import { streamArn } from './attributes.ts';
import type { Deployment, Resolved } from './deployment.ts';

/** Thrown when an earlier run left a table of another shape. */
export class OtherTablesError extends ExplainedError {
  override readonly name = 'OtherTablesError';
}

/** A table as it is in DynamoDB Local. */
export interface LocalTable {
  name: string;
  partitionKey: string;
  /** The ARN of its stream in the template and in DynamoDB Local; undefined without a stream. */
  stream: { arn: string; localArn: string } | undefined;
}

/** Creates the template's tables that are missing. Throws OtherTablesError if one exists in another shape. */
export function createTables(client: DynamoDBClient, deployment: Deployment): Promise<LocalTable[]> {
  return Promise.all(deployment.ofType('AWS::DynamoDB::Table').map((table) => createTable(client, table)));
}

async function createTable(client: DynamoDBClient, { id, properties }: Resolved): Promise<LocalTable> {
  const wanted = tableInput(id, properties);
  const found = (await describeTable(client, id)) ?? (await create(client, wanted));
  if (shapeOf(found) !== shapeOf(wanted)) {
    throw new OtherTablesError(
      `The table ${id} of an earlier run has another shape than the stack's: start with --reset to begin with empty tables.`,
    );
  }
  const partitionKey = wanted.KeySchema?.find(({ KeyType }) => KeyType === 'HASH')?.AttributeName ?? '';
  const localArn = found.LatestStreamArn;
  return { name: id, partitionKey, stream: localArn === undefined ? undefined : { arn: streamArn(id), localArn } };
}

/** Describes a table; undefined if there is none of this name. */
export async function describeTable(client: DynamoDBClient, table: string): Promise<TableDescription | undefined> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName: table }))).Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

async function create(client: DynamoDBClient, input: CreateTableCommandInput): Promise<TableDescription> {
  return (await client.send(new CreateTableCommand(input))).TableDescription ?? {};
}

/** The properties of an `AWS::DynamoDB::Table` have the names of CreateTable's parameters, except the stream's. */
function tableInput(name: string, properties: Record<string, unknown>): CreateTableCommandInput {
  const { KeySchema, AttributeDefinitions, GlobalSecondaryIndexes, BillingMode } =
    properties as Partial<CreateTableCommandInput>;
  const stream = properties.StreamSpecification as { StreamViewType: 'KEYS_ONLY' } | undefined;
  return {
    TableName: name,
    KeySchema,
    AttributeDefinitions,
    GlobalSecondaryIndexes,
    BillingMode,
    ...(stream && { StreamSpecification: { StreamEnabled: true, StreamViewType: stream.StreamViewType } }),
  };
}

/** What must match for old data to be usable: keys, indexes with keys and projections, and the stream's view. */
function shapeOf(table: CreateTableCommandInput | TableDescription): string {
  const indexes = [...(table.GlobalSecondaryIndexes ?? [])].map(({ IndexName, KeySchema, Projection }) =>
    JSON.stringify([IndexName, keys(KeySchema), Projection?.ProjectionType]),
  );
  return JSON.stringify([keys(table.KeySchema), indexes.sort(), table.StreamSpecification?.StreamViewType]);
}

const keys = (schema: TableDescription['KeySchema']) =>
  schema?.map(({ AttributeName, KeyType }) => `${KeyType} ${AttributeName}`);
