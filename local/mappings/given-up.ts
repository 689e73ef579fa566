import { createHash, randomUUID } from 'node:crypto';
import { ACCOUNT, REGION } from '../environment.ts';
import type { Batch } from './batch.ts';
import type { Mapping } from './properties.ts';

/** Where in the stream the records were: `DDBStreamBatchInfo` in AWS's invocation record. Times: ISO, to the second. */
export interface BatchInfo {
  shardId: string;
  startSequenceNumber: string;
  endSequenceNumber: string;
  approximateArrivalOfFirstRecord: string;
  approximateArrivalOfLastRecord: string;
  batchSize: number;
  streamArn: string;
}

/** Records that the mapping gave up, for its on-failure destination. */
export interface GivenUp {
  /** ARN of a bucket, a queue or a topic. */
  destination: string;
  /** The object's key in a bucket; not used for a queue or topic. */
  key: string;
  /** The invocation record as JSON. Only a bucket gets the records themselves, in `payload`, as text. */
  body: string;
  metadata: BatchInfo;
}

/** The first is documented. The second is what emulators send; AWS does not document it. */
export type Condition = 'RetryAttemptsExhausted' | 'RecordAgeExceeded';

/** A virtual shard's id, in the form of a real one. */
export function shardId(streamArn: string, shard: number): string {
  return `shardId-${String(shard).padStart(20, '0')}-${createHash('sha256').update(streamArn).digest('hex').slice(0, 8)}`;
}

const toTheSecond = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

/** The event that the function is invoked with. */
export function eventOf(batch: Batch): { Records: unknown[] } {
  return { Records: batch.entries.map((entry) => entry.record) };
}

/** AWS's record of a failed batch (Lambda developer guide, "Retain discarded records for a DynamoDB event source"). */
export function givenUpItem(
  mapping: Mapping & { destination: string },
  batch: Batch,
  shard: number,
  condition: Condition,
  now: number,
): GivenUp {
  const [first, last] = [batch.entries[0], batch.entries.at(-1)];
  const metadata: BatchInfo = {
    shardId: shardId(mapping.eventSourceArn, shard),
    startSequenceNumber: first?.sequence ?? batch.until,
    endSequenceNumber: last?.sequence ?? batch.until,
    approximateArrivalOfFirstRecord: toTheSecond(first?.createdAt ?? now),
    approximateArrivalOfLastRecord: toTheSecond(last?.createdAt ?? now),
    batchSize: batch.entries.length,
    streamArn: mapping.eventSourceArn,
  };
  const named = mapping.functionName.startsWith('arn:');
  const timestamp = new Date(now).toISOString();
  const [day, time] = [timestamp.slice(0, 10), timestamp.slice(11, 19).replaceAll(':', '.')];
  const record = {
    requestContext: {
      requestId: randomUUID(),
      functionArn: named
        ? mapping.functionName
        : `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${mapping.functionName}`,
      condition,
      approximateInvokeCount: batch.invocations,
    },
    // A batch that was too old before its first invocation has no response.
    ...(batch.lastFailure && {
      responseContext: {
        statusCode: 200,
        executedVersion: '$LATEST',
        functionError: batch.lastFailure.functionError ? 'Unhandled' : null,
      },
    }),
    version: '1.0',
    timestamp,
    DDBStreamBatchInfo: metadata,
    ...(/^arn:[^:]+:s3:/.test(mapping.destination) && { payload: JSON.stringify(eventOf(batch)) }),
  };
  const key = `aws/lambda/${mapping.id}/${metadata.shardId}/${day.replaceAll('-', '/')}/${day}T${time}-${randomUUID()}`;
  return { destination: mapping.destination, key, body: JSON.stringify(record), metadata };
}
