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

/** The topic that people and programs subscribe to, encrypted and reachable over TLS only, and where its lost messages end. */
export class AlertsTopic extends Construct {
  readonly topic: Topic;
  /** What SNS could not deliver to a subscriber of this topic or that of operations, for 14 days. */
  readonly undelivered: Queue;

  constructor(scope: Construct, id: string, { subscriptions }: { subscriptions: readonly Subscription[] }) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', {
      displayName: 'nbwatch alerts',
      // SNS's own key costs nothing and is enough for functions. CloudWatch alarms could not publish here: they need a customer key.
      masterKey: Alias.fromAliasName(this, 'SnsKey', 'alias/aws/sns'),
      enforceSSL: true,
    });
    this.undelivered = new Queue(this, 'Undelivered', {
      // With a key of KMS, SNS would need to be let use it; SQS's own key asks for nothing.
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    // Said here and not with each subscription, so that it holds for those that people add by hand too.
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
    // Without a permission for the queue or function: it is of another stack, whose owner lets the topic in (docs/settings.md).
    // Named by its endpoint, as `addSubscription` names it: under another name CloudFormation would replace a confirmed one.
    new SnsSubscription(this.topic, subscription.endpoint, {
      topic: this.topic,
      protocol: PROTOCOLS[subscription.protocol],
      endpoint: subscription.endpoint,
      filterPolicy: Object.fromEntries(
        policy.map(([name, conditions]) => [name, new SubscriptionFilter([...conditions])]),
      ),
      // For every protocol: AWS lists email and HTTPS among those whose messages it else discards ("Message delivery retries").
      deadLetterQueue: this.undelivered as IQueue,
    });
  }
}
