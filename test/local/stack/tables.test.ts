import { CreateTableCommand, type DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { adoptTables } from '../../../local/stack/adopted.ts';
import { tableArn } from '../../../local/stack/attributes.ts';
import { readDeployment } from '../../../local/stack/deployment.ts';
import { createTables } from '../../../local/stack/tables.ts';
import type { Template } from '../../../local/template/template.ts';
import { must } from '../../functions/support.ts';
import { changedAssembly, resourceOf } from '../../support/changed-assembly.ts';
import { testDatabase } from '../../support/database.ts';

const deploymentOf = (change: (template: Template) => void = () => {}) => readDeployment(changedAssembly(change));
const records = (template: Template) => resourceOf(template, 'AWS::DynamoDB::Table', 'StoresRecords').Properties;

describe('the tables of an earlier run', () => {
  it('are used again with their items and their streams', async () => {
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
      'one index less',
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
      'another stream view',
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
  ])('are refused with the advice to use --reset when the stack’s table has %s', async (_, change) => {
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

  it('are used again when they differ only in what DynamoDB Local does not do', async () => {
    const { client } = testDatabase();
    await createTables(client, deploymentOf());
    const changed = deploymentOf((template) => {
      records(template).DeletionProtectionEnabled = false;
      delete records(template).PointInTimeRecoverySpecification;
    });
    await expect(createTables(client, changed)).resolves.toHaveLength(3);
  });
});

/** The three tables of a stack, and `adopt`, by which a stack takes over a table that an output of its names. */
async function keptTables(client: DynamoDBClient) {
  const made = await createTables(client, deploymentOf());
  const table = (start: string) => must(made.find(({ name }) => name.startsWith(start)));
  const [ledger, records, registry] = [table('StoresLedger'), table('StoresRecords'), table('StoresRegistry')];
  const labelOf = (arn = '') => arn.slice(arn.lastIndexOf('/') + 1);
  const mapping = (name: string, label: string) => ({
    properties: { EventSourceArn: `${tableArn(name)}/stream/${label}` },
  });
  const adopt = (output: string, name: string, label = '2026-01-01T00:00:00.000') =>
    adoptTables(client, { ofType: () => [], outputs: { [output]: name }, mappings: [mapping(name, label)] });
  return { ledger, records, registry, adopt, labelOf };
}

describe('a table that the stack adopts', () => {
  it('is taken over with its stream, under the ARN that the template has for the stream', async () => {
    const { ledger, adopt, labelOf } = await keptTables(testDatabase().client);
    const localArn = must(ledger.stream).localArn;
    const arn = `${tableArn(ledger.name)}/stream/${labelOf(localArn)}`;
    expect(await adopt('LedgerTable', ledger.name, labelOf(localArn))).toEqual([
      { name: ledger.name, partitionKey: 'pk', stream: { arn, localArn } },
    ]);
  });

  it('stops the start, with an error that says why, when it does not exist or does not fit its role', async () => {
    const { client } = testDatabase();
    const { ledger, records, registry, adopt } = await keptTables(client);
    const KeySchema = [{ AttributeName: 'id', KeyType: 'HASH' as const }];
    const AttributeDefinitions = [{ AttributeName: 'id', AttributeType: 'S' as const }];
    const other = { TableName: 'Other', KeySchema, AttributeDefinitions, BillingMode: 'PAY_PER_REQUEST' as const };
    await client.send(new CreateTableCommand(other));
    const refused = (output: string, name: string) =>
      adopt(output, name).then(
        () => 'adopted',
        ({ name, message }) => `${name}: ${message}`,
      );
    expect(await refused('RecordsTable', 'Nowhere')).toMatch(
      /^AdoptedTableError: The settings say that the table Nowhere is the Records, .* remove nbwatch:adoptRecords from/,
    );
    expect(await refused('RegistryTable', 'Other')).toMatch(
      /cannot be the Registry: its key is id, not pk sk; it has no index byEndpoint\. docs\/runbooks\.md/,
    );
    expect(await refused('LedgerTable', registry.name)).toContain('it has no index byDay; it has no stream.');
    expect(await refused('LedgerTable', records.name)).toContain(
      'the view type of its stream is KEYS_ONLY, not NEW_AND_OLD_IMAGES',
    );
    expect(await refused('LedgerTable', ledger.name)).toMatch(
      /its stream is from [-0-9T:.]+, but the settings name one from 2026-01-01T00:00:00\.000/,
    );
  });
});
