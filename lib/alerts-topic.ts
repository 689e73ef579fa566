import { Duration } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Alias } from 'aws-cdk-lib/aws-kms';
import { Subscription as SnsSubscription, SubscriptionFilter, SubscriptionProtocol, Topic } from 'aws-cdk-lib/aws-sns';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { filterPolicyOf, type Subscription } from './subscriptions.ts';

const PROTOCOLS: Readonly<Record<Subscription['protocol'], SubscriptionProtocol>> = {
  email: SubscriptionProtocol.EMAIL,
  https: SubscriptionProtocol.HTTPS,
  sqs: SubscriptionProtocol.SQS,
  lambda: SubscriptionProtocol.LAMBDA,
};

/**
 * The topic that people and programs subscribe to, encrypted and reachable over TLS only, and the queue for what it
 * cannot deliver.
 */
export class AlertsTopic extends Construct {
  readonly topic: Topic;
  /** Keeps for 14 days what SNS could not deliver to a subscriber of this topic or of the operations topic. */
  readonly undelivered: Queue;

  constructor(scope: Construct, id: string, { subscriptions }: { subscriptions: readonly Subscription[] }) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', {
      displayName: 'nbwatch alerts',
      // SNS's own key costs nothing and suffices for functions. CloudWatch alarms could not publish here: they need a
      // customer key.
      masterKey: Alias.fromAliasName(this, 'SnsKey', 'alias/aws/sns'),
      enforceSSL: true,
    });
    this.undelivered = new Queue(this, 'Undelivered', {
      // SNS would need permission to use a KMS key; SQS's own key needs none.
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    // Granted here and not per subscription, so that it also covers subscriptions that people add by hand.
    this.undelivered.addToResourcePolicy(
      new PolicyStatement({
        actions: ['sqs:SendMessage'],
        resources: [this.undelivered.queueArn],
        principals: [new ServicePrincipal('sns.amazonaws.com')],
        conditions: { ArnEquals: { 'aws:SourceArn': this.topic.topicArn } },
      }),
    );
    for (const each of subscriptions) this.subscribe(each);
  }

  private subscribe(subscription: Subscription): void {
    const policy = Object.entries(filterPolicyOf(subscription));
    // Grants no permission on the queue or function: it belongs to another stack, whose owner lets the topic in
    // (docs/settings.md). Its id is the endpoint, as with `addSubscription`: under another id CloudFormation would
    // replace a confirmed subscription.
    new SnsSubscription(this.topic, subscription.endpoint, {
      topic: this.topic,
      protocol: PROTOCOLS[subscription.protocol],
      endpoint: subscription.endpoint,
      filterPolicy: Object.fromEntries(
        policy.map(([name, conditions]) => [name, new SubscriptionFilter([...conditions])]),
      ),
      // For every protocol: AWS lists email and HTTPS among those whose messages it otherwise discards ("Message
      // delivery retries").
      deadLetterQueue: this.undelivered as IQueue,
    });
  }
}
