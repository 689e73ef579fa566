import { Alias } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';

/** The topic that people and programs subscribe to, encrypted and reachable over TLS only. */
export class AlertsTopic extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, { emails }: { emails: readonly string[] }) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', {
      displayName: 'nbwatch alerts',
      // SNS's own key costs nothing and is enough for functions. CloudWatch alarms could not publish here: they need a customer key.
      masterKey: Alias.fromAliasName(this, 'SnsKey', 'alias/aws/sns'),
      enforceSSL: true,
    });
    for (const address of emails) this.topic.addSubscription(new EmailSubscription(address));
  }
}
