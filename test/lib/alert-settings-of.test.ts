import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { alertSettingsText, DEFAULT_ALERT_SETTINGS } from '../../functions/alerts/alert-settings.ts';
import { alertSettingsOf, subscribersOf } from '../../lib/alert-settings-of.ts';
import { NbwatchStack } from '../../lib/nbwatch-stack.ts';
import { readSettings } from '../../lib/settings.ts';

const settings = (given: Record<string, unknown>) =>
  readSettings(Object.fromEntries(Object.entries(given).map(([name, value]) => [`nbwatch:${name}`, value])));
const mail = (minSeverity?: string) => ({ protocol: 'email', endpoint: `${minSeverity}@example.com`, minSeverity });
const queue = { protocol: 'sqs', endpoint: 'arn:aws:sqs:eu-central-1:123456789012:alerts' };

describe('alertSettingsOf', () => {
  it('returns the default alert settings when nothing is set', () => {
    expect(alertSettingsOf(settings({}))).toEqual(DEFAULT_ALERT_SETTINGS);
  });

  it.each<[from: string, whom: string, given: Record<string, unknown>]>([
    ['error', 'no subscribers', {}],
    ['error', 'programs only', { subscriptions: [queue] }],
    ['error', 'plain addresses', { emails: 'a@example.com' }],
    [
      'error',
      'a plain address, and one from critical on',
      { emails: 'a@example.com', subscriptions: [mail('critical')] },
    ],
    ['critical', 'one address from critical on', { subscriptions: [mail('critical')] }],
    [
      'warning',
      'addresses from critical and from warning on, and a queue',
      { subscriptions: [mail('critical'), mail('warning'), queue] },
    ],
    ['error', 'a plain address, and a chat from warning on', { emails: 'a@example.com', chatMinSeverity: 'warning' }],
  ])('mails people from %s on with %s', (from, _, given) => {
    expect(alertSettingsOf(settings(given)).mailFrom).toBe(from);
  });

  it('hands every setting to functions in the form that they read', () => {
    const given = settings({
      zone: 'Europe/Berlin',
      severities: '[{"status":"196,800-830","severity":"information"},{"client":"sap01","severity":"critical"}]',
      alertSingles: '0',
      alertsPerHour: '60',
      summaryHour: 'off',
      chatMinSeverity: 'critical',
    });
    expect(v.parse(alertSettingsText, JSON.stringify(alertSettingsOf(given)))).toEqual({
      zone: 'Europe/Berlin',
      severities: [
        { status: '196,800-830', severity: 'information' },
        { client: 'sap01', severity: 'critical' },
      ],
      mailFrom: 'error',
      chatFrom: 'critical',
      budget: { singles: 0, perHour: 60 },
      summaryHour: 'off',
    });
  });
});

/** What AWS's pseudo parameters are in the Region where they are longest. */
const NAMES: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws-cn',
  'AWS::Region': 'cn-northwest-1',
  'AWS::AccountId': '123456789012',
  'AWS::URLSuffix': 'amazonaws.com.cn',
};

/** The text that Lambda gets for a value of the template. */
function deployed(value: unknown, template: Template): string {
  if (typeof value === 'string') return value;
  const intrinsic = v.parse(v.record(v.string(), v.unknown()), value);
  if (Array.isArray(intrinsic['Fn::Join'])) {
    const [, parts] = intrinsic['Fn::Join'];
    return parts.map((part: unknown) => deployed(part, template)).join('');
  }
  const id = v.parse(v.string(), intrinsic.Ref);
  if (NAMES[id] !== undefined) return NAMES[id];
  const physical = `Nbwatch-${id}-1ABCDEFGHIJK2`;
  const type = template.toJSON().Resources[id].Type;
  if (type === 'AWS::SNS::Topic') return `arn:aws-cn:sns:cn-northwest-1:123456789012:${physical}`;
  if (type === 'AWS::SQS::Queue') return `https://sqs.cn-northwest-1.amazonaws.com.cn/123456789012/${physical}`;
  if (type === 'AWS::ApiGatewayV2::Api') return 'abcde12345';
  return physical;
}

/** The bytes of each function's environment, as Lambda counts them. */
function environments(given: Record<string, unknown>): number[] {
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
  const template = Template.fromStack(new NbwatchStack(app, 'Nbwatch', { settings: settings(given) }));
  return Object.values(template.findResources('AWS::Lambda::Function')).map(({ Properties }) => {
    const variables = Object.entries(Properties.Environment.Variables);
    return Buffer.byteLength(
      JSON.stringify(Object.fromEntries(variables.map(([name, value]) => [name, deployed(value, template)]))),
    );
  });
}

describe('the environment of a function', () => {
  const override = (client: string) => ({ client, severity: 'warning' });
  const stream = (letter: string) =>
    `arn:aws-cn:dynamodb:cn-northwest-1:123456789012:table/${letter.repeat(255)}/stream/2026-11-28T00:00:00.000`;
  const slack = { slackWorkspaceId: 'T0123456789', slackChannelId: 'C0123456789' };
  const thresholds = {
    ...{ feedLostMinutes: 1_440, overdueRuns: 100, overdueGaps: 20, overdueHours: 8_784 },
    ...{ deletedImages: 100_000, deletedAgePercent: 100 },
  };
  const longNames = {
    ...{ adoptLedger: stream('l'), adoptRecords: stream('r'), adoptRegistry: 't'.repeat(255) },
    domainName: `${`${'d'.repeat(60)}.`.repeat(4)}example`,
    certificateArn: 'arn:aws-cn:acm:cn-northwest-1:123456789012:certificate/0',
  };
  const fits = (given: Record<string, unknown>) => {
    try {
      return Boolean(settings(given));
    } catch {
      return false;
    }
  };
  /** The largest settings that are still accepted. */
  const largest = (of: (size: number) => Record<string, unknown>) => {
    let size = 0;
    while (fits(of(size + 1))) size += 1;
    return of(size);
  };

  it.each([
    ['the stack’s own names', {}],
    ['the longest names that settings can give', longNames],
  ])('stays within Lambda’s 4,096 bytes for the largest settings that are accepted, with %s', (_, names) => {
    const others = { ...names, ...slack, ...thresholds, reportHour: 23, zone: 'America/Argentina/ComodRivadavia' };
    const overrides = largest((size) => ({ ...others, severities: Array(size).fill(override('sap01')) }));
    const mails = largest((size) => ({
      ...others,
      emails: Array.from({ length: size }, (__, n) => `a${n}@example.com`),
      operationsEmails: Array.from({ length: size }, (__, n) => `b${n}@example.com`),
    }));
    for (const given of [overrides, mails]) expect(Math.max(...environments(given))).toBeLessThanOrEqual(4_096);
  });

  it('is measured when settings are read, so that too large settings do not first fail at the deployment', () => {
    const one = override('a-client-with-a-long-name.example.com');
    expect(() => settings({ severities: Array(20).fill(one) })).not.toThrow();
    expect(() => settings({ severities: Array(60).fill(one) })).toThrow(
      /^nbwatch:severities and .* have \d+ bytes together; Lambda leaves room for \d+\./,
    );
  });
});

it('subscribersOf names every subscriber, but of a URL only the host and a hash, because it may hold secrets', () => {
  const hook = { protocol: 'https', endpoint: 'https://user:secret@example.com/hook?token=secret' };
  const given = { emails: 'A@example.com', subscriptions: [mail('critical'), queue, hook] };
  expect(subscribersOf(settings(given))).toEqual([
    ...['email a@example.com', 'email critical@example.com', `sqs ${queue.endpoint}`],
    expect.stringMatching(/^https example\.com [0-9a-f]{12}$/),
  ]);
});
