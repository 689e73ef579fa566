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

it('without an hour there is no report, nor its bucket, its schedule and its role', () => {
  const { resources } = readDeployment(readAssembly(inject('assemblyFolder')));
  expect(resources.filter(({ id }) => id.startsWith('Report'))).toEqual([]);
});

describe('with an hour', () => {
  const told = withSettings({ reportHour: 7, reportDays: 90, zone: 'Europe/Berlin', deletedAgePercent: 30 });
  const bucket = Match.stringLikeRegexp('^ReportBucket');

  it('the reports are private: encrypted, over TLS only, out of the public’s reach, kept for reportDays and beyond the stack', () => {
    told.hasResource('AWS::S3::Bucket', {
      DeletionPolicy: 'Retain',
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

  it('the function is looked after each ten minutes, and acts by the settings', () => {
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

  it('its role reads what a report is made of, adds reports and notices, and may do nothing else', () => {
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

  it('reports can be kept for good', () => {
    const kept = withSettings({ reportHour: 0, reportDays: 'forever' });
    const [, { Properties }] = must(
      Object.entries(kept.findResources('AWS::S3::Bucket')).find(([id]) => id.startsWith('Report')),
    );
    expect(Properties.LifecycleConfiguration.Rules).toEqual([
      expect.not.objectContaining({ ExpirationInDays: expect.anything() }),
    ]);
  });
});
