import { ApiGatewayManagementApiClient, GoneException } from '@aws-sdk/client-apigatewaymanagementapi';
import { CloudFormationClient, DescribeStacksCommand, ListStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import {
  GetAccountSettingsCommand,
  GetEventSourceMappingCommand,
  GetFunctionConfigurationCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { ListSubscriptionsByTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, expect, it, onTestFinished, vi } from 'vitest';
import { freePort } from '../../local/ports.ts';
import { commandLine } from './nbwatch.ts';

afterEach(() => vi.unstubAllEnvs());

const denied = (action: string) =>
  Object.assign(new Error(`User is not authorized to perform: ${action} on resource`), {
    name: 'AccessDeniedException',
  });

/** A deployed stack in trouble, whose gateway cannot be reached. */
async function deployed(): Promise<void> {
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  const port = await freePort();
  const outputs = {
    ...{ EndpointUrl: `wss://127.0.0.1:${port}/nbwss`, ManagementUrl: `https://127.0.0.1:${port}/nbwss` },
    ...{ GivenUpBucket: 'given-up', ImageRecordDays: '2557' },
    ...{ AlertsTopicArn: 'arn:alerts', ChatTopicArn: 'arn:chat', OperationsTopicArn: 'arn:operations' },
    ...{ LedgerTable: 'ledger', RecordsTable: 'records', RegistryTable: 'registry' },
  };
  const cloudformation = mockClient(CloudFormationClient);
  cloudformation.on(DescribeStacksCommand).resolves({
    Stacks: [
      {
        ...{ StackName: 'Nbwatch', CreationTime: new Date(), StackStatus: 'UPDATE_COMPLETE' },
        Outputs: Object.entries(outputs).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue })),
      },
    ],
  });
  const resource = (LogicalResourceId: string, PhysicalResourceId: string, ResourceType: string) => ({
    ...{ LogicalResourceId, PhysicalResourceId, ResourceType },
    ...{ LastUpdatedTimestamp: new Date(), ResourceStatus: 'UPDATE_COMPLETE' as const },
  });
  cloudformation.on(ListStackResourcesCommand).resolves({
    StackResourceSummaries: [
      resource('Projection0F1E2D3C', 'Nbwatch-Projection-1', 'AWS::Lambda::Function'),
      resource('Watch0F1E2D3C', 'Nbwatch-Watch-1', 'AWS::Lambda::Function'),
      resource('ProjectionStream0F1E2D3C', 'uuid-1', 'AWS::Lambda::EventSourceMapping'),
    ],
  });
  const lambda = mockClient(LambdaClient);
  lambda.on(GetFunctionConfigurationCommand).resolves({
    ...{ State: 'Active', LastUpdateStatus: 'Successful' },
    Environment: { Variables: { ALERT_SUBSCRIBERS: '["email anna@example.com"]' } },
  });
  lambda.on(GetEventSourceMappingCommand, { UUID: 'uuid-1' }).resolves({
    ...{ State: 'Disabled', FunctionArn: 'arn:aws:lambda:eu-central-1:1:function:Nbwatch-Projection-1' },
  });
  lambda
    .on(GetAccountSettingsCommand)
    .resolves({ AccountLimit: { ConcurrentExecutions: 10, UnreservedConcurrentExecutions: 10 } });
  const cloudwatch = mockClient(CloudWatchClient);
  cloudwatch.on(GetMetricStatisticsCommand).rejects(denied('cloudwatch:GetMetricStatistics'));
  const sns = mockClient(SNSClient);
  sns.on(ListSubscriptionsByTopicCommand).resolves({ Subscriptions: [] });
  const dynamodb = mockClient(DynamoDBClient).rejects(denied('dynamodb:DescribeTable'));
  dynamodb.on(QueryCommand).resolves({ Items: [] });
  const gateway = mockClient(ApiGatewayManagementApiClient);
  gateway.rejects(new GoneException({ message: 'gone', $metadata: {} }));
  const s3 = mockClient(S3Client).resolves({});
  for (const mock of [cloudformation, lambda, cloudwatch, sns, dynamodb, gateway, s3])
    onTestFinished(() => mock.restore());
}

it('doctor reports every problem of a deployed stack, though it may not see or cannot reach some of its parts', async () => {
  await deployed();
  const { code, out } = await commandLine()('doctor', '--stack', 'Nbwatch', '--json');
  const lines = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.map(({ check, state, what }) => `${check} ${state}: ${what}`)).toEqual([
    'subscriptions warning: alerts: in the settings, but not subscribed: email a***@example.com',
    'subscriptions failed: alerts: nobody is subscribed, so nobody is alerted to a failed job',
    'subscriptions warning: operations: nobody is subscribed, so nobody learns of an alarm about nbwatch itself',
    'functions ok: Projection, Watch: as deployed',
    'streams failed: Projection receives nothing: its stream mapping is Disabled',
    'tables unknown: not permitted: dynamodb:DescribeTable',
    'permissions ok: you may read connections, GivenUpBucket; writing is not tried',
    ...['Records', 'Ledger', 'Registry'].map((table) =>
      expect.stringMatching(`^permissions unknown: .* read ${table}:`),
    ),
    expect.stringMatching(/^quotas warning: 10 concurrent executions of Lambda in the account: /),
    expect.stringMatching(/^clock failed: /),
    expect.stringMatching(/^endpoint failed: no WebSocket connection to 127\.0\.0\.1: .*ECONNREFUSED/),
    expect.stringMatching(/^certificate failed: .*ECONNREFUSED/),
    'endpoints warning: there is no open endpoint, so no primary server can connect',
  ]);
  expect(lines.find(({ check }) => check === 'streams')?.next).toContain('--uuid uuid-1 --enabled');
  expect(code).toBe(4);
});
