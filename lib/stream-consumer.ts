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
  /** Patterns of the records that wake the consumer: up to five (Lambda's limit), of which one must match. */
  filters: readonly object[];
  batchSize: number;
  /** How long to wait for a batch to fill; none unless given. */
  window?: Duration;
  /** Whether a failing batch is split in two, so that a record which always fails ends up alone; true unless given. */
  bisect?: boolean;
  /** The bucket for whole records that failed for 23 hours. */
  givenUp: Bucket;
}

/**
 * Wakes a function for a table's stream, with every limit set: by default Lambda would retry forever and block the
 * shard in the meantime.
 */
export function consumeStream(
  table: ITable,
  consumer: LambdaFunction,
  { filters, batchSize, window = Duration.seconds(0), bisect = true, givenUp }: StreamConsumerProps,
): void {
  consumer.addEventSource(
    new DynamoEventSource(table, {
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize,
      maxBatchingWindow: window,
      parallelizationFactor: 1,
      filters: filters.map((filter) => FilterCriteria.filter(filter)),
      reportBatchItemFailures: true,
      bisectBatchOnError: bisect,
      // The stream keeps a record for 24 hours: a record given up before that goes to the bucket whole, and can be
      // projected again.
      maxRecordAge: Duration.hours(23),
      retryAttempts: 10_000,
      onFailure: putInto(givenUp),
    }),
  );
}

/**
 * CDK's own destination would let the function read and delete what was given up; Lambda needs only to put and to list.
 */
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
