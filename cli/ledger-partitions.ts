import { type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { parseLedgerPartition } from '../functions/keys/ledger.ts';
import { PARTITION_KEY, SORT_KEY } from '../functions/keys/tables.ts';

/** A page of the ledger: the partitions of jobs and images on it, and where to go on after it. */
export interface LedgerPage {
  partitions: string[];
  /** JSON; undefined after the last page. */
  next: string | undefined;
}

/**
 * Every partition of the ledger that is about a job or an image, page by page. A partition that spans two pages comes twice. This is
 * the one place that scans: to make all records again, all facts have to be read.
 */
export async function* ledgerPartitions(
  client: DynamoDBClient,
  table: string,
  from?: string,
): AsyncGenerator<LedgerPage> {
  const pages = paginateScan(
    { client, ...(from === undefined ? {} : { startingToken: marshall(JSON.parse(from)) }) },
    { TableName: table, ProjectionExpression: [PARTITION_KEY, SORT_KEY].join(', ') },
  );
  for await (const { Items = [], LastEvaluatedKey } of pages) {
    const found = new Set(Items.map((item) => String(unmarshall(item)[PARTITION_KEY])));
    yield {
      partitions: [...found].filter((pk) => parseLedgerPartition(pk)?.kind !== 'aside'),
      next: LastEvaluatedKey && JSON.stringify(unmarshall(LastEvaluatedKey)),
    };
  }
}
