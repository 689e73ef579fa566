import { Duration } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import {
  FilterCriteria,
  type IEventSourceDlq,
  type Function as LambdaFunction,
  StartingPosition,
} from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { Bucket } from 'aws-cdk-lib/aws-s3';

export interface StreamConsumerProps {
  /** The one kind of record that wakes the consumer. */
  filter: object;
  batchSize: number;
  /** Where records go, whole, that failed for a day. */
  givenUp: Bucket;
}

/**
 * Wakes a function for a table's stream, with every limit set: Lambda's own default is to retry for ever and to block the shard
 * meanwhile.
 */
export function consumeStream(
  table: ITable,
  consumer: LambdaFunction,
  { filter, batchSize, givenUp }: StreamConsumerProps,
): void {
  consumer.addEventSource(
    new DynamoEventSource(table, {
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize,
      maxBatchingWindow: Duration.seconds(0),
      parallelizationFactor: 1,
      filters: [FilterCriteria.filter(filter)],
      reportBatchItemFailures: true,
      bisectBatchOnError: true,
      // The stream keeps a record for 24 hours: what is given up before that is kept whole, and can be projected again.
      maxRecordAge: Duration.hours(23),
      retryAttempts: 10_000,
      onFailure: putInto(givenUp),
    }),
  );
}

/** CDK's own destination would let the function read and delete what was given up; Lambda needs to put and to list. */
function putInto(bucket: Bucket): IEventSourceDlq {
  return {
    bind(_mapping, consumer) {
      consumer.addToRolePolicy(
        new PolicyStatement({ actions: ['s3:PutObject'], resources: [bucket.arnForObjects('*')] }),
      );
      consumer.addToRolePolicy(new PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucket.bucketArn] }));
      return { destination: bucket.bucketArn };
    },
  };
}
