import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  type ITable,
  ProjectionType,
  StreamViewType,
  Table,
} from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import type { Index } from '../functions/keys/indexes.ts';
import { projectionOf, SHAPES, type Shape } from '../functions/keys/shapes.ts';
import { EXPIRES_AT, PARTITION_KEY, SORT_KEY } from '../functions/keys/tables.ts';
import { type Adopted, adoptedTable } from './adoption.ts';

export interface StoresProps {
  /** Whether the tables outlive the stack and are protected from deletion. */
  keep: boolean;
  /** Existing tables to use; without it the stack creates all three. */
  adopted?: Adopted;
}

/**
 * The three tables. Ledger: facts and what was put aside. Records: the jobs and images that facts amount to, intents
 * and messages. Registry: what people decided and what is connected.
 */
export class Stores extends Construct {
  readonly ledger: ITable;
  readonly records: ITable;
  readonly registry: ITable;

  constructor(scope: Construct, id: string, { keep, adopted }: StoresProps) {
    super(scope, id);
    this.ledger = this.table('Ledger', SHAPES.ledger, keep, adopted?.adoptLedger);
    this.records = this.table('Records', SHAPES.records, keep, adopted?.adoptRecords);
    this.registry = this.table('Registry', SHAPES.registry, keep, adopted?.adoptRegistry);
  }

  private table(id: string, { indexes, stream }: Shape, keep: boolean, adopted = ''): ITable {
    if (adopted !== '') return adoptedTable(this, id, adopted);
    const table = new Table(this, id, {
      partitionKey: { name: PARTITION_KEY, type: AttributeType.STRING },
      sortKey: { name: SORT_KEY, type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: EXPIRES_AT,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: keep,
      removalPolicy: keep ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      ...(stream && { stream: StreamViewType[stream] }),
    });
    addIndexes(table, indexes);
    // The cast: CDK's classes do not fit its own interfaces under `exactOptionalPropertyTypes`.
    return table as ITable;
  }
}

function addIndexes(table: Table, indexes: readonly Index[]): void {
  for (const index of indexes) {
    table.addGlobalSecondaryIndex({
      indexName: index.name,
      partitionKey: { name: index.partitionKey, type: AttributeType.STRING },
      sortKey: { name: index.sortKey, type: AttributeType.NUMBER },
      projectionType: ProjectionType[projectionOf(index)],
    });
  }
}
