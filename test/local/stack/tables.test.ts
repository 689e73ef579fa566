import { PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { readDeployment } from '../../../local/stack/deployment.ts';
import { createTables } from '../../../local/stack/tables.ts';
import type { Template } from '../../../local/template/template.ts';
import { changedAssembly, resourceOf } from '../../support/changed-assembly.ts';
import { testDatabase } from '../../support/database.ts';

const deploymentOf = (change: (template: Template) => void = () => {}) => readDeployment(changedAssembly(change));
const records = (template: Template) => resourceOf(template, 'AWS::DynamoDB::Table', 'StoresRecords').Properties;

describe('the tables of an earlier run', () => {
  it('are used again, with their items and their streams', async () => {
    const { client } = testDatabase();
    const deployment = deploymentOf();
    const made = await createTables(client, deployment);
    const [first] = made;
    const Item = { pk: { S: 'job#demo#1' }, sk: { S: '1#DONE#0' } };
    await client.send(new PutItemCommand({ TableName: first?.name, Item }));
    expect(await createTables(client, deployment)).toEqual(made);
    expect((await client.send(new ScanCommand({ TableName: first?.name }))).Items).toEqual([Item]);
  });

  it.each<[string, (properties: Record<string, unknown>) => void]>([
    [
      'an index less',
      (properties) => {
        delete properties.GlobalSecondaryIndexes;
        properties.AttributeDefinitions = [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: 'S' },
        ];
      },
    ],
    [
      'an index with another key',
      (properties) => {
        const Projection = { ProjectionType: 'KEYS_ONLY' };
        const KeySchema = [{ AttributeName: 'pending', KeyType: 'HASH' }];
        properties.GlobalSecondaryIndexes = [{ IndexName: 'pending', KeySchema, Projection }];
      },
    ],
    [
      'an index with other attributes',
      (properties) => {
        const [index] = properties.GlobalSecondaryIndexes as object[];
        properties.GlobalSecondaryIndexes = [{ ...index, Projection: { ProjectionType: 'ALL' } }];
      },
    ],
    [
      'another view of the stream',
      (properties) => {
        properties.StreamSpecification = { StreamViewType: 'NEW_IMAGE' };
      },
    ],
    ['no stream', (properties) => delete properties.StreamSpecification],
    [
      'another key',
      (properties) => {
        properties.KeySchema = [{ AttributeName: 'pk', KeyType: 'HASH' }];
      },
    ],
  ])('are refused with the advice of --reset when the stack’s table has %s', async (_, change) => {
    const { client } = testDatabase();
    await createTables(client, deploymentOf());
    const changed = createTables(
      client,
      deploymentOf((template) => change(records(template))),
    );
    await expect(changed).rejects.toMatchObject({
      name: 'OtherTablesError',
      message: expect.stringMatching(/^The table StoresRecords\w+ .*--reset/),
    });
  });

  it('are used when only what DynamoDB Local does not do is different', async () => {
    const { client } = testDatabase();
    await createTables(client, deploymentOf());
    const changed = deploymentOf((template) => {
      records(template).DeletionProtectionEnabled = false;
      delete records(template).PointInTimeRecoverySpecification;
    });
    await expect(createTables(client, changed)).resolves.toHaveLength(3);
  });
});
