import middy from '@middy/core';
import type { Context, DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { type ItemKey, PARTITION_KEY, SORT_KEY } from '../keys/tables.ts';
import { once } from '../runtime/environment.ts';
import { log, logsFailures } from '../runtime/log.ts';
import { createContext } from './context.ts';
import { publishPending } from './publish-pending.ts';

const context = once(() => createContext(process.env));

function placeOf({ dynamodb }: DynamoDBRecord): ItemKey {
  return { pk: dynamodb?.Keys?.[PARTITION_KEY]?.S ?? '', sk: dynamodb?.Keys?.[SORT_KEY]?.S ?? '' };
}

/**
 * Where alerts leave. The stream of Records wakes it for new intents, and the clock wakes it every minute (an event
 * without records) for what an earlier run had to leave.
 */
export const handler = middy<Partial<DynamoDBStreamEvent>, DynamoDBBatchResponse>()
  .use(logsFailures())
  .handler(async ({ Records = [] }, lambda: Context) => {
    const endsAt = Date.now() + lambda.getRemainingTimeInMillis();
    const { outcome, published } = await publishPending(context(), Records.map(placeOf), endsAt);
    if (outcome !== 'done') log.info(outcome, { published });
    // If not done, Lambda hands out the same intents again in a moment, so they do not wait for the next minute.
    const left = outcome === 'done' ? [] : Records;
    return { batchItemFailures: left.map(({ dynamodb }) => ({ itemIdentifier: dynamodb?.SequenceNumber ?? '' })) };
  });
