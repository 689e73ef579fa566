import { ACCOUNT, REGION } from '../environment.ts';
import { functionArn } from '../functions/lambda-environment.ts';
import type { Template } from '../template/template.ts';

const arn = (service: string, resource: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;

/** An API's id, from its logical id: in lower case, as API Gateway's are. */
export const apiIdOf = (id: string) => id.toLowerCase();
export const bucketNameOf = (id: string) => id.toLowerCase();
export const tableArn = (id: string) => arn('dynamodb', `table/${id}`);
export const streamArn = (id: string) => `${tableArn(id)}/stream/local`;
export const topicArn = (id: string) => arn('sns', id);
export const queueArn = (id: string) => arn('sqs', id);
export const ruleArn = (id: string) => arn('events', `rule/${id}`);
export const bucketArn = (id: string) => `arn:aws:s3:::${bucketNameOf(id)}`;

/**
 * What `Ref` and `Fn::GetAtt` give for each type that the run knows. Physical names are the logical ids, so a person
 * who looks into the emulators finds the names of the template.
 */
const ATTRIBUTES: Readonly<
  Record<string, (id: string, properties: Record<string, unknown>) => Record<string, unknown>>
> = {
  'AWS::ApiGatewayV2::Api': (id) => ({ Ref: apiIdOf(id), ApiId: apiIdOf(id) }),
  'AWS::ApiGatewayV2::ApiMapping': (id) => ({ Ref: id }),
  'AWS::ApiGatewayV2::DomainName': (id, { DomainName }) => ({
    Ref: DomainName,
    RegionalDomainName: `d-${id.toLowerCase()}.execute-api.${REGION}.amazonaws.com`,
  }),
  'AWS::ApiGatewayV2::Integration': (id) => ({ Ref: id }),
  'AWS::ApiGatewayV2::Route': (id) => ({ Ref: id }),
  'AWS::ApiGatewayV2::Stage': (_id, { StageName }) => ({ Ref: StageName }),
  'AWS::CloudWatch::Alarm': (id) => ({ Ref: id, Arn: arn('cloudwatch', `alarm:${id}`) }),
  'AWS::DynamoDB::Table': (id) => ({ Ref: id, Arn: tableArn(id), StreamArn: streamArn(id) }),
  'AWS::Events::Rule': (id) => ({ Ref: id, Arn: ruleArn(id) }),
  'AWS::IAM::Role': (id) => ({ Ref: id, Arn: `arn:aws:iam::${ACCOUNT}:role/${id}` }),
  'AWS::KMS::Key': (id) => ({ Ref: id, Arn: arn('kms', `key/${id}`) }),
  'AWS::Lambda::EventSourceMapping': (id) => ({ Ref: id }),
  'AWS::Lambda::Function': (id) => ({ Ref: id, Arn: functionArn(id) }),
  'AWS::Logs::LogGroup': (id) => ({ Ref: id, Arn: `${arn('logs', `log-group:${id}`)}:*` }),
  'AWS::S3::Bucket': (id) => ({ Ref: bucketNameOf(id), Arn: bucketArn(id) }),
  'AWS::SNS::Topic': (id) => ({ Ref: topicArn(id), TopicArn: topicArn(id), TopicName: id }),
  'AWS::SQS::Queue': (id) => ({
    Ref: `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${id}`,
    Arn: queueArn(id),
    QueueName: id,
  }),
};

/** Looks up a resource's attribute for the resolver; undefined if the run does not know it. */
export function attributesOf(template: Template): (logicalId: string, name: string) => unknown {
  return (logicalId, name) => {
    const resource = template.Resources[logicalId];
    return resource && ATTRIBUTES[resource.Type]?.(logicalId, resource.Properties ?? {})[name];
  };
}

/** CloudFormation's pseudo parameters on this machine. */
export const PSEUDO_PARAMETERS: Readonly<Record<string, string>> = {
  'AWS::AccountId': ACCOUNT,
  'AWS::Partition': 'aws',
  'AWS::Region': REGION,
  'AWS::StackName': 'Nbwatch',
  'AWS::URLSuffix': 'amazonaws.com',
};
