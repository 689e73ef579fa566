import { TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { marshall } from '@aws-sdk/util-dynamodb';
import { App } from 'aws-cdk-lib';
import { Template as Assertions } from 'aws-cdk-lib/assertions';
import { expect, it, onTestFinished } from 'vitest';
import { failureItem, pendingSince } from '../../../functions/alerts/intent.ts';
import { NbwatchStack } from '../../../lib/nbwatch-stack.ts';
import { readSettings } from '../../../lib/settings.ts';
import { ACCOUNT, REGION } from '../../../local/environment.ts';
import type { Assembly } from '../../../local/stack/synthesize.ts';
import type { Template } from '../../../local/template/template.ts';
import { jobFact } from '../../functions/support.ts';
import { changedAssembly, resourceOf } from '../../support/changed-assembly.ts';
import { readExample } from '../../support/examples.ts';
import { startTestRun, type TestRun } from '../../support/test-run.ts';

const topicOf = (template: Template) => ({ Ref: resourceOf(template, 'AWS::SNS::Topic', 'Alerts').id });

/** Adds a queue that subscribes to the alerts, as `topic.addSubscription(new SqsSubscription(queue, …))` writes it. */
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

/** The messages of a queue, read at the address in local.json: every client can, whatever its credentials. */
async function received({ run }: TestRun, id: string): Promise<string[]> {
  const credentials = { accessKeyId: 'anybody', secretAccessKey: 'anything' };
  const sqs = new SQSClient({ region: REGION, endpoint: run.awsUrl, credentials });
  onTestFinished(() => sqs.destroy());
  const QueueUrl = `${run.awsUrl}/${ACCOUNT}/${id}`;
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  return Messages.map(({ Body = '' }) => Body);
}

async function send(test: TestRun, ...files: string[]): Promise<void> {
  const primary = test.primary();
  await primary.start();
  for (const file of files) await primary.notify(readExample(file).payload);
  await test.run.idle();
}

it('a queue gets the machine form of each alert that passes its filter policy, and of no other alert', async () => {
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

it('subscribers outside the machine are accepted; a delivery to them is not sent, only its subject is printed', async () => {
  const outside = {
    email: 'a@example.com',
    'email-json': 'b@example.com',
    https: 'https://example.com/x',
    lambda: 'arn:aws:lambda:us-east-1:000000000000:function:incidents',
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

/** A subscription of somebody else's queue, as the settings have it. */
const queueOf = (name: string, rest: object = {}) => ({
  ...{ protocol: 'sqs', endpoint: `arn:aws:sqs:eu-central-1:123456789012:${name}`, ...rest },
});

/** The stack with the subscriptions that these settings make. */
function subscribed(subscriptions: readonly object[]): Assembly {
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
  const settings = readSettings({ 'nbwatch:subscriptions': subscriptions });
  const made = Assertions.fromStack(new NbwatchStack(app, 'Nbwatch', { settings }));
  return changedAssembly((template) => {
    Object.assign(template.Resources, made.findResources('AWS::SNS::Subscription'));
  });
}

/** The intent to report that a job of a client failed: job 200 or a child of it. */
const failureOf = (jobId: number, clientName: string) =>
  failureItem(jobFact({ jobId, parentJobId: 200, clientName, policyName: 'vmware2', status: 156 }));

/** Stores all of these intents at once, pending. */
async function intend({ run }: TestRun, intents: readonly object[]): Promise<void> {
  const TableName = run.deployment.outputs.RecordsTable;
  const items = intents.map((intent) =>
    marshall({ ...intent, ...pendingSince(Date.now()) }, { removeUndefinedValues: true }),
  );
  const TransactItems = items.map((Item) => ({ Put: { TableName, Item } }));
  await run.dynamodb.send(new TransactWriteItemsCommand({ TransactItems }));
}

const nightlyFailure = (jobId: number) =>
  readExample('08-job-failed.json').payload.map((info) => ({
    ...info,
    data: info.data.map((entry) => ({
      ...{ ...entry, jobId, parentJobId: jobId },
      ...{ clientName: 'sql01', policyName: 'Nightly', status: 13 },
    })),
  }));

it('a queue of the settings gets, by its name on this machine, what its list and severity let through on AWS', async () => {
  const test = await startTestRun({
    assembly: subscribed([
      queueOf('all'),
      queueOf('web', { clients: ['Web07'] }),
      queueOf('sql', { clients: ['sql01', 'web99'] }),
      queueOf('nightly', { policies: ['NIGHTLY'] }),
      queueOf('elsewhere', { primaries: ['lab'] }),
      queueOf('worst', { minSeverity: 'critical' }),
      { protocol: 'lambda', endpoint: 'arn:aws:lambda:eu-central-1:123456789012:function:incidents' },
      { protocol: 'email', endpoint: 'a@example.com' },
    ]),
  });
  // One alert about two clients, and one about one client. The failures of a family share an alert if all of them are
  // pending when the publisher looks.
  await intend(test, [failureOf(201, 'sql01'), failureOf(202, 'WEB07'), failureOf(200, 'sql01')]);
  await test.run.idle();
  const primary = test.primary();
  await primary.start();
  await primary.notify(nightlyFailure(300));
  await test.run.idle();
  expect(test.published.map(({ attributes }) => attributes.client?.value)).toEqual(['["sql01","WEB07"]', 'sql01']);

  const jobsIn = async (queue: string) => {
    const bodies = await received(test, queue);
    return bodies.map((body) => JSON.parse(JSON.parse(body).Message).job.jobId).toSorted();
  };
  expect(await jobsIn('all')).toEqual([200, 300]);
  expect(await jobsIn('web')).toEqual([200]);
  expect(await jobsIn('sql')).toEqual([200, 300]);
  expect(await jobsIn('nightly')).toEqual([300]);
  expect(await jobsIn('elsewhere')).toEqual([]);
  expect(await jobsIn('worst')).toEqual([]);
  expect(test.troubles).toEqual([]);
});
