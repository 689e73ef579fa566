import { App, type Stack } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { constructAt, SUPPRESSIONS, suppressFindings } from '../../lib/nag-suppressions.ts';
import { NbwatchStack } from '../../lib/nbwatch-stack.ts';
import { readSettings } from '../../lib/settings.ts';

/** Nothing is bundled: the rules look at the template only. */
function stackWith(settings: Record<string, unknown>): Stack {
  const context = Object.fromEntries(Object.entries(settings).map(([name, value]) => [`nbwatch:${name}`, value]));
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
  return new NbwatchStack(app, 'Nbwatch', { settings: readSettings(context) });
}

/** What the packs find, as `rule at path`. */
function findings(stack: Stack): string[] {
  return [new AwsSolutionsChecks(stack), new ServerlessChecks(stack)].flatMap((pack) =>
    pack
      .validateScope(stack)
      .violations.flatMap(({ ruleName, violatingResources }) =>
        violatingResources.map(({ constructPath }) => `${ruleName} at ${constructPath}`),
      ),
  );
}

const STACKS: Readonly<Record<string, Record<string, unknown>>> = {
  'without any setting': {},
  'with every optional part': {
    reportHour: 7,
    slackWorkspaceId: 'T0123456789',
    slackChannelId: 'C0123456789',
    emails: 'a@example.com',
    operationsEmails: 'b@example.com',
    subscriptions: [
      { protocol: 'sqs', endpoint: 'arn:aws:sqs:eu-central-1:123456789012:alerts' },
      { protocol: 'lambda', endpoint: 'arn:aws:lambda:eu-central-1:123456789012:function:incidents' },
      { protocol: 'https', endpoint: 'https://example.com/alerts' },
    ],
    allowedCidrs: '192.0.2.0/24',
  },
  'with as little as possible': { canary: false, keepData: false, archive: 'off' },
};

describe.each(Object.entries(STACKS))('the stack %s', (_, settings) => {
  it('has no AwsSolutions or Serverless finding that is not suppressed', () => {
    const stack = stackWith(settings);
    suppressFindings(stack);
    expect(findings(stack)).toEqual([]);
  });
});

it('every suppression is for something that the packs find', () => {
  const raw = Object.values(STACKS).flatMap((settings) => {
    const stack = stackWith(settings);
    return findings(stack).map((finding) => ({ stack, finding }));
  });
  const unneeded = SUPPRESSIONS.flatMap(({ at, rules }) =>
    at.flatMap((path) =>
      rules
        .filter(
          (rule) =>
            !raw.some(({ stack, finding }) => {
              const construct = constructAt(stack, path);
              return construct !== undefined && finding.startsWith(`${rule} at ${construct.node.path}/`);
            }),
        )
        .map((rule) => `${rule} at ${path}`),
    ),
  );
  expect(unneeded).toEqual([]);
});

it('each suppression has a reason of more than 60 characters', () => {
  for (const { reason } of SUPPRESSIONS) expect(reason.length).toBeGreaterThan(60);
});
