import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, inject, it } from 'vitest';
import { TURN_MS } from '../../functions/archive/archive.ts';
import { NbwatchStack } from '../../lib/nbwatch-stack.ts';
import { readSettings } from '../../lib/settings.ts';
import { readDeployment } from '../../local/stack/deployment.ts';
import { readAssembly } from '../../local/stack/synthesize.ts';
import { must } from '../functions/support.ts';

const assembly = readAssembly(inject('assemblyFolder'));
const template = Template.fromJSON({ ...assembly.template });
const deployment = readDeployment(assembly);
const archive = must(deployment.functions.find(({ id }) => id.startsWith('Archive')));

/** The template with settings. Nothing is bundled: what settings change is not code. */
function withSettings(settings: Record<string, unknown>): Template {
  const context = Object.fromEntries(Object.entries(settings).map(([name, value]) => [`nbwatch:${name}`, value]));
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
  return Template.fromStack(new NbwatchStack(app, 'Nbwatch', { settings: readSettings(context) }));
}

const locked = (Mode: string, Days: number) => ({
  ObjectLockEnabled: true,
  ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention: { Mode, Days } } },
});

describe('the bucket of the archive', () => {
  it('locks its objects, keeps versions, outlives the stack, and is private', () => {
    template.hasResource('AWS::S3::Bucket', {
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        ...locked('GOVERNANCE', 400),
        VersioningConfiguration: { Status: 'Enabled' },
        BucketEncryption: Match.anyValue(),
        PublicAccessBlockConfiguration: {
          ...{ BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true },
        },
        // A lifecycle rule would delete what nobody may delete.
        LifecycleConfiguration: Match.absent(),
      },
    });
    withSettings({ archive: 'compliance', archiveDays: 30 }).hasResourceProperties(
      'AWS::S3::Bucket',
      locked('COMPLIANCE', 30),
    );
    template.hasOutput('ArchiveBucket', { Value: { Ref: Match.stringLikeRegexp('^ArchiveBucket') } });
  });

  it('refuses requests without TLS, and puts without If-None-Match', () => {
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      Bucket: { Ref: Match.stringLikeRegexp('^ArchiveBucket') },
      PolicyDocument: {
        Statement: [
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
          Match.objectLike({
            ...{ Effect: 'Deny', Action: 's3:PutObject', Principal: { AWS: '*' } },
            Condition: { Null: { 's3:if-none-match': 'true' } },
          }),
        ],
      },
    });
  });
});

describe('the function of the archive', () => {
  it('may put objects and note the end of the chain, but not read, delete or unlock anything', () => {
    const { statements } = must(deployment.roles.get(deployment.roleOf(archive.id)));
    const allowed = statements.flatMap(({ Action, Resource, Condition }) =>
      [Action].flat().map((action) => ({ action, resource: [Resource].flat().join(), condition: Condition })),
    );
    const [own, givenUp] = [deployment.outputs.ArchiveBucket, deployment.outputs.GivenUpBucket];
    // Lambda itself puts the records that it gives up, in the function's name.
    expect(allowed.filter(({ action }) => String(action).startsWith('s3:'))).toEqual([
      {
        action: 's3:PutObject',
        resource: `arn:aws:s3:::${own}/facts/*,arn:aws:s3:::${givenUp}/*`,
        condition: undefined,
      },
      { action: 's3:ListBucket', resource: `arn:aws:s3:::${givenUp}`, condition: undefined },
    ]);
    const onTables = allowed.filter(({ resource }) => /table\/[^/]*$/.test(resource));
    expect(onTables).toEqual([
      {
        action: 'dynamodb:UpdateItem',
        resource: expect.stringMatching(/StoresRegistry\w{8}$/),
        condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['archive'] } },
      },
    ]);
  });

  it('has a timeout that is not longer than its turn', () => {
    expect(archive.timeoutMs).toBeLessThanOrEqual(TURN_MS);
  });
});

it('the alarm LedgerChanged looks at the maximum of every five minutes, and missing data does not raise it', () => {
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    ...{ MetricName: 'LedgerChanged', Statistic: 'Maximum', Period: 300, TreatMissingData: 'notBreaching' },
  });
});

it('without an archive there is no bucket, function, second stream reader, output or alarm for it', () => {
  const without = withSettings({ archive: 'off' });
  without.resourceCountIs('AWS::S3::Bucket', 1);
  without.resourceCountIs('AWS::Lambda::EventSourceMapping', 2);
  expect(Object.keys(without.findResources('AWS::Lambda::Function')).filter((id) => id.startsWith('Archive'))).toEqual(
    [],
  );
  expect(without.findOutputs('ArchiveBucket')).toEqual({});
  without.resourcePropertiesCountIs('AWS::CloudWatch::Alarm', { MetricName: 'LedgerChanged' }, 0);
});
