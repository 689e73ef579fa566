import { describe, expect, inject, it } from 'vitest';
import { bringUp } from '../../../local/bring-up.ts';
import { startDynamoDbLocal } from '../../../local/dynamodb/dynamodb-local.ts';
import { type RunOptions, startRun } from '../../../local/run.ts';
import { checkResourceTypes, INERT } from '../../../local/stack/resource-types.ts';
import { readAssembly } from '../../../local/stack/synthesize.ts';
import type { Template } from '../../../local/template/template.ts';
import { changedAssembly, removeActions, resourceOf } from '../../support/changed-assembly.ts';
import { testDatabase } from '../../support/database.ts';

/** Starts the stack with something changed in its template. */
function start(change: (template: Template) => void, options: Partial<RunOptions> = {}) {
  const { url, accessKeyId } = testDatabase();
  return startRun({ assembly: changedAssembly(change), dynamodb: { url, accessKeyId }, ...options });
}

function removeResource(template: Template, type: string, idStart: string): void {
  delete template.Resources[resourceOf(template, type, idStart).id];
}

/** How many servers or child processes keep this process alive. */
const alive = (kind: 'TCPServerWrap' | 'ProcessWrap') =>
  process.getActiveResourcesInfo().filter((one) => one === kind).length;

describe('a resource type', () => {
  it('stops the start when it is neither run nor inert, and the error names the resource, the type and what to do', async () => {
    const started = start((template) => {
      template.Resources.Backup = { Type: 'AWS::Backup::BackupVault' };
      template.Resources.Flow = { Type: 'AWS::Kinesis::Stream' };
    });
    await expect(started).rejects.toMatchObject({
      name: 'UnknownResourceError',
      message: expect.stringMatching(
        /Backup \(AWS::Backup::BackupVault\), Flow \(AWS::Kinesis::Stream\)\. Add support .*resource-types\.ts/,
      ),
    });
  });

  it('is not taken for a known type when it is named like a property of Object', () => {
    const template = { Resources: { Odd: { Type: 'constructor' } } };
    expect(() => checkResourceTypes(template)).toThrow('Odd (constructor)');
  });

  it('has a reason when it is inert', () => {
    for (const reason of Object.values(INERT)) expect(reason).toMatch(/\w+ \w+/);
  });

  it('is run or inert when the stack as deployed has it', () => {
    expect(() => checkResourceTypes(readAssembly(inject('assemblyFolder')).template)).not.toThrow();
  });
});

describe('the start stops when a service lacks a permission that it needs:', () => {
  it.each([
    ['$connect', 'apigateway.amazonaws.com', 'GatewayApiconnectRoute'],
    ['$default', 'apigateway.amazonaws.com', 'GatewayApidefaultRoute'],
    ['$disconnect', 'apigateway.amazonaws.com', 'GatewayApidisconnectRoute'],
    ['EachMinute', 'events.amazonaws.com', 'EachMinuteAllowEventRuleNbwatchPublisher'],
  ])('to invoke a function for %s', async (source, principal, idStart) => {
    const started = start((template) => removeResource(template, 'AWS::Lambda::Permission', idStart));
    await expect(started).rejects.toMatchObject({
      name: 'MissingPermissionError',
      message: expect.stringMatching(
        new RegExp(`^${principal} may not invoke \\w+ for arn:.*${source.replace('$', '\\$')}`),
      ),
    });
  });

  it.each([
    ['Projection', 'dynamodb:GetRecords', 'StoresLedger', 'dynamodb:DescribeStream'],
    ['Publisher', 'dynamodb:DescribeStream', 'StoresRecords', 'dynamodb:DescribeStream'],
    ['Projection', 's3:PutObject', 'arn:aws:s3:::givenup', 's3:PutObject'],
  ])('the role of %s lacks the statement with %s', async (functionStart, removed, resource, missing) => {
    const started = start((template) => removeActions(template, functionStart, removed));
    await expect(started).rejects.toMatchObject({
      name: 'MissingPermissionError',
      message: expect.stringMatching(new RegExp(`role of ${functionStart}\\w+ may not ${missing} on .*${resource}`)),
    });
  });
});

describe('the start stops at a value that the run does not support:', () => {
  it('a subscription’s protocol, with the resource in the error', async () => {
    const started = start((template) => {
      template.Resources.Hose = {
        Type: 'AWS::SNS::Subscription',
        Properties: {
          TopicArn: { Ref: resourceOf(template, 'AWS::SNS::Topic', 'Alerts').id },
          Protocol: 'firehose',
          Endpoint: 'arn:aws:firehose:us-east-1:000000000000:deliverystream/x',
        },
      };
    });
    await expect(started).rejects.toThrow(/Resources\.Hose: .*protocol firehose/);
  });

  it('a schedule that is not a rate', async () => {
    const started = start((template) => {
      resourceOf(template, 'AWS::Events::Rule', 'EachMinute').Properties.ScheduleExpression = 'cron(0 12 * * ? *)';
    });
    await expect(started).rejects.toThrow();
  });

  it('a second API', async () => {
    const started = start((template) => {
      template.Resources.Other = structuredClone(resourceOf(template, 'AWS::ApiGatewayV2::Api'));
    });
    await expect(started).rejects.toThrow('exactly one WebSocket API');
  });

  it('a runtime other than the one that functions run on here', async () => {
    const started = start((template) => {
      resourceOf(template, 'AWS::Lambda::Function', 'Ingest').Properties.Runtime = 'nodejs22.x';
    });
    await expect(started).rejects.toThrow('nodejs22.x');
  });

  it('a managed policy, whose statements are not in the template', async () => {
    const started = start((template) => {
      resourceOf(template, 'AWS::IAM::Role', 'Ingest').Properties.ManagedPolicyArns = ['arn:aws:iam::aws:policy/X'];
    });
    await expect(started).rejects.toThrow(/IngestRole\w+: .*ManagedPolicyArns/);
  });
});

describe('a start that fails', () => {
  it.each([
    [
      'at a subscription',
      (template: Template) => {
        const Properties = { TopicArn: 'arn:aws:sns:us-east-1:000000000000:T', Protocol: 'firehose', Endpoint: 'x' };
        template.Resources.Hose = { Type: 'AWS::SNS::Subscription', Properties };
      },
    ],
    [
      'at a mapping',
      (template: Template) => {
        resourceOf(template, 'AWS::Lambda::EventSourceMapping', 'Projection').Properties.BatchSize = 0;
      },
    ],
    [
      'at the very end',
      (template: Template) =>
        removeResource(template, 'AWS::Lambda::Permission', 'EachMinuteAllowEventRuleNbwatchWatch'),
    ],
  ])('%s leaves no server behind, which would keep the program alive', async (_, change) => {
    await expect(start(change)).rejects.toThrow();
    await expect.poll(() => alive('TCPServerWrap')).toBe(0);
  });

  it('leaves no DynamoDB Local behind', async () => {
    const broken = changedAssembly((template) =>
      removeResource(template, 'AWS::Lambda::Permission', 'EachMinuteAllowEventRuleNbwatchWatch'),
    );
    const before = alive('ProcessWrap');
    const parts = { assembly: broken, dynamodb: await startDynamoDbLocal() };
    expect(alive('ProcessWrap')).toBe(before + 1);
    const up = bringUp(parts, (_, work) => work(), {});
    await expect(up).rejects.toMatchObject({ name: 'MissingPermissionError' });
    await expect.poll(() => alive('ProcessWrap')).toBe(before);
  });
});
