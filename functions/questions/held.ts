import { paginateQuery } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { RECORDS_INDEXES } from '../keys/indexes.ts';
import { keyPrefix } from '../keys/key.ts';
import { heldBySilence } from '../keys/records.ts';
import { PARTITION_KEY } from '../keys/tables.ts';
import type { Tables } from './query.ts';

/** How many failures a silence holds back now. Read from an index, so the newest may be missing. */
export async function countHeld(
  { client, records }: Pick<Tables, 'client' | 'records'>,
  silenceId: string,
): Promise<number> {
  const { name, partitionKey } = RECORDS_INDEXES.pending;
  const query = {
    TableName: records,
    IndexName: name,
    KeyConditionExpression: `${partitionKey} = :held`,
    // Recoveries wait there too. Only failures are in the partitions of jobs.
    FilterExpression: `begins_with(${PARTITION_KEY}, :job)`,
    ExpressionAttributeValues: marshall({ ':held': heldBySilence(silenceId), ':job': keyPrefix('job') }),
    Select: 'COUNT' as const,
  };
  let held = 0;
  for await (const { Count = 0 } of paginateQuery({ client }, query)) held += Count;
  return held;
}
