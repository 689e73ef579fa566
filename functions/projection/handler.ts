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
 * With less time left than this, ms, no partition is started. The rest of the batch is given back, so that the finished
 * part need not be repeated. A run that is cut off would start over with the first partition and, where the database is
 * slow, get no further.
 */
const RESERVE_MS = 15_000;

/** Partitions at a time. Each makes some six calls, one after the other, and the function only waits for them. */
const AT_ONCE = 5;

const NEVER = new AbortController().signal;

const partitionOf = (record: DynamoDBRecord) => record.dynamodb?.Keys?.[PARTITION_KEY]?.S ?? '';
const requestOf = (record: DynamoDBRecord) => ({ requestId: record.dynamodb?.NewImage?.requestId?.S });

/** Reads the ledger's stream and updates the records of every job and image for which new facts arrived. */
export const handler = middy<DynamoDBStreamEvent, DynamoDBBatchResponse>()
  .use(logsFailures())
  .handler(async ({ Records }, lambda: Context) => {
    const batchItemFailures: DynamoDBBatchResponse['batchItemFailures'] = [];
    const giveBack = (records: readonly DynamoDBRecord[]) => {
      for (const { dynamodb } of records) batchItemFailures.push({ itemIdentifier: dynamodb?.SequenceNumber ?? '' });
    };
    let late = 0;
    // The fold does not depend on the order of a partition's facts, nor on the order of partitions: other shards run at
    // the same time.
    await settleEach([...Map.groupBy(Records, partitionOf)], AT_ONCE, NEVER, async ([pk, records]) => {
      if (lambda.getRemainingTimeInMillis() < RESERVE_MS) {
        late += records.length;
        return giveBack(records);
      }
      try {
        if (parseLedgerPartition(pk)?.kind === 'aside') return await quarantine(context(), pk);
        const arrived = new Set(records.map((record) => record.dynamodb?.Keys?.[SORT_KEY]?.S));
        const { facts, receivedAt, unprojected } = await project(context(), pk, arrived);
        // The canary is not counted: a stack that receives nothing else would look busy, and pay for it.
        if (primaryOf(pk) !== RESERVED_PRIMARY) delays.note(receivedAt);
        log.debug('projected', { pk, facts });
        for (const fact of unprojected)
          logCounted('warn', 'Cannot read a fact: it is not projected', { Unprojected: 1 }, fact);
      } catch (error) {
        const requestIds = requestIdsOf(records.map(requestOf));
        log.error('Not projected; Lambda tries again', { pk, requestIds, error: describe(error) });
        giveBack(records);
      }
    });
    if (late > 0) log.info('Ran out of time for the rest of a batch; Lambda delivers it again', { late });
    delays.tell();
    return { batchItemFailures };
  });
