import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { NbwatchStack } from '../../lib/nbwatch-stack.ts';
import { readSettings } from '../../lib/settings.ts';
import { readDeployment } from '../../local/stack/deployment.ts';
import type { Template as Read } from '../../local/template/template.ts';

/*
 * What roles and resource policies allow, in the stack with every optional part. test/docs/security.test.ts checks that
 * each role's permissions are those of docs/security.md. The tests that use test/support/permissions.ts check that each
 * is used.
 */

const context = {
  'aws:cdk:bundling-stacks': [],
  'nbwatch:reportHour': 7,
  'nbwatch:slackWorkspaceId': 'T0123456789',
  'nbwatch:slackChannelId': 'C0123456789',
  'nbwatch:emails': 'a@example.com',
  'nbwatch:operationsEmails': 'b@example.com',
};
const app = new App({ context });
const template = Template.fromStack(
  new NbwatchStack(app, 'Nbwatch', { settings: readSettings(app.node.getAllContext()) }),
).toJSON() as Read;
const deployment = readDeployment({ template, folder: '' });

/** A logical id without the suffix by which CDK makes it unique. */
const short = (id: string) => id.replace(/[0-9A-F]{8}$/, '');

const several = v.pipe(
  v.union([v.string(), v.array(v.string())]),
  v.transform((value) => [value].flat()),
);
/** Strict: a statement with NotAction, NotResource or NotPrincipal allows what nobody wrote down. */
const statementSchema = v.strictObject({
  Sid: v.optional(v.string()),
  Effect: v.picklist(['Allow', 'Deny']),
  Action: several,
  Resource: v.optional(several, []),
  Principal: v.optional(v.union([v.literal('*'), v.record(v.string(), several)])),
  Condition: v.optional(v.record(v.string(), v.record(v.string(), v.unknown()))),
});
const documentSchema = v.object({ Statement: v.array(statementSchema) });

/** Every statement of a kind of policy, with the short id of the policy. */
const statementsOf = (type: string, property: string) =>
  deployment
    .ofType(type)
    .flatMap(({ id, properties }) =>
      v.parse(documentSchema, properties[property]).Statement.map((statement) => ({ policy: short(id), ...statement })),
    );

const POLICIES: readonly (readonly [string, string])[] = [
  ['AWS::SNS::TopicPolicy', 'PolicyDocument'],
  ['AWS::SQS::QueuePolicy', 'PolicyDocument'],
  ['AWS::S3::BucketPolicy', 'PolicyDocument'],
  ['AWS::KMS::Key', 'KeyPolicy'],
];
const ofResources = POLICIES.flatMap(([type, property]) => statementsOf(type, property));

describe('a role', () => {
  const statements = statementsOf('AWS::IAM::Policy', 'PolicyDocument');

  it('can be assumed by Lambda only, except for the role of Amazon Q, which allows nothing', () => {
    const trusted = statementsOf('AWS::IAM::Role', 'AssumeRolePolicyDocument').map(({ policy, Principal, Action }) => [
      policy.endsWith('ConfigurationRole') ? 'Amazon Q' : 'function',
      Principal,
      Action,
    ]);
    const service = (name: string) => ({ Service: [name] });
    expect(new Set(trusted.map((each) => JSON.stringify(each)))).toEqual(
      new Set([
        JSON.stringify(['function', service('lambda.amazonaws.com'), ['sts:AssumeRole']]),
        JSON.stringify(['Amazon Q', service('chatbot.amazonaws.com'), ['sts:AssumeRole']]),
      ]),
    );
    for (const { properties } of deployment.ofType('AWS::IAM::Role')) {
      expect(properties).not.toHaveProperty('ManagedPolicyArns');
      expect(properties).not.toHaveProperty('Policies');
    }
    expect(statements.filter(({ policy }) => policy.includes('Slack'))).toEqual([]);
  });

  it('names every action, and has none of IAM, Lambda or KMS', () => {
    expect(new Set(statements.map(({ Effect }) => Effect))).toEqual(new Set(['Allow']));
    const services = new Set(statements.flatMap(({ Action }) => Action).map((action) => action.split(':')[0]));
    expect([...services].toSorted()).toEqual(['dynamodb', 'execute-api', 'logs', 's3', 'sns', 'sqs']);
    expect(statements.flatMap(({ Action }) => Action).filter((action) => action.includes('*'))).toEqual([]);
  });

  it('names every resource, with `*` only for connections, objects, log streams and dynamodb:ListStreams', () => {
    const starred = statements.flatMap(({ Action, Resource }) =>
      Resource.filter((arn) => arn.includes('*')).map((arn) => `${Action.join()} on ${arn}`),
    );
    const known = [
      /^dynamodb:ListStreams on \*$/,
      /^logs:CreateLogStream,logs:PutLogEvents on arn:aws:logs:[\w:-]+:log-group:\w+:\*$/,
      /^execute-api:ManageConnections on arn:aws:execute-api:[\w:-]+\/nbwss\/(POST|DELETE|GET)\/@connections\/\*$/,
      /^s3:PutObject on arn:aws:s3:::givenup\w+\/\*$/,
      /^s3:PutObject on arn:aws:s3:::archivebucket\w+\/facts\/\*$/,
      /^s3:PutObject on arn:aws:s3:::reportbucket\w+\/reports\/\*$/,
    ];
    expect(starred.filter((each) => !known.some((one) => one.test(each)))).toEqual([]);
  });

  it('may not delete a fact, a record of a job or image, a message, or an object of a bucket', () => {
    const deleting = statements
      .filter(({ Action }) => Action.some((action) => /delete/i.test(action)))
      .map(({ policy, Action, Condition }) => [
        policy.replace('RoleDefaultPolicy', ''),
        Action.filter((action) => /delete/i.test(action)),
        Object.values(Condition ?? {}).flatMap((test) => Object.values(test).flat()),
      ]);
    expect(deleting).toEqual([
      ['Publisher', ['dynamodb:DeleteItem'], ['lease#*']],
      ['Watch', ['dynamodb:DeleteItem'], ['lease#overdue']],
      ['Watch', ['dynamodb:DeleteItem'], ['overdue#*']],
      ['Probe', ['sqs:DeleteMessage'], []],
    ]);
  });
});

describe('a policy of a topic, queue, bucket or key', () => {
  it('lets in AWS services only, each for one topic or account of this stack, and for the key also the account', () => {
    const allowed = ofResources
      .filter(({ Effect }) => Effect === 'Allow')
      .map(({ policy, Principal, Action, Condition }) => ({ policy, Principal, Action, Condition }));
    const from = (key: string, value: unknown) => ({
      [key === 'aws:SourceArn' ? 'ArnEquals' : 'StringEquals']: { [key]: value },
    });
    const cloudwatch = {
      Principal: { Service: ['cloudwatch.amazonaws.com'] },
      Condition: from('aws:SourceAccount', expect.stringMatching(/^\d{12}$/)),
    };
    const sns = (topic: RegExp) => ({
      Principal: { Service: ['sns.amazonaws.com'] },
      Action: ['sqs:SendMessage'],
      Condition: from('aws:SourceArn', expect.stringMatching(topic)),
    });
    expect(allowed).toEqual([
      { policy: 'OperationsTopicPolicy', Action: ['sns:Publish'], ...cloudwatch },
      { policy: 'AlertsUndeliveredPolicy', ...sns(/:AlertsTopic\w+$/) },
      { policy: 'AlertsUndeliveredPolicy', ...sns(/:OperationsTopic\w+$/) },
      { policy: 'ProbeTopicQueuePolicy', ...sns(/:ProbeTopic\w+$/) },
      {
        policy: 'OperationsKey',
        Principal: { AWS: [expect.stringMatching(/^arn:aws:iam::\d{12}:root$/)] },
        Action: ['kms:*'],
        Condition: undefined,
      },
      { policy: 'OperationsKey', Action: ['kms:Decrypt', 'kms:GenerateDataKey*'], ...cloudwatch },
    ]);
  });

  it('refuses everything that does not come over TLS', () => {
    const refused = ofResources.filter(({ Effect }) => Effect === 'Deny');
    // The archive's bucket also refuses to overwrite an object.
    const isOverwriting = ({ Condition }: (typeof refused)[number]) => Condition?.Null !== undefined;
    expect(refused.filter(isOverwriting)).toMatchObject([
      {
        policy: expect.stringMatching(/^ArchiveBucket/),
        Action: ['s3:PutObject'],
        Resource: [expect.stringMatching(/\/\*$/)],
        Condition: { Null: { 's3:if-none-match': 'true' } },
      },
    ]);
    const denied = refused.filter((one) => !isOverwriting(one));
    for (const { policy, Resource, Principal, Condition } of denied) {
      // A bucket itself, and whatever is in it.
      if (/Bucket/.test(policy)) expect(Resource.toSorted()).toEqual([Resource[0], `${Resource[0]}/*`]);
      expect([{ AWS: ['*'] }, '*']).toContainEqual(Principal);
      expect(Condition).toEqual({ Bool: { 'aws:SecureTransport': 'false' } });
    }
    const guarded = ['AWS::SNS::Topic', 'AWS::SQS::Queue', 'AWS::S3::Bucket'].flatMap((type) =>
      deployment.ofType(type),
    );
    expect(denied.map(({ policy }) => policy.replace(/Policy$/, '')).toSorted()).toEqual(
      guarded.map(({ id }) => short(id)).toSorted(),
    );
  });
});

describe('a function', () => {
  it('can be invoked only by the gateway and rules of this stack', () => {
    expect(deployment.ofType('AWS::Lambda::Url')).toEqual([]);
    const permissions = deployment.ofType('AWS::Lambda::Permission').map(({ properties }) => properties);
    for (const permission of permissions) {
      expect(permission).not.toHaveProperty('FunctionUrlAuthType');
      expect(permission.Action).toBe('lambda:InvokeFunction');
      const gateway = permission.Principal === 'apigateway.amazonaws.com';
      if (!gateway) expect(permission.Principal).toBe('events.amazonaws.com');
      expect(permission.SourceArn).toMatch(
        gateway
          ? /^arn:aws:execute-api:[\w-]+:\d{12}:\w+\/\*\$(connect|disconnect|default)$/
          : /^arn:aws:events:[\w-]+:\d{12}:rule\/\w+$/,
      );
    }
    // Three routes; Publisher and Watch each minute, the probe, the report.
    expect(permissions).toHaveLength(3 + 2 + 1 + 1);
  });

  it('has no secret in its environment, and the stack has no secret, parameter, access key or user', () => {
    for (const { environment } of deployment.functions) {
      expect(
        Object.keys(environment).filter((name) => /token|secret|password|credential|(^|_)key/i.test(name)),
      ).toEqual([]);
    }
    for (const type of ['AWS::SecretsManager::Secret', 'AWS::SSM::Parameter', 'AWS::IAM::AccessKey', 'AWS::IAM::User'])
      expect(deployment.ofType(type)).toEqual([]);
  });

  it('writes to a log group of its own, which no other function writes to and which has a retention time', () => {
    const writers = statementsOf('AWS::IAM::Policy', 'PolicyDocument').filter(({ Action }) =>
      Action[0]?.startsWith('logs:'),
    );
    const groups = deployment.ofType('AWS::Logs::LogGroup');
    expect(writers).toHaveLength(deployment.functions.length);
    expect(new Set(writers.flatMap(({ Resource }) => Resource)).size).toBe(groups.length);
    for (const { properties } of groups) expect(properties.RetentionInDays).toEqual(expect.any(Number));
  });
});

it('buckets, topics and queues are encrypted, the key rotates, and no bucket is public', () => {
  for (const { properties } of deployment.ofType('AWS::S3::Bucket')) {
    expect(properties.BucketEncryption).toBeDefined();
    expect(properties.PublicAccessBlockConfiguration).toEqual({
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    });
  }
  for (const { properties } of deployment.ofType('AWS::SNS::Topic')) expect(properties.KmsMasterKeyId).toBeDefined();
  for (const { properties } of deployment.ofType('AWS::SQS::Queue')) expect(properties.SqsManagedSseEnabled).toBe(true);
  for (const { properties } of deployment.ofType('AWS::KMS::Key')) expect(properties.EnableKeyRotation).toBe(true);
});

it('the gateway takes as many requests as the settings say, not the whole account’s', () => {
  const [stage] = deployment.ofType('AWS::ApiGatewayV2::Stage');
  expect(stage?.properties.DefaultRouteSettings).toEqual({ ThrottlingRateLimit: 500, ThrottlingBurstLimit: 1_000 });
});
