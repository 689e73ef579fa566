import middy from '@middy/core';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { PARTITION_KEY, SORT_KEY } from '../keys/tables.ts';
import { once } from '../runtime/environment.ts';
import { log, logsFailures } from '../runtime/log.ts';
import { logCounted } from '../runtime/metrics.ts';
import { archive } from './archive.ts';
import { createContext } from './context.ts';
import { lineOf } from './line.ts';

const context = once(() => createContext(process.env));

/**
 * Reads the ledger's stream: writes what came and what was changed to the archive, and raises the alarm for changes.
 */
export const handler = middy<DynamoDBStreamEvent, DynamoDBBatchResponse>()
  .use(logsFailures())
  .handler(async ({ Records }) => {
    // First, so that people hear of changes even while nothing can be archived.
    for (const record of Records) reportChange(record);
    const archived = await archive(context(), Records);
    if (archived) log.info('Archived', { name: archived.name, lines: archived.lines });
    return { batchItemFailures: [] };
  });

/**
 * Raises the alarm for a record that is neither new nor expired: somebody changed the item, which nbwatch never does.
 */
function reportChange(record: DynamoDBRecord): void {
  const line = lineOf(record);
  if (!line || line.event === 'INSERT') return;
  const { [PARTITION_KEY]: pk, [SORT_KEY]: sk } = line.old;
  const { event, at, sequence } = line;
  logCounted(
    'error',
    'An item of the ledger was changed or removed',
    { LedgerChanged: 1 },
    { event, pk, sk, at, sequence },
  );
}
