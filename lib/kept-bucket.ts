import { RemovalPolicy } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption, type BucketProps } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

/**
 * CloudFormation cannot delete a bucket that holds anything, so it is told never to try. If the deployment that creates
 * the bucket fails, the bucket is empty and is deleted.
 */
const KEPT = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;

/** A private bucket that outlives the stack, together with its policy. */
export class KeptBucket extends Bucket {
  constructor(scope: Construct, id: string, props: BucketProps) {
    super(scope, id, {
      ...props,
      // S3's own key: deleting a customer key would make the bucket's contents unreadable.
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      removalPolicy: KEPT,
    });
    // The policy is a resource of its own: without this, it would go with the stack and leave the bucket open to what
    // it refuses.
    this.policy?.applyRemovalPolicy(KEPT);
  }
}
