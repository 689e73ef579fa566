import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { App } from 'aws-cdk-lib';
import { Template as Assertions } from 'aws-cdk-lib/assertions';
import { expect, it, onTestFinished } from 'vitest';
import { NbwatchStack } from '../../../lib/nbwatch-stack.ts';
import { readSettings } from '../../../lib/settings.ts';
import { describeRun } from '../../../local/describe-run.ts';
import { REGION } from '../../../local/environment.ts';
import { readDeployment } from '../../../local/stack/deployment.ts';
import { startMessaging } from '../../../local/stack/messaging.ts';
import { readExample } from '../../../local/story/examples.ts';
import type { Template } from '../../../local/template/template.ts';
import { changedAssembly, resourceOf } from '../../support/changed-assembly.ts';
import { startTestRun, type TestRun } from '../../support/test-run.ts';

const topicOf = (template: Template) => ({ Ref: resourceOf(template, 'AWS::SNS::Topic', 'Alerts').id });

/** A queue that subscribes to the alerts, as `topic.addSubscription(new SqsSubscription(queue, …))` writes it. */
function addQueue(template: Template, id: string, subscription: Record<string, unknown>): void {
  const Arn = { 'Fn::GetAtt': [id, 'Arn'] };
  template.Resources[id] = { Type: 'AWS::SQS::Queue' };
  template.Resources[`${id}Policy`] = {
    Type: 'AWS::SQS::QueuePolicy',
    Properties: {
      Queues: [{ Ref: id }],
      PolicyDocument: {
        Statement: [
          {
            Action: 'sqs:SendMessage',
            Effect: 'Allow',
            Principal: { Service: 'sns.amazonaws.com' },
            Resource: Arn,
            Condition: { ArnEquals: { 'aws:SourceArn': topicOf(template) } },
          },
        ],
      },
    },
  };
  template.Resources[`${id}Subscription`] = {
    Type: 'AWS::SNS::Subscription',
    Properties: { TopicArn: topicOf(template), Protocol: 'sqs', Endpoint: Arn, ...subscription },
  };
}

/** The messages of a queue, read as anybody could: by the address in local.json, with any credentials. */
async function received({ run }: TestRun, id: string): Promise<string[]> {
  const credentials = { accessKeyId: 'anybody', secretAccessKey: 'anything' };
  const sqs = new SQSClient({ region: REGION, endpoint: run.awsUrl, credentials });
  onTestFinished(() => sqs.destroy());
  const QueueUrl = describeRun(run).queues.find((url) => url.endsWith(`/${id}`));
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  return Messages.map(({ Body = '' }) => Body);
}

async function send(test: TestRun, ...files: string[]): Promise<void> {
  const primary = test.primary();
  await primary.start();
  for (const file of files) await primary.notify(readExample(file).payload);
  await test.run.idle();
}

it('a queue gets the machine form of each alert that passes its filter policy, and no other', async () => {
  const test = await startTestRun({
    assembly: changedAssembly((template) => {
      addQueue(template, 'Raw', { RawMessageDelivery: true });
      addQueue(template, 'Wrapped', { FilterPolicy: { kind: ['JobFailed'], status: [{ numeric: ['=', 156] }] } });
      addQueue(template, 'Others', { FilterPolicy: { status: [{ numeric: ['<', 156] }] } });
    }),
  });
  await send(test, '07-job-and-images.json', '08-job-failed.json');
  const [alert] = test.published;
  const machine = { version: 1, kind: 'JobFailed', job: { jobId: 148, status: 156 } };
  const raw = await received(test, 'Raw');
  expect(raw).toHaveLength(1);
  expect(JSON.parse(raw[0] ?? '')).toMatchObject(machine);
  const wrapped = (await received(test, 'Wrapped')).map((body) => JSON.parse(body));
  expect(wrapped).toMatchObject([{ Type: 'Notification', MessageId: alert?.messageId, Subject: alert?.subject }]);
  expect(JSON.parse(wrapped[0].Message)).toMatchObject(machine);
  expect(await received(test, 'Others')).toEqual([]);
  expect(test.troubles).toEqual([]);
});

it('subscribers outside of AWS are accepted: what they would get is shown and not sent', async () => {
  const outside = {
    email: 'a@example.com',
    'email-json': 'b@example.com',
    https: 'https://example.com/x',
    sms: '+15550100',
  };
  const test = await startTestRun({
    assembly: changedAssembly((template) => {
      for (const [Protocol, Endpoint] of Object.entries(outside))
        template.Resources[`To${Endpoint.replace(/\W/g, '')}`] = {
          Type: 'AWS::SNS::Subscription',
          Properties: { TopicArn: topicOf(template), Protocol, Endpoint },
        };
    }),
  });
  await send(test, '08-job-failed.json');
  expect(test.published).toHaveLength(1);
  expect(test.troubles).toEqual([]);
});

it('a queue that the settings name gets here, by its name, what it would get there', async () => {
  const subscriptions = [
    { protocol: 'sqs', endpoint: 'arn:aws:sqs:eu-central-1:123456789012:theirs', minSeverity: 'critical' },
    { protocol: 'email', endpoint: 'a@example.com' },
  ];
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
  const settings = readSettings({ 'nbwatch:subscriptions': subscriptions });
  const template = Assertions.fromStack(new NbwatchStack(app, 'Nbwatch', { settings })).toJSON() as Template;
  const messaging = await startMessaging(readDeployment({ template, folder: '' }), 0);
  onTestFinished(() => messaging.stop());
  const topic = resourceOf(template, 'AWS::SNS::Topic', 'Alerts').id;
  for (const severity of ['error', 'critical'])
    messaging.publish(topic, severity, {
      messageAttributes: { severity: { DataType: 'String', StringValue: severity } },
    });
  const credentials = { accessKeyId: 'anybody', secretAccessKey: 'anything' };
  const sqs = new SQSClient({ region: REGION, endpoint: `http://127.0.0.1:${messaging.port}`, credentials });
  onTestFinished(() => sqs.destroy());
  const QueueUrl = `http://127.0.0.1:${messaging.port}/000000000000/theirs`;
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  expect(Messages.map(({ Body = '' }) => JSON.parse(Body).Message)).toEqual(['critical']);
});
