import { type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { type ItemKey, PARTITION_KEY, SORT_KEY } from '../functions/keys/tables.ts';

/** A page of a table: the partitions that begin on it, and the key of its last item; undefined for the last page. */
export interface Page {
  partitions: string[];
  last: ItemKey | undefined;
}

/**
 * Every partition of a table, page by page. With `after`, from that key on, and the partition of that key may come
 * again. Nothing else scans a table: to rebuild all records, all facts must be read.
 */
export async function* partitionsOf(client: DynamoDBClient, table: string, after?: ItemKey): AsyncGenerator<Page> {
  const pages = paginateScan(
    { client, ...(after && { startingToken: marshall(after) }) },
    // Consistent, so that it includes what was written a moment ago.
    { TableName: table, ProjectionExpression: [PARTITION_KEY, SORT_KEY].join(', '), ConsistentRead: true },
  );
  let before: string | undefined;
  for await (const { Items = [], LastEvaluatedKey } of pages) {
    const partitions = [...new Set(Items.map((item) => String(unmarshall(item)[PARTITION_KEY])))];
    yield {
      // A scan reads one partition after another, so a partition that spans two pages ends one and begins the next.
      partitions: partitions.filter((pk) => pk !== before),
      last: LastEvaluatedKey && (unmarshall(LastEvaluatedKey) as ItemKey),
    };
    before = partitions.at(-1) ?? before;
  }
}
