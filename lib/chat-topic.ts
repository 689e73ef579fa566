import { Stack } from 'aws-cdk-lib';
import { SlackChannelConfiguration } from 'aws-cdk-lib/aws-chatbot';
import { ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { Alias } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

export interface ChatTopicProps {
  /** Both empty: the stack sets up no channel; Slack or Teams may be subscribed by hand. */
  slackWorkspaceId: string;
  slackChannelId: string;
}

/**
 * The topic that feeds chats with what passes `chatMinSeverity`. AWS Chatbot subscribes by https and sets no filter, so
 * the publisher decides what goes to a channel. Chatbot gives its subscription no dead-letter queue, and no template
 * can. It takes one configuration per Slack channel and account, so a second stack cannot name the same channel:
 * docs/subscribing.md.
 */
export class ChatTopic extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, { slackWorkspaceId, slackChannelId }: ChatTopicProps) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', {
      displayName: 'nbwatch chat',
      masterKey: Alias.fromAliasName(this, 'SnsKey', 'alias/aws/sns'),
      enforceSSL: true,
    });
    if (slackChannelId === '') return;
    const { stackName, region } = Stack.of(this);
    // Its own role allows nothing: showing a message needs no permission.
    new SlackChannelConfiguration(this, 'Slack', {
      // Unlike other names this one is required, and must be unique across all Regions of an account.
      slackChannelConfigurationName: `${stackName}-${region}`,
      slackWorkspaceId,
      slackChannelId,
      notificationTopics: [this.topic],
      // Without a policy the guardrail is AdministratorAccess. This is the narrowest one that AWS lists for chat
      // channels.
      guardrailPolicies: [ManagedPolicy.fromAwsManagedPolicyName('CloudWatchReadOnlyAccess')],
    });
  }
}
