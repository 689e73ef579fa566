import { ExplainedError } from '../explained-error.ts';
import type { Template } from '../template/template.ts';

/** Resource types that the one-machine run implements. */
const RUN: ReadonlySet<string> = new Set([
  'AWS::ApiGatewayV2::Api',
  'AWS::ApiGatewayV2::ApiMapping',
  'AWS::ApiGatewayV2::DomainName',
  'AWS::ApiGatewayV2::Integration',
  'AWS::ApiGatewayV2::Route',
  'AWS::ApiGatewayV2::Stage',
  'AWS::DynamoDB::Table',
  'AWS::Events::Rule',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::Lambda::EventSourceMapping',
  'AWS::Lambda::Function',
  'AWS::Lambda::Permission',
  'AWS::S3::Bucket',
  'AWS::SNS::Subscription',
  'AWS::SNS::Topic',
  'AWS::SQS::Queue',
]);

/** Types that do nothing on one machine, each with the reason why nothing is missed. */
export const INERT: Readonly<Record<string, string>> = {
  'AWS::CDK::Metadata': 'tells AWS which constructs a stack uses',
  'AWS::Chatbot::SlackChannelConfiguration':
    'shows in Slack what the chat topic gets; here the subject of every alert is printed',
  'AWS::CloudWatch::Alarm': 'nothing evaluates metrics here; what a function counts is in its log lines',
  'AWS::CloudWatch::Dashboard': 'draws metrics and alarms; there are none here',
  'AWS::KMS::Key': 'encrypts at rest what is only in memory here, and lets alarms publish; there are no alarms here',
  'AWS::Logs::LogGroup': 'functions log to a file here; nothing reads it back',
  'AWS::S3::BucketPolicy': 'refuses calls without TLS and by strangers; here all calls stay on the machine',
  'AWS::SQS::QueuePolicy': 'lets a topic send to a queue; here a subscription is enough',
  'AWS::SNS::TopicPolicy': 'refuses calls without TLS and by strangers; here all calls stay on the machine',
};

/** Thrown for a template with a resource that the one-machine run does not know. */
export class UnknownResourceError extends ExplainedError {
  override readonly name = 'UnknownResourceError';
}

/** Throws unless the run implements every resource or lists it as inert: leaving one out silently would mislead. */
export function checkResourceTypes(template: Template): void {
  const unknown = Object.entries(template.Resources).filter(
    ([, { Type }]) => !RUN.has(Type) && !Object.hasOwn(INERT, Type),
  );
  if (unknown.length === 0) return;
  const list = unknown.map(([id, { Type }]) => `${id} (${Type})`).join(', ');
  throw new UnknownResourceError(
    `The one-machine run cannot run ${list}. Add support for it in local/stack, or list the type as inert with a reason in local/stack/resource-types.ts.`,
  );
}
