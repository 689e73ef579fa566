import { RemovalPolicy } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption, type BucketProps } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

/**
 * CloudFormation cannot delete a bucket that holds something, so it never tries to; but where the deployment that makes it fails, it is
 * empty and goes.
 */
const KEPT = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;

/** A private bucket that outlives the stack, with what its policy refuses. */
export class KeptBucket extends Bucket {
  constructor(scope: Construct, id: string, props: BucketProps) {
    super(scope, id, {
      ...props,
      // S3's own key: a customer key that is deleted would take what is in the bucket with it.
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      removalPolicy: KEPT,
    });
    // A resource of its own, which would go with the stack and leave the bucket open to what it refuses.
    this.policy?.applyRemovalPolicy(KEPT);
  }
}
