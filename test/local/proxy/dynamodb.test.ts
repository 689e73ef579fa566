import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  ExecuteStatementCommand,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Call } from '../../../local/proxy/call.ts';
import type { Statement } from '../../../local/proxy/iam.ts';
import { testDatabase } from '../../support/database.ts';
import { as, EVERYTHING, proxyFor, refusal, roles } from './setup.ts';

const ARN = 'arn:aws:dynamodb:us-east-1:000000000000:table';
const tables = new Map([['Ledger', { partitionKey: 'pk' }]]);

const local = testDatabase();
let stream: string;

const direct = () => new DynamoDBClient(as(local.accessKeyId, local));
beforeEach(async () => {
  const keys = (pk: string, sk: string) => [
    { AttributeName: pk, KeyType: 'HASH' as const },
    { AttributeName: sk, KeyType: 'RANGE' as const },
  ];
  const created = await direct().send(
    new CreateTableCommand({
      TableName: 'Ledger',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: keys('pk', 'sk'),
      AttributeDefinitions: ['pk', 'sk', 'day'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      GlobalSecondaryIndexes: [
        { IndexName: 'ByDay', KeySchema: keys('day', 'sk'), Projection: { ProjectionType: 'ALL' } },
      ],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
    }),
  );
  stream = created.TableDescription?.LatestStreamArn ?? '';
});
afterEach(async () => {
  await direct().send(new DeleteTableCommand({ TableName: 'Ledger' }));
});

const item = (pk: string, sk = '1') => ({ pk: { S: pk }, sk: { S: sk }, day: { S: '2026-01-01' } });
const put = (pk = 'a', TableName = 'Ledger') => new PutItemCommand({ TableName, Item: item(pk) });
const query = (pk: string) =>
  new QueryCommand({
    TableName: 'Ledger',
    KeyConditionExpression: '#p = :pk AND sk >= :sk',
    ExpressionAttributeNames: { '#p': 'pk' },
    ExpressionAttributeValues: { ':pk': { S: pk }, ':sk': { S: '0' } },
  });

/** A proxy in front of the database, whose role `Writer` has these statements. */
async function database(...statements: Statement[]) {
  const denied: [Call, string][] = [];
  const proxy = await proxyFor({
    roles: roles({ Writer: statements, Reader: [EVERYTHING] }),
    backends: { dynamodb: { url: local.url, accessKeyId: local.accessKeyId } },
    tables,
    onDenied: (call, why) => denied.push([call, why]),
  });
  const writer = new DynamoDBClient(as('Writer', proxy));
  return { proxy, denied, writer, reader: new DynamoDBClient(as('Reader', proxy)) };
}
const allow = (Action: string | string[], Resource: string | string[] = `${ARN}/Ledger`): Statement => ({
  Effect: 'Allow',
  Action,
  Resource,
});
const whoseKeysAre = (...keys: string[]): Partial<Statement> => ({
  Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': keys } },
});

describe('the database behind the proxy', () => {
  test('roles, and people of any Region, see what another role wrote', async () => {
    const { proxy, writer, reader } = await database(EVERYTHING);
    await writer.send(put());
    const person = new DynamoDBClient({ ...as('AKIAPERSON', proxy), region: 'eu-west-1' });
    for (const client of [reader, person, direct()]) {
      const { Item } = await client.send(
        new GetItemCommand({ TableName: 'Ledger', Key: { pk: { S: 'a' }, sk: { S: '1' } } }),
      );
      expect(Item?.pk).toEqual({ S: 'a' });
    }
  });

  test('an answer of DynamoDB Local comes back unchanged, with its checksum and its ARNs', async () => {
    const { proxy } = await database(EVERYTHING);
    const ask = async (url: string, accessKeyId: string) => {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-amz-json-1.0',
          'x-amz-target': 'DynamoDB_20120810.DescribeTable',
          authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0`,
        },
        body: '{"TableName":"Ledger"}',
      });
      const kept = [...response.headers].filter(([name]) => !/^(date|connection|.*requestid)$/.test(name));
      return { status: response.status, headers: kept, body: await response.text() };
    };
    const answer = await ask(proxy.url, 'Writer');
    expect(answer).toEqual(await ask(local.url, local.accessKeyId));
    expect(answer.body).toContain('arn:aws:dynamodb:ddblocal:');
    expect(Object.fromEntries(answer.headers)).toHaveProperty('x-amz-crc32');
  });

  test('an error comes back whole, with the item of a failed condition', async () => {
    const { writer } = await database(EVERYTHING);
    await writer.send(put());
    const conditional = {
      ConditionExpression: 'attribute_not_exists(pk)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    } as const;
    const again = writer.send(new PutItemCommand({ TableName: 'Ledger', Item: item('a'), ...conditional }));
    await expect(again).rejects.toMatchObject({ name: 'ConditionalCheckFailedException', Item: item('a') });
  });

  test('a table may be named by its ARN', async () => {
    const { proxy, writer } = await database(allow('dynamodb:PutItem'));
    await writer.send(put('a', `${ARN}/Ledger`));
    await writer.send(put('a', `${ARN}/Ledger`.replace('us-east-1', 'ddblocal')));
    expect(proxy.calls().map(({ resource }) => resource)).toEqual([`${ARN}/Ledger`, `${ARN}/Ledger`]);
  });
});

describe('permissions', () => {
  test('a call that the role may not make is refused as DynamoDB refuses it, and is not made', async () => {
    const { denied, writer, reader } = await database(allow('dynamodb:Query'));
    const message = `User: arn:aws:sts::000000000000:assumed-role/Writer/worker-1 is not authorized to perform: dynamodb:PutItem on resource: ${ARN}/Ledger because no identity-based policy allows the dynamodb:PutItem action`;
    expect(await refusal(writer.send(put()))).toEqual({ name: 'AccessDeniedException', message, status: 400 });
    expect(denied).toEqual([
      [
        {
          n: 1,
          role: 'Writer',
          worker: 'worker-1',
          service: 'dynamodb',
          action: 'dynamodb:PutItem',
          resource: `${ARN}/Ledger`,
          needs: [{ action: 'dynamodb:PutItem', resource: `${ARN}/Ledger`, leadingKeys: ['a'] }],
        },
        'because no identity-based policy allows the dynamodb:PutItem action',
      ],
    ]);
    expect((await reader.send(query('a'))).Count).toBe(0);
  });

  test('a person may do everything, and their calls are not counted', async () => {
    const { proxy } = await database();
    await new DynamoDBClient(as('AKIAPERSON', proxy)).send(put());
    expect(proxy.calls()).toEqual([]);
  });

  test('a Query on an index needs permission on the index; permission on the table is not enough', async () => {
    const onIndex = new QueryCommand({
      TableName: 'Ledger',
      IndexName: 'ByDay',
      KeyConditionExpression: '#d = :d',
      ExpressionAttributeNames: { '#d': 'day' },
      ExpressionAttributeValues: { ':d': { S: '2026-01-01' } },
    });
    const { writer } = await database(allow('dynamodb:Query'));
    expect((await refusal(writer.send(onIndex))).message).toContain(`${ARN}/Ledger/index/ByDay`);
    const indexed = await database(allow('dynamodb:Query', `${ARN}/Ledger/index/*`));
    expect((await indexed.writer.send(onIndex)).Count).toBe(0);
  });

  test('an operation without a resource needs permission on *', async () => {
    const { writer } = await database(allow('dynamodb:ListTables', `${ARN}/*`));
    expect((await refusal(writer.send(new ListTablesCommand({})))).name).toBe('AccessDeniedException');
    const { writer: lister } = await database(allow('dynamodb:ListTables', '*'));
    expect((await lister.send(new ListTablesCommand({}))).TableNames).toEqual(['Ledger']);
  });

  test('a transaction needs permission for each member, and is refused whole when one is missing', async () => {
    const transaction = new TransactWriteItemsCommand({
      TransactItems: [
        { Put: { TableName: 'Ledger', Item: item('a') } },
        {
          ConditionCheck: {
            TableName: 'Ledger',
            Key: { pk: { S: 'b' }, sk: { S: '1' } },
            ConditionExpression: 'attribute_not_exists(pk)',
          },
        },
      ],
    });
    const { writer, reader } = await database(allow(['dynamodb:PutItem', 'dynamodb:TransactWriteItems']));
    expect((await refusal(writer.send(transaction))).message).toContain('perform: dynamodb:ConditionCheckItem on');
    expect((await reader.send(query('a'))).Count).toBe(0);

    const complete = await database(allow(['dynamodb:PutItem', 'dynamodb:ConditionCheckItem']));
    await complete.writer.send(transaction);
    expect((await reader.send(query('a'))).Count).toBe(1);
    expect(complete.proxy.calls()).toMatchObject([
      { action: 'dynamodb:TransactWriteItems', resource: `${ARN}/Ledger` },
    ]);
  });

  test('a batch needs the permission for batches on every table that it touches', async () => {
    const requests = [{ PutRequest: { Item: item('a') } }];
    const batch = new BatchWriteItemCommand({ RequestItems: { Ledger: requests, Records: requests } });
    const { writer } = await database(allow('dynamodb:BatchWriteItem'));
    expect((await refusal(writer.send(batch))).message).toContain(`${ARN}/Records because`);
    await writer.send(new BatchWriteItemCommand({ RequestItems: { Ledger: requests } }));
  });

  test('PartiQL is refused as unsupported', async () => {
    const { writer } = await database(EVERYTHING);
    const sql = writer.send(new ExecuteStatementCommand({ Statement: 'SELECT * FROM Ledger' }));
    expect(await refusal(sql)).toMatchObject({ name: 'UnsupportedOnOneMachine', status: 400 });
  });

  test('a stream is read with the permissions on its ARN in the Region of the run', async () => {
    const read = async (client: DynamoDBStreamsClient) => {
      const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamArn: stream }));
      const ShardId = StreamDescription?.Shards?.[0]?.ShardId;
      const from = { StreamArn: stream, ShardId, ShardIteratorType: 'TRIM_HORIZON' as const };
      const { ShardIterator } = await client.send(new GetShardIteratorCommand(from));
      return (await client.send(new GetRecordsCommand({ ShardIterator }))).Records;
    };
    const actions = ['dynamodb:DescribeStream', 'dynamodb:GetShardIterator'];
    const { proxy, reader } = await database(allow([...actions, 'dynamodb:GetRecords'], `${ARN}/Ledger/stream/*`));
    await reader.send(put());
    expect(await read(new DynamoDBStreamsClient(as('Writer', proxy)))).toHaveLength(1);

    const { proxy: without } = await database(allow(actions, `${ARN}/Ledger/stream/*`));
    const failed = await refusal(read(new DynamoDBStreamsClient(as('Writer', without))));
    expect(failed.message).toContain('perform: dynamodb:GetRecords');
  });
});

describe('leading keys', () => {
  const own = (action: string, resource?: string) => ({ ...allow(action, resource), ...whoseKeysAre('canary') });

  test('a put, a get and a query pass in the listed partition, and are denied in another', async () => {
    const { writer } = await database(own('dynamodb:*'));
    await writer.send(put('canary'));
    expect((await writer.send(query('canary'))).Count).toBe(1);
    const get = (pk: string) => new GetItemCommand({ TableName: 'Ledger', Key: { pk: { S: pk }, sk: { S: '1' } } });
    await writer.send(get('canary'));
    for (const call of [
      () => writer.send(put('nbu1')),
      () => writer.send(query('nbu1')),
      () => writer.send(get('nbu1')),
    ]) {
      expect((await refusal(call())).name).toBe('AccessDeniedException');
    }
  });

  test('a Query passes whatever sort key it asks for', async () => {
    const { writer } = await database(own('dynamodb:Query'));
    const exact = new QueryCommand({
      TableName: 'Ledger',
      KeyConditionExpression: 'pk = :pk AND sk = :sk',
      ExpressionAttributeValues: { ':pk': { S: 'canary' }, ':sk': { S: 'other' } },
    });
    expect((await writer.send(exact)).Count).toBe(0);
  });

  test('a batch passes only when each of its keys is listed', async () => {
    const { writer } = await database(own('dynamodb:BatchWriteItem'));
    const batch = (...items: string[]) =>
      new BatchWriteItemCommand({
        RequestItems: {
          Ledger: items.map((pk, n) =>
            n === 0
              ? { PutRequest: { Item: item(pk) } }
              : { DeleteRequest: { Key: { pk: { S: pk }, sk: { S: '2' } } } },
          ),
        },
      });
    await writer.send(batch('canary', 'canary'));
    expect((await refusal(writer.send(batch('canary', 'nbu1')))).name).toBe('AccessDeniedException');
    expect((await refusal(writer.send(batch('nbu1', 'canary')))).name).toBe('AccessDeniedException');
  });

  test('a Query on an index passes or is denied by the value of the index’s key', async () => {
    const { writer } = await database({
      ...allow('dynamodb:Query', `${ARN}/Ledger/index/ByDay`),
      ...whoseKeysAre('2026-01-01'),
    });
    const byDay = (day: string) =>
      new QueryCommand({
        TableName: 'Ledger',
        IndexName: 'ByDay',
        KeyConditions: { day: { ComparisonOperator: 'EQ', AttributeValueList: [{ S: day }] } },
      });
    expect((await writer.send(byDay('2026-01-01'))).Count).toBe(0);
    expect((await refusal(writer.send(byDay('2026-01-02')))).name).toBe('AccessDeniedException');
  });
});
