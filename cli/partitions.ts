import { type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { type ItemKey, PARTITION_KEY, SORT_KEY } from '../functions/keys/tables.ts';

/** A page of a table: the partitions that begin on it, and the key of its last item; none for the last page. */
export interface Page {
  partitions: string[];
  last: ItemKey | undefined;
}

/**
 * Every partition of a table, page by page; from a place on, which may show the partition of that place again. This is the one place
 * that scans: to make all records again, all facts have to be read.
 */
export async function* partitionsOf(client: DynamoDBClient, table: string, after?: ItemKey): AsyncGenerator<Page> {
  const pages = paginateScan(
    { client, ...(after && { startingToken: marshall(after) }) },
    // Consistently: what was written a moment ago is among it.
    { TableName: table, ProjectionExpression: [PARTITION_KEY, SORT_KEY].join(', '), ConsistentRead: true },
  );
  let before: string | undefined;
  for await (const { Items = [], LastEvaluatedKey } of pages) {
    const partitions = [...new Set(Items.map((item) => String(unmarshall(item)[PARTITION_KEY])))];
    yield {
      // A scan goes through one partition after the other, so one that spans pages ends this page and begins the next.
      partitions: partitions.filter((pk) => pk !== before),
      last: LastEvaluatedKey && (unmarshall(LastEvaluatedKey) as ItemKey),
    };
    before = partitions.at(-1) ?? before;
  }
}
