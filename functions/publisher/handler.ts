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
 * Where alerts leave: woken by new intents behind the stream of Records, and by the clock each minute (an event without records)
 * for what a woken one had to leave.
 */
export const handler = middy<Partial<DynamoDBStreamEvent>, DynamoDBBatchResponse>()
  .use(logsFailures())
  .handler(async ({ Records = [] }, lambda: Context) => {
    const endsAt = Date.now() + lambda.getRemainingTimeInMillis();
    const { outcome, published } = await publishPending(context(), Records.map(placeOf), endsAt);
    if (outcome !== 'done') log.info(outcome, { published });
    // Not done: Lambda hands the same intents out again in a moment, instead of their waiting for the minute.
    const left = outcome === 'done' ? [] : Records;
    return { batchItemFailures: left.map(({ dynamodb }) => ({ itemIdentifier: dynamodb?.SequenceNumber ?? '' })) };
  });
