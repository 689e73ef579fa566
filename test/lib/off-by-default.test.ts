import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, inject, it } from 'vitest';
import { NbwatchStack } from '../../lib/nbwatch-stack.ts';
import { readSettings } from '../../lib/settings.ts';
import { readDeployment } from '../../local/stack/deployment.ts';
import { readAssembly } from '../../local/stack/synthesize.ts';
import { must } from '../functions/support.ts';

/** The template with settings. Nothing is bundled: what settings change is not code. */
function withSettings(settings: Record<string, unknown>): Template {
  const context = Object.fromEntries(Object.entries(settings).map(([name, value]) => [`nbwatch:${name}`, value]));
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
  return Template.fromStack(new NbwatchStack(app, 'Nbwatch', { settings: readSettings(context) }));
}

/** The stack as it is deployed without any setting. */
const plain = Template.fromJSON({ ...readAssembly(inject('assemblyFolder')).template });

it('without reportHour the stack has no resource for reports', () => {
  const { resources } = readDeployment(readAssembly(inject('assemblyFolder')));
  expect(resources.filter(({ id }) => id.startsWith('Report'))).toEqual([]);
});

describe('the report, with reportHour set', () => {
  const told = withSettings({ reportHour: 7, reportDays: 90, zone: 'Europe/Berlin', deletedAgePercent: 30 });
  const bucket = Match.stringLikeRegexp('^ReportBucket');

  it('has an encrypted, private, TLS-only bucket that keeps reports for reportDays and outlives the stack', () => {
    told.hasResource('AWS::S3::Bucket', {
      DeletionPolicy: 'RetainExceptOnCreate',
      Properties: {
        BucketEncryption: Match.anyValue(),
        PublicAccessBlockConfiguration: {
          ...{ BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true },
        },
        LifecycleConfiguration: {
          Rules: Match.arrayWith([Match.objectLike({ ExpirationInDays: 90, Status: 'Enabled' })]),
        },
      },
    });
    told.hasResourceProperties('AWS::S3::BucketPolicy', {
      Bucket: { Ref: bucket },
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        ]),
      },
    });
    told.hasOutput('ReportBucket', { Value: { Ref: bucket } });
  });

  it('has a function that runs every ten minutes and gets the settings', () => {
    told.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(10 minutes)' });
    told.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: Match.objectLike({
          ZONE: 'Europe/Berlin',
          REPORT_HOUR: '7',
          YOUNG_PERCENT: '30',
          REPORT_BUCKET: { Ref: bucket },
        }),
      },
    });
  });

  it('has a role that may only read from tables, put reports and notices, and write its log', () => {
    const policies = Object.entries(told.findResources('AWS::IAM::Policy')).filter(([id]) =>
      id.startsWith('ReportFunction'),
    );
    const statements = must(policies[0])[1].Properties.PolicyDocument.Statement;
    const actions = statements.map(({ Action }: { Action: string | string[] }) => [Action].flat().join(' ')).sort();
    expect([...new Set(actions)]).toEqual([
      'dynamodb:GetItem dynamodb:PutItem',
      'dynamodb:Query',
      'logs:CreateLogStream logs:PutLogEvents',
      's3:PutObject',
    ]);
    const put = must(statements.find(({ Action }: { Action: unknown }) => Action === 's3:PutObject'));
    expect(JSON.stringify(put.Resource)).toMatch(/ReportBucket.*\/reports\/\*/);
    const written = must(
      statements.find(
        ({ Action }: { Action: unknown }) => Array.isArray(Action) && Action.includes('dynamodb:PutItem'),
      ),
    );
    expect(written.Condition).toEqual({ 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['notice#*'] } });
  });

  it('has a bucket that keeps reports for good when reportDays is forever', () => {
    const kept = withSettings({ reportHour: 0, reportDays: 'forever' });
    const [, { Properties }] = must(
      Object.entries(kept.findResources('AWS::S3::Bucket')).find(([id]) => id.startsWith('Report')),
    );
    expect(Properties.LifecycleConfiguration.Rules).toEqual([
      expect.not.objectContaining({ ExpirationInDays: expect.anything() }),
    ]);
  });
});

describe('a custom host name', () => {
  const certificateArn = 'arn:aws:acm:eu-central-1:123456789012:certificate/7e2f';
  const named = withSettings({ domainName: 'netbackup.example.com', certificateArn });

  it('leads to the stage over IPv4 and IPv6, with its certificate and TLS 1.2, and does not exist by default', () => {
    named.hasResourceProperties('AWS::ApiGatewayV2::DomainName', {
      DomainName: 'netbackup.example.com',
      DomainNameConfigurations: [
        {
          CertificateArn: certificateArn,
          ...{ EndpointType: 'REGIONAL', SecurityPolicy: 'TLS_1_2', IpAddressType: 'dualstack' },
        },
      ],
    });
    named.hasResourceProperties('AWS::ApiGatewayV2::ApiMapping', {
      ...{ ApiMappingKey: 'nbwss', Stage: 'nbwss', ApiId: { Ref: Match.stringLikeRegexp('^GatewayApi') } },
      DomainName: { Ref: Match.stringLikeRegexp('^GatewayDomain') },
    });
    plain.resourceCountIs('AWS::ApiGatewayV2::DomainName', 0);
    expect(Object.keys(plain.findOutputs('DomainTarget'))).toEqual([]);
  });

  it('is what primary servers and the canary connect to, while the API’s own name manages connections', () => {
    const endpoint = 'wss://netbackup.example.com/nbwss';
    named.hasOutput('EndpointUrl', { Value: endpoint });
    named.hasOutput('DomainTarget', { Value: { 'Fn::GetAtt': [Match.anyValue(), 'RegionalDomainName'] } });
    named.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: Match.objectLike({ ENDPOINT_URL: endpoint }) },
    });
    expect(named.findOutputs('ManagementUrl')).toEqual(plain.findOutputs('ManagementUrl'));
    const callbacks = (template: Template) =>
      Object.values(template.findResources('AWS::Lambda::Function')).map(
        ({ Properties }) => Properties.Environment.Variables.AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI,
      );
    expect(callbacks(named)).toEqual(callbacks(plain));
    // With the API's own endpoint disabled, @connections answers Forbidden.
    named.hasResourceProperties('AWS::ApiGatewayV2::Api', { DisableExecuteApiEndpoint: Match.absent() });
  });
});

describe('an adopted table', () => {
  const streamOf = (table: string) =>
    `arn:aws:dynamodb:eu-central-1:123456789012:table/${table}/stream/2026-11-27T15:18:17.123`;
  const SETTING = { Ledger: streamOf('Kept'), Records: streamOf('Kept'), Registry: 'Kept' };

  it.each(['Ledger', 'Records', 'Registry'] as const)(
    'as %s is not a resource of the stack, while the other tables are',
    (role) => {
      const adopting = withSettings({ [`adopt${role}`]: SETTING[role] });
      const tables = (template: Template) => Object.keys(template.findResources('AWS::DynamoDB::Table'));
      expect(tables(adopting)).toEqual(tables(plain).filter((id) => !id.startsWith(`Stores${role}`)));
      adopting.hasOutput(`${role}Table`, { Value: 'Kept' });
      // Whatever named the stack's own table now names this one: functions, permissions, mappings.
      const text = JSON.stringify(adopting.toJSON());
      expect(text).not.toContain(`"Stores${role}`);
      expect(Object.keys(adopting.toJSON().Resources).toSorted()).toEqual(
        Object.keys(plain.toJSON().Resources)
          .filter((id) => !id.startsWith(`Stores${role}`))
          .toSorted(),
      );
      const read = Object.values(adopting.findResources('AWS::Lambda::EventSourceMapping')).filter(({ Properties }) =>
        JSON.stringify(Properties.EventSourceArn).includes('table/Kept/stream/2026-11-27T15:18:17.123'),
      );
      // Projection and archive read the Ledger's, the publisher that of Records.
      expect(read).toHaveLength({ Ledger: 2, Records: 1, Registry: 0 }[role]);
    },
  );
});
