import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { canaryTokenKey } from '../../functions/keys/registry.ts';
import { LEASE_MS } from '../../functions/watch/overdue-watch.ts';
import { NbwatchStack } from '../../lib/nbwatch-stack.ts';
import { readSettings } from '../../lib/settings.ts';
import { evaluate } from '../../local/proxy/iam.ts';
import { tableArn } from '../../local/stack/attributes.ts';
import { bundle } from '../../local/stack/bundle.ts';
import { readDeployment } from '../../local/stack/deployment.ts';
import { readAssembly } from '../../local/stack/synthesize.ts';
import { must } from '../functions/support.ts';

/** The stack as it is deployed without any setting. */
const assembly = readAssembly(inject('assemblyFolder'));
const template = Template.fromJSON({ ...assembly.template });
const deployment = readDeployment(assembly);
const ofType = (type: string) => Object.entries(template.findResources(type));

/** The template with settings. Nothing is bundled: what settings change is not code. */
function withSettings(settings: Record<string, unknown>): Template {
  const context = Object.fromEntries(Object.entries(settings).map(([name, value]) => [`nbwatch:${name}`, value]));
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
  return Template.fromStack(new NbwatchStack(app, 'Nbwatch', { settings: readSettings(context) }));
}

/** Every statement of every role, with the logical id of the role's function. */
const statements = deployment.functions.flatMap(({ id }) =>
  (deployment.roles.get(deployment.roleOf(id))?.statements ?? []).map((statement) => ({
    function: id.replace(/[0-9A-F]{8}$/, ''),
    actions: [statement.Action].flat(),
    resources: [statement.Resource].flat(),
    condition: statement.Condition,
  })),
);

describe('a mapping', () => {
  const limits = {
    BatchSize: Match.anyValue(),
    MaximumBatchingWindowInSeconds: Match.anyValue(),
    ParallelizationFactor: 1,
    BisectBatchOnFunctionError: Match.anyValue(),
    MaximumRecordAgeInSeconds: 23 * 3600,
    MaximumRetryAttempts: 10_000,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    StartingPosition: 'TRIM_HORIZON',
    DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': [Match.stringLikeRegexp('^GivenUp'), 'Arn'] } } },
  };

  it('has every limit set, whichever stream it reads', () => {
    template.allResourcesProperties('AWS::Lambda::EventSourceMapping', limits);
    template.resourceCountIs('AWS::Lambda::EventSourceMapping', 3);
  });

  it('invokes projection and publisher at once, with bisect, and the archive in large batches, without bisect', () => {
    const waits = deployment.mappings.map(({ functionId, properties }) => [
      functionId.slice(0, 9),
      properties.MaximumBatchingWindowInSeconds,
      properties.BatchSize,
      properties.BisectBatchOnFunctionError,
    ]);
    expect(waits.toSorted()).toEqual([
      ['ArchiveFu', 240, 10_000, false],
      ['Projectio', 0, 100, true],
      ['Publisher', 0, 100, true],
    ]);
  });

  it('invokes its function only for new items of its kinds, and the archive also for any change or removal', () => {
    const patterns = deployment.mappings.map(({ functionId, properties }) => [
      functionId.slice(0, 9),
      properties.FilterCriteria?.Filters?.map(({ Pattern }) => JSON.parse(Pattern)),
    ]);
    const inserted = (Keys: object) => [{ eventName: ['INSERT'], dynamodb: { Keys } }];
    expect(Object.fromEntries(patterns)).toEqual({
      ArchiveFu: [
        ...inserted({ pk: { S: [{ prefix: 'image#' }] } }),
        { eventName: ['MODIFY'] },
        { eventName: ['REMOVE'] },
      ],
      Projectio: inserted({ pk: { S: [{ prefix: 'job#' }, { prefix: 'image#' }, { prefix: 'aside#' }] } }),
      Publisher: inserted({ sk: { S: [{ prefix: 'intent#' }] } }),
    });
  });

  it('is one of at most two readers of its stream, the most that DynamoDB serves', () => {
    const sources = deployment.mappings.map(({ properties }) => properties.EventSourceArn);
    const readers = [...Map.groupBy(sources, (arn) => arn)].map(([arn, all]) => [
      /Stores([A-Z][a-z]+)/.exec(arn)?.[1],
      all.length,
    ]);
    expect(Object.fromEntries(readers)).toEqual({ Ledger: 2, Records: 1 });
  });
});

describe('the gateway', () => {
  it('is reached over IPv4 and IPv6', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Api', { IpAddressType: 'dualstack' });
  });

  it('has $connect, $default and $disconnect, and no other route', () => {
    const keys = ofType('AWS::ApiGatewayV2::Route').map(([, { Properties }]) => Properties.RouteKey);
    expect(keys.toSorted()).toEqual(['$connect', '$default', '$disconnect']);
  });

  it('is one-way: without route responses, nothing that a function returns reaches NetBackup', () => {
    for (const [, { Properties }] of ofType('AWS::ApiGatewayV2::Route'))
      expect(Properties).not.toHaveProperty('RouteResponseSelectionExpression');
    template.resourceCountIs('AWS::ApiGatewayV2::RouteResponse', 0);
    template.resourceCountIs('AWS::ApiGatewayV2::IntegrationResponse', 0);
  });

  it('waits longer than the timeout of Ingest, which is longer than its deadline of less than two seconds', () => {
    const ingest = deployment.functions.find(({ id }) => id.startsWith('Ingest'));
    const deadline = Number(ingest?.environment.DEADLINE_MS);
    expect(deadline).toBeLessThan(2_000);
    expect(ingest?.timeoutMs).toBeGreaterThan(deadline);
    for (const [, { Properties }] of ofType('AWS::ApiGatewayV2::Integration'))
      expect(Properties.TimeoutInMillis).toBeGreaterThan(ingest?.timeoutMs ?? Number.POSITIVE_INFINITY);
  });
});

describe('the topics', () => {
  it('are encrypted and take nothing without TLS', () => {
    template.resourceCountIs('AWS::SNS::Topic', 4);
    template.allResourcesProperties('AWS::SNS::Topic', { KmsMasterKeyId: Match.anyValue() });
    template.allResourcesProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Deny',
            Action: 'sns:Publish',
            Principal: '*',
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
        ]),
      },
    });
  });

  it('have no subscription by default, except for the probe’s own', () => {
    template.resourceCountIs('AWS::SNS::Subscription', 1);
  });
});

describe('the alerts topic', () => {
  const queue = 'arn:aws:sqs:eu-central-1:123456789012:alerts';
  const url = 'https://example.com/alerts';
  const incidents = 'arn:aws:lambda:eu-west-1:210987654321:function:incidents:live';
  const told = withSettings({
    emails: 'a@example.com,b@example.org',
    subscriptions: [
      { protocol: 'sqs', endpoint: queue, clients: ['SQL01'] },
      { protocol: 'https', endpoint: url, minSeverity: 'error' },
      { protocol: 'lambda', endpoint: incidents, minSeverity: 'critical', summary: true },
    ],
  });
  const notOfTheProbe = [{ exists: false }, { 'anything-but': ['canary'] }];
  const undelivered = { 'Fn::GetAtt': [Match.stringLikeRegexp('^AlertsUndelivered'), 'Arn'] };

  it.each([
    [
      'email',
      'b@example.org',
      { severity: ['error', 'critical', 'summary'], part: [{ numeric: ['=', 1] }], primary: notOfTheProbe },
    ],
    [
      'sqs',
      queue,
      {
        severity: ['information', 'warning', 'error', 'critical'],
        primary: notOfTheProbe,
        client: [{ exists: false }, { 'equals-ignore-case': 'sql01' }],
      },
    ],
    ['https', url, { severity: ['error', 'critical'], primary: notOfTheProbe }],
    ['lambda', incidents, { severity: ['critical', 'summary'], primary: notOfTheProbe }],
  ])(
    'gives a subscriber by %s the filter policy of its settings, and a queue for what is not delivered',
    (Protocol, Endpoint, FilterPolicy) => {
      told.resourceCountIs('AWS::SNS::Subscription', 6);
      told.hasResourceProperties('AWS::SNS::Subscription', {
        Protocol,
        Endpoint,
        TopicArn: { Ref: Match.stringLikeRegexp('^AlertsTopic') },
        FilterPolicy: Match.exact(FilterPolicy),
        RedrivePolicy: { deadLetterTargetArn: undelivered },
      });
    },
  );

  it('keeps the logical id of an address’s subscription, so that CloudFormation does not end a confirmed one', () => {
    expect(Object.keys(told.findResources('AWS::SNS::Subscription'))).toContain('AlertsTopicaexamplecom74F99C45');
  });

  it('is the only sender to the queue of undelivered messages, which takes nothing without TLS', () => {
    template.hasResourceProperties('AWS::SQS::Queue', {
      SqsManagedSseEnabled: true,
      MessageRetentionPeriod: 14 * 86_400,
    });
    template.hasResourceProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: {
        Statement: [
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
          {
            Effect: 'Allow',
            Action: 'sqs:SendMessage',
            Principal: { Service: 'sns.amazonaws.com' },
            Resource: undelivered,
            Condition: { ArnEquals: { 'aws:SourceArn': { Ref: Match.stringLikeRegexp('^AlertsTopic') } } },
          },
        ],
      },
    });
  });
});

describe('the chat topic', () => {
  it('exists without a Slack channel in the settings, for channels that are set up by hand', () => {
    template.resourceCountIs('AWS::Chatbot::SlackChannelConfiguration', 0);
    expect(deployment.outputs.ChatTopicArn).toMatch(/^arn:aws:sns:.*:ChatTopic/);
  });

  it('goes to the Slack channel of the settings, through a role that allows nothing', () => {
    const told = withSettings({ slackWorkspaceId: 'T0123456789', slackChannelId: 'C0123456789' });
    const role = 'ChatSlackConfigurationRole';
    told.hasResourceProperties('AWS::Chatbot::SlackChannelConfiguration', {
      // One name for all Regions of an account.
      ConfigurationName: { 'Fn::Join': ['', ['Nbwatch-', { Ref: 'AWS::Region' }]] },
      SlackWorkspaceId: 'T0123456789',
      SlackChannelId: 'C0123456789',
      SnsTopicArns: [{ Ref: Match.stringLikeRegexp('^ChatTopic') }],
      IamRoleArn: { 'Fn::GetAtt': [Match.stringLikeRegexp(`^${role}`), 'Arn'] },
      GuardrailPolicies: [
        { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::aws:policy/CloudWatchReadOnlyAccess']] },
      ],
      UserRoleRequired: Match.absent(),
    });
    const roles = Object.values(told.findResources('AWS::IAM::Policy')).flatMap(({ Properties }) => Properties.Roles);
    expect(roles.filter(({ Ref }: { Ref: string }) => Ref.startsWith(role))).toEqual([]);
    told.allResourcesProperties('AWS::IAM::Role', { ManagedPolicyArns: Match.absent(), Policies: Match.absent() });
  });
});

describe('the operations topic', () => {
  it('gets the alarm SeveralConnections, and lets CloudWatch publish to it and use its key', () => {
    const [topic = ''] = ofType('AWS::SNS::Topic')
      .map(([id]) => id)
      .filter((id) => id.startsWith('Operations'));
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Namespace: 'nbwatch',
      MetricName: 'SeveralConnections',
      Dimensions: [{ Name: 'service', Value: 'Nbwatch' }],
      AlarmActions: [{ Ref: topic }],
      OKActions: [{ Ref: topic }],
    });
    const fromHere = { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } };
    const Principal = { Service: 'cloudwatch.amazonaws.com' };
    const allowed = (Action: unknown) =>
      Match.objectLike({ Statement: Match.arrayWith([Match.objectLike({ Action, Principal, Condition: fromHere })]) });
    template.hasResourceProperties('AWS::SNS::TopicPolicy', { PolicyDocument: allowed('sns:Publish') });
    template.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: allowed(Match.arrayWith(['kms:Decrypt', 'kms:GenerateDataKey*'])),
    });
  });

  it('has alarms whose period and missing-data rule fit the metric, so that no data raises WatchFailed', () => {
    const alarm = (MetricName: string, rest: object) =>
      template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName, ...rest });
    // Written every quarter of an hour while the fault lasts: one missed write does not end the alarm.
    alarm('SubscriptionsMissing', { Period: 900, EvaluationPeriods: 2, TreatMissingData: 'notBreaching' });
    // A failure that the next run makes good does not raise it; no run does.
    alarm('WatchFailed', { Period: 300, Statistic: 'Minimum', TreatMissingData: 'breaching' });
    alarm('PublishFailures', { Period: 300, TreatMissingData: 'notBreaching' });
    alarm('CertificateChanged', { Period: 3_600, EvaluationPeriods: 2, TreatMissingData: 'notBreaching' });
    for (const Threshold of [30, 7, 1]) {
      alarm('CertificateDaysLeft', {
        ...{ Threshold, ComparisonOperator: 'LessThanOrEqualToThreshold', Statistic: 'Minimum', Period: 3_600 },
        TreatMissingData: 'ignore',
      });
    }
  });

  it('has the subscribers of operationsEmails, with the queue for what is not delivered', () => {
    const told = withSettings({ operationsEmails: 'sre@example.com' });
    const topic = { Ref: Match.stringLikeRegexp('^OperationsTopic') };
    told.hasResourceProperties('AWS::SNS::Subscription', {
      ...{ Protocol: 'email', Endpoint: 'sre@example.com', TopicArn: topic },
      RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^AlertsUndelivered'), 'Arn'] } },
    });
    told.hasResourceProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Allow', Condition: { ArnEquals: { 'aws:SourceArn': topic } } }),
        ]),
      },
    });
  });
});

describe('the probe', () => {
  it('gets the raw messages of its own topic in a queue that takes no others, and only over TLS', () => {
    const topic = { Ref: Match.stringLikeRegexp('^ProbeTopic') };
    const queue = { 'Fn::GetAtt': [Match.stringLikeRegexp('^ProbeTopicQueue'), 'Arn'] };
    template.hasResourceProperties('AWS::SNS::Subscription', {
      ...{ TopicArn: topic, Endpoint: queue, Protocol: 'sqs', RawMessageDelivery: true, FilterPolicy: Match.absent() },
    });
    template.hasResourceProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: {
        Statement: [
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
          {
            Effect: 'Allow',
            Action: 'sqs:SendMessage',
            Principal: { Service: 'sns.amazonaws.com' },
            Resource: queue,
            Condition: { ArnEquals: { 'aws:SourceArn': topic } },
          },
        ],
      },
    });
  });

  it('runs every hour, waits two minutes for the canary, and raises its alarm even when it does not run', () => {
    template.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(1 hour)' });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      ...{ MetricName: 'CanaryMissed', Period: 3_600, TreatMissingData: 'breaching' },
    });
    const probe = deployment.functions.find(({ id }) => id.startsWith('Probe'));
    expect(probe?.environment).toMatchObject({ DEADLINE_MS: '120000', ENDPOINT_URL: deployment.outputs.EndpointUrl });
    expect(probe?.timeoutMs).toBeGreaterThan(120_000);
  });

  it('does not exist when canary is false, nor do its topic, queue, schedule and alarm', () => {
    const without = withSettings({ canary: 'false' });
    without.resourceCountIs('AWS::Lambda::Function', 5);
    without.resourceCountIs('AWS::SNS::Topic', 3);
    without.resourceCountIs('AWS::SQS::Queue', 1);
    without.resourceCountIs('AWS::SNS::Subscription', 0);
    without.resourceCountIs('AWS::Events::Rule', 1);
    expect(
      Object.keys(without.findResources('AWS::CloudWatch::Alarm', { Properties: { MetricName: 'CanaryMissed' } })),
    ).toEqual([]);
    without.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: Match.objectLike({ PROBE_TOPIC_ARN: 'none' }) },
    });
  });
});

describe('the tables', () => {
  it('can be restored to any second, forget what has expired, and outlive the stack', () => {
    template.resourceCountIs('AWS::DynamoDB::Table', 3);
    template.allResources('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      },
    });
  });

  it('are deleted with the stack when keepData is false, while buckets are kept', () => {
    const trial = withSettings({ keepData: 'false' });
    trial.allResources('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Delete',
      Properties: { DeletionProtectionEnabled: false },
    });
    // A bucket that holds something cannot be deleted with its stack.
    trial.allResources('AWS::S3::Bucket', { DeletionPolicy: 'RetainExceptOnCreate' });
  });

  it('stream what their readers need: both images of the Ledger, keys of Records, nothing of the Registry', () => {
    const views = ofType('AWS::DynamoDB::Table').map(([id, { Properties }]) => [
      id.replace(/^Stores(.*)[0-9A-F]{8}$/, '$1'),
      Properties.StreamSpecification?.StreamViewType,
    ]);
    expect(Object.fromEntries(views)).toEqual({
      Ledger: 'NEW_AND_OLD_IMAGES',
      Records: 'KEYS_ONLY',
      Registry: undefined,
    });
  });
});

describe('permissions', () => {
  const onLedger = statements.filter(({ resources }) =>
    resources.some((arn) => /\/StoresLedger[0-9A-F]{8}$/.test(arn)),
  );

  it('let only ingest write to the ledger, by PutItem, and only the projection query it', () => {
    expect(onLedger.map(({ function: who, actions }) => [who, actions])).toEqual([
      ['Ingest', ['dynamodb:PutItem']],
      ['Ingest', ['dynamodb:BatchGetItem']],
      ['Projection', ['dynamodb:Query']],
    ]);
  });

  it('name every action and resource, except for dynamodb:ListStreams, which has no resource', () => {
    for (const { actions, resources } of statements) {
      if (actions.join() !== 'dynamodb:ListStreams') expect(resources).not.toContain('*');
      for (const action of actions) expect(action).not.toContain('*');
    }
  });

  it('have a star in a resource only for connections, objects and log streams, whose names are not known before', () => {
    const starred = statements.flatMap(({ resources }) => resources).filter((arn) => arn !== '*' && arn.includes('*'));
    const known = [
      /:log-group:\w+:\*$/,
      /\/nbwss\/(POST|DELETE|GET)\/@connections\/\*$/,
      /^arn:aws:s3:::givenup\w+\/\*$/,
      /^arn:aws:s3:::archivebucket\w+\/facts\/\*$/,
    ];
    expect(starred.filter((arn) => !known.some((one) => one.test(arn)))).toEqual([]);
  });

  it('on the Registry and Records are bound to leading keys', () => {
    const tables = statements.filter(({ resources }) =>
      resources.some((arn) => /\/Stores(Records|Registry)\w{8}$/.test(arn)),
    );
    expect(tables.filter(({ condition }) => !condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'])).toEqual(
      [],
    );
    expect(tables.length).toBeGreaterThan(0);
  });

  it('let only the probe put the canary’s token, and let the probe do only that and read its queue', () => {
    const registry = deployment.ofType('AWS::DynamoDB::Table').find(({ id }) => id.startsWith('StoresRegistry'));
    const put = {
      action: 'dynamodb:PutItem',
      resource: tableArn(must(registry).id),
      leadingKeys: [canaryTokenKey('hash').pk],
      context: {},
    };
    const who = deployment.functions.filter(
      ({ id }) => evaluate(must(deployment.roles.get(deployment.roleOf(id))).statements, put).allowed,
    );
    expect(who.map(({ id }) => id)).toEqual([expect.stringMatching(/^Probe/)]);
    const own = statements.filter(
      ({ function: name, actions }) => name === 'Probe' && !actions[0]?.startsWith('logs:'),
    );
    expect(own.map(({ actions, resources, condition }) => [actions, resources, condition])).toEqual([
      [['dynamodb:PutItem'], [put.resource], { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['canary'] } }],
      [['sqs:DeleteMessage', 'sqs:ReceiveMessage'], [expect.stringMatching(/:ProbeTopicQueue/)], undefined],
    ]);
  });

  it('are in roles that only Lambda can assume, one for each function, without managed policies', () => {
    expect(new Set(deployment.functions.map(({ id }) => deployment.roleOf(id))).size).toBe(deployment.functions.length);
    template.allResourcesProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' } }],
      },
      ManagedPolicyArns: Match.absent(),
    });
  });
});

describe('the functions', () => {
  it('include a watch whose timeout is shorter than its lease', () => {
    const watch = deployment.functions.find(({ id }) => id.startsWith('Watch'));
    expect(watch?.timeoutMs).toBeLessThan(LEASE_MS);
  });

  it('run on Node 24 for arm64', () => {
    expect(deployment.functions).toHaveLength(6);
    template.allResourcesProperties('AWS::Lambda::Function', { Runtime: 'nodejs24.x', Architectures: ['arm64'] });
  });

  it('are bundles of at most 400 KiB each', () => {
    for (const { codePath } of deployment.functions)
      expect(statSync(join(codePath, 'index.mjs')).size).toBeLessThanOrEqual(409_600);
  });

  it('get node:http as a built-in instead of importing it, which would make Node load a second HTTP client', () => {
    for (const { codePath } of deployment.functions) {
      const text = readFileSync(join(codePath, 'index.mjs'), 'utf8');
      expect(text).toContain('getBuiltinModule("node:http")');
      expect(text).not.toMatch(/(from|import\(?)\s*["'](node:)?http["']/);
    }
  });

  it('have a bundle of at most 1.5 MiB for the report, which draws plots', async () => {
    const folder = await bundle('functions/report/handler.ts', mkdtempSync(join(tmpdir(), 'nbwatch-report-test-')));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    expect(statSync(join(folder, 'index.mjs')).size).toBeLessThanOrEqual(1_572_864);
  });

  it('log for logDays days into groups of their own', () => {
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 90 });
    withSettings({ logDays: 7 }).allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 7 });
    const groups = ofType('AWS::Lambda::Function').map(([, { Properties }]) => Properties.LoggingConfig.LogGroup.Ref);
    expect(new Set(groups).size).toBe(deployment.functions.length);
  });

  it('get the settings that they act by', () => {
    const chosen = withSettings({ deadlineMs: 700, acknowledgementPayload: 'none', jobDays: 10, imageFactDays: 20 });
    chosen.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: Match.objectLike({
          DEADLINE_MS: '700',
          ACKNOWLEDGEMENT_PAYLOAD: 'none',
          JOB_FACT_DAYS: '10',
          IMAGE_FACT_DAYS: '20',
        }),
      },
    });
    withSettings({ imageRecordDays: 'forever' }).hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: Match.objectLike({ IMAGE_RECORD_DAYS: 'forever' }) },
    });
    const told = withSettings({ emails: 'a@example.com', zone: 'Europe/Berlin' });
    const ALERT_SETTINGS = Match.serializedJson(Match.objectLike({ zone: 'Europe/Berlin', mailFrom: 'error' }));
    for (const own of [{ CHAT_TOPIC_ARN: Match.anyValue() }, { ALERT_SUBSCRIBERS: '["email a@example.com"]' }]) {
      told.hasResourceProperties('AWS::Lambda::Function', {
        Environment: { Variables: Match.objectLike({ ALERT_SETTINGS, ...own }) },
      });
    }
  });
});

it('no resource has a physical name, so that two stacks fit into one account', () => {
  // A stage's name is part of the URL and belongs to its API alone; a policy's to its role.
  const names = /^(Table|Function|Topic|Bucket|Role|LogGroup|Queue|Stream|Alarm|Rule)?Name$/;
  const free = ({ Type }: { Type: string }) => Type === 'AWS::ApiGatewayV2::Api';
  const named = Object.entries(assembly.template.Resources).flatMap(([id, resource]) =>
    Object.keys(resource.Properties ?? {})
      .filter(
        (property) => names.test(property) && !free(resource) && typeof resource.Properties?.[property] === 'string',
      )
      .map((property) => `${id}.${property}`),
  );
  expect(named).toEqual([]);
});

it('buckets and their policies outlive the stack, but not a deployment that fails to create them', () => {
  const every = withSettings({ reportHour: 7 });
  const kept = { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' };
  every.resourceCountIs('AWS::S3::Bucket', 3);
  every.allResources('AWS::S3::Bucket', kept);
  every.resourceCountIs('AWS::S3::BucketPolicy', 3);
  every.allResources('AWS::S3::BucketPolicy', kept);
});

it('the bucket for given-up records is encrypted, private and TLS-only, and keeps them for 400 days', () => {
  template.hasResource('AWS::S3::Bucket', {
    DeletionPolicy: 'RetainExceptOnCreate',
    Properties: {
      BucketEncryption: Match.anyValue(),
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      LifecycleConfiguration: { Rules: [{ ExpirationInDays: 400, Status: 'Enabled' }] },
    },
  });
  template.hasResourceProperties('AWS::S3::BucketPolicy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      ]),
    },
  });
});

it('the outputs are the ones that a user needs, each with a description', () => {
  const outputs = Object.entries(assembly.template.Outputs ?? {});
  expect(outputs.map(([name]) => name).toSorted()).toEqual([
    'AlertSettings',
    'AlertsTopicArn',
    'ArchiveBucket',
    'ChatTopicArn',
    'EndpointUrl',
    'GivenUpBucket',
    'ImageRecordDays',
    'LedgerTable',
    'ManagementUrl',
    'OperationsTopicArn',
    'RecordsTable',
    'RegistryTable',
    'UndeliveredQueueUrl',
  ]);
  for (const [, { Description }] of outputs) expect(Description).toMatch(/\w/);
  expect(deployment.outputs.EndpointUrl).toMatch(/^wss:\/\/.*\/nbwss$/);
  expect(deployment.outputs.ManagementUrl).toBe(deployment.outputs.EndpointUrl?.replace('wss:', 'https:'));
});
