import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
  type TableProps,
} from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { type Index, LEDGER_INDEXES, RECORDS_INDEXES, REGISTRY_INDEXES } from '../functions/keys/indexes.ts';
import { EXPIRES_AT, PARTITION_KEY, SORT_KEY } from '../functions/keys/tables.ts';

export interface StoresProps {
  /** Whether the tables outlive the stack and are protected from deletion. */
  keep: boolean;
}

/**
 * The three tables. Ledger: facts and what was put aside. Records: what they amount to, intents and messages. Registry: what
 * people decided and what is connected.
 */
export class Stores extends Construct {
  readonly ledger: Table;
  readonly records: Table;
  readonly registry: Table;

  constructor(scope: Construct, id: string, { keep }: StoresProps) {
    super(scope, id);
    const common: TableProps = {
      partitionKey: { name: PARTITION_KEY, type: AttributeType.STRING },
      sortKey: { name: SORT_KEY, type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: EXPIRES_AT,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: keep,
      removalPolicy: keep ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    };
    // Old images too: a change or removal in the ledger has to show what was there.
    this.ledger = new Table(this, 'Ledger', { ...common, stream: StreamViewType.NEW_AND_OLD_IMAGES });
    // The publisher reads intents consistently where they are; its stream only has to say where.
    this.records = new Table(this, 'Records', { ...common, stream: StreamViewType.KEYS_ONLY });
    this.registry = new Table(this, 'Registry', common);
    addIndexes(this.ledger, LEDGER_INDEXES);
    addIndexes(this.records, RECORDS_INDEXES);
    addIndexes(this.registry, REGISTRY_INDEXES);
  }
}

/** Adds indexes that hold whole items, so that a question is answered by one Query. Only the publisher asks for mere keys. */
function addIndexes(table: Table, indexes: Readonly<Record<string, Index>>): void {
  for (const index of Object.values(indexes)) {
    table.addGlobalSecondaryIndex({
      indexName: index.name,
      partitionKey: { name: index.partitionKey, type: AttributeType.STRING },
      sortKey: { name: index.sortKey, type: AttributeType.NUMBER },
      projectionType: index === RECORDS_INDEXES.pending ? ProjectionType.KEYS_ONLY : ProjectionType.ALL,
    });
  }
}
