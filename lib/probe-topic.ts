import { Duration } from 'aws-cdk-lib';
import { Alias } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** The only topic that gets alerts of the canary, and the queue in which `probe` looks for them. */
export class ProbeTopic extends Construct {
  readonly topic: Topic;
  readonly queue: Queue;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', {
      displayName: 'nbwatch probe',
      masterKey: Alias.fromAliasName(this, 'SnsKey', 'alias/aws/sns'),
      enforceSSL: true,
    });
    this.queue = new Queue(this, 'Queue', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // A probe waits two minutes. Later alerts are of no use to the next probe, which looks for its own.
      retentionPeriod: Duration.minutes(5),
      // Two probes may look at once: what one leaves for the other must become visible again soon.
      visibilityTimeout: Duration.seconds(5),
    });
    // Raw, as programs that subscribe to alerts get it.
    this.topic.addSubscription(new SqsSubscription(this.queue, { rawMessageDelivery: true }));
  }
}
