import middy from '@middy/core';
import type { Context, DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { parseLedgerPartition, primaryOf } from '../keys/ledger.ts';
import { PARTITION_KEY, SORT_KEY } from '../keys/tables.ts';
import { RESERVED_PRIMARY } from '../registry/endpoint.ts';
import { once } from '../runtime/environment.ts';
import { describe, log, logsFailures, requestIdsOf } from '../runtime/log.ts';
import { logCounted } from '../runtime/metrics.ts';
import { settleEach } from '../runtime/settle.ts';
import { createContext } from './context.ts';
import { createDelays } from './delays.ts';
import { project } from './project.ts';
import { quarantine } from './quarantine.ts';

const context = once(() => createContext(process.env));
const delays = createDelays(Date.now);

/**
 * With less time left than this, ms, no partition is begun: the rest of the batch is given back, and what is done need not be done again.
 * A run that is cut off would begin with the first again, and where the database is slow come no further.
 */
const RESERVE_MS = 15_000;

/** Partitions at a time. Each makes some six calls, one after the other, in which the function only waits. */
const AT_ONCE = 5;

const NEVER = new AbortController().signal;

const partitionOf = (record: DynamoDBRecord) => record.dynamodb?.Keys?.[PARTITION_KEY]?.S ?? '';
const requestOf = (record: DynamoDBRecord) => ({ requestId: record.dynamodb?.NewImage?.requestId?.S });

/** Behind the ledger's stream: brings the records of every job and image that new facts arrived for up to date. */
export const handler = middy<DynamoDBStreamEvent, DynamoDBBatchResponse>()
  .use(logsFailures())
  .handler(async ({ Records }, lambda: Context) => {
    const batchItemFailures: DynamoDBBatchResponse['batchItemFailures'] = [];
    const giveBack = (records: readonly DynamoDBRecord[]) => {
      for (const { dynamodb } of records) batchItemFailures.push({ itemIdentifier: dynamodb?.SequenceNumber ?? '' });
    };
    let late = 0;
    // The order of a partition's facts does not matter to the fold, nor that of partitions: other shards are at it at the same time.
    await settleEach([...Map.groupBy(Records, partitionOf)], AT_ONCE, NEVER, async ([pk, records]) => {
      if (lambda.getRemainingTimeInMillis() < RESERVE_MS) {
        late += records.length;
        return giveBack(records);
      }
      try {
        if (parseLedgerPartition(pk)?.kind === 'aside') return await quarantine(context(), pk);
        const arrived = new Set(records.map((record) => record.dynamodb?.Keys?.[SORT_KEY]?.S));
        const { facts, receivedAt, unprojected } = await project(context(), pk, arrived);
        // Of the canary nothing is counted: a stack that nothing else comes to would look busy, and pay for it.
        if (primaryOf(pk) !== RESERVED_PRIMARY) delays.note(receivedAt);
        log.debug('projected', { pk, facts });
        for (const fact of unprojected)
          logCounted('warn', 'A fact that cannot be read is not projected', { Unprojected: 1 }, fact);
      } catch (error) {
        const requestIds = requestIdsOf(records.map(requestOf));
        log.error('Not projected; Lambda tries again', { pk, requestIds, error: describe(error) });
        giveBack(records);
      }
    });
    if (late > 0) log.info('No time was left for the rest of a batch; Lambda gives it again', { late });
    delays.tell();
    return { batchItemFailures };
  });
