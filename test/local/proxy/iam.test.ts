import { describe, expect, test } from 'vitest';
import { evaluate, type Statement } from '../../../local/proxy/iam.ts';

const TABLE = 'arn:aws:dynamodb:us-east-1:000000000000:table/Ledger';
const context = { 'aws:SecureTransport': 'true' };
const put = { action: 'dynamodb:PutItem', resource: TABLE, context };

function allow(more: Partial<Statement> = {}): Statement {
  return { Effect: 'Allow', Action: 'dynamodb:PutItem', Resource: TABLE, ...more };
}

const allowed = (statements: readonly Statement[], access = {}) => evaluate(statements, { ...put, ...access }).allowed;

describe('a role may do', () => {
  test('nothing without a statement, and the reason names the action', () => {
    expect(evaluate([], put)).toEqual({
      allowed: false,
      why: 'because no identity-based policy allows the dynamodb:PutItem action',
    });
  });

  test('the action and the resource of an Allow, and neither another action nor another resource', () => {
    expect(allowed([allow()])).toBe(true);
    expect(allowed([allow()], { action: 'dynamodb:GetItem' })).toBe(false);
    expect(allowed([allow()], { resource: `${TABLE}2` })).toBe(false);
    expect(allowed([allow()], { resource: `${TABLE}/index/ByDay` })).toBe(false);
  });

  test('any of several actions and resources', () => {
    const statement = allow({ Action: ['sns:Publish', 'dynamodb:PutItem'], Resource: ['arn:other', TABLE] });
    expect(allowed([statement])).toBe(true);
  });

  test('actions in any case, but resources only in their exact case', () => {
    expect(allowed([allow({ Action: 'DynamoDB:putitem' })])).toBe(true);
    expect(allowed([allow({ Resource: TABLE.toLowerCase() })])).toBe(false);
  });

  test('what a wildcard covers', () => {
    expect(allowed([allow({ Action: 'dynamodb:Put*' })])).toBe(true);
    expect(allowed([allow({ Action: '*', Resource: '*' })])).toBe(true);
    expect(allowed([allow({ Resource: `${TABLE}/index/*` })])).toBe(false);
  });

  test('nothing that a Deny covers, wherever it stands', () => {
    const deny = allow({ Effect: 'Deny', Action: 'dynamodb:*' });
    const why = 'with an explicit deny in an identity-based policy';
    expect(evaluate([allow(), deny], put)).toEqual({ allowed: false, why });
    expect(evaluate([deny, allow()], put)).toEqual({ allowed: false, why });
    expect(allowed([allow(), { ...deny, Resource: 'arn:other' }])).toBe(true);
  });
});

describe('conditions', () => {
  const leading = (operator: string, ...keys: string[]) =>
    allow({ Condition: { [operator]: { 'dynamodb:LeadingKeys': keys } } });

  test('ForAllValues:StringEquals holds when every leading key is listed', () => {
    const statement = leading('ForAllValues:StringEquals', 'canary', 'spare');
    expect(allowed([statement], { leadingKeys: ['canary', 'spare', 'canary'] })).toBe(true);
    expect(allowed([statement], { leadingKeys: ['canary', 'other'] })).toBe(false);
    expect(allowed([statement], { leadingKeys: ['Canary'] })).toBe(false);
  });

  test('ForAllValues:StringLike holds when every leading key matches a pattern', () => {
    const statement = leading('ForAllValues:StringLike', 'canary#*');
    expect(allowed([statement], { leadingKeys: ['canary#1', 'canary#'] })).toBe(true);
    expect(allowed([statement], { leadingKeys: ['canary#1', 'nbu1#1'] })).toBe(false);
  });

  test('ForAllValues holds when the call names no leading key, as IAM documents it', () => {
    expect(allowed([leading('ForAllValues:StringEquals', 'canary')])).toBe(true);
  });

  test('Bool, StringEquals and StringLike compare a single value, and do not hold when there is none', () => {
    for (const [operator, right, wrong] of [
      ['Bool', 'true', 'false'],
      ['StringEquals', 'true', 'tru'],
      ['StringLike', 'tr*', 'fa*'],
    ] as const) {
      const on = (value: string) => allow({ Condition: { [operator]: { 'aws:SecureTransport': value } } });
      expect(allowed([on(right)]), operator).toBe(true);
      expect(allowed([on(wrong)]), operator).toBe(false);
      expect(allowed([on(right)], { context: {} }), operator).toBe(false);
    }
  });

  test('all operators and keys must hold', () => {
    const statement = allow({
      Condition: {
        Bool: { 'AWS:securetransport': 'true' },
        'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': 'canary' },
      },
    });
    expect(allowed([statement], { leadingKeys: ['canary'] })).toBe(true);
    expect(allowed([statement], { leadingKeys: ['other'] })).toBe(false);
    expect(allowed([statement], { leadingKeys: ['canary'], context: { 'aws:SecureTransport': 'false' } })).toBe(false);
  });

  test('a Deny for calls without TLS denies nothing that comes by TLS', () => {
    const deny = allow({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } });
    expect(allowed([allow(), deny])).toBe(true);
    expect(allowed([allow(), deny], { context: { 'aws:SecureTransport': 'false' } })).toBe(false);
  });
});

describe('evaluate throws an error that names what it does not support, even in a statement that does not apply', () => {
  const other = { Action: 'sns:Publish', Resource: 'arn:other' };
  const cases: [string, Partial<Statement> & Record<string, unknown>][] = [
    ['NotAction', { NotAction: 'dynamodb:*' }],
    ['NotResource', { NotResource: TABLE }],
    ['Principal', { Principal: '*' }],
    ['StringNotEquals', { Condition: { StringNotEquals: { 'aws:SecureTransport': 'true' } } }],
    ['StringEqualsIfExists', { Condition: { StringEqualsIfExists: { 'aws:SecureTransport': 'true' } } }],
    ['dynamodb:Attributes', { Condition: { 'ForAllValues:StringEquals': { 'dynamodb:Attributes': 'pk' } } }],
    ['aws:SourceIp', { Condition: { StringLike: { 'aws:SourceIp': '10.*' } } }],
    ['ForAllValues', { Condition: { StringEquals: { 'dynamodb:LeadingKeys': 'canary' } } }],
    ['\\$\\{aws:username\\}', { Resource: `${TABLE}/\${aws:username}` }],
    ['\\$\\{aws:username\\}', { Condition: { StringLike: { 'aws:SecureTransport': `\${aws:username}` } } }],
    ['"Fn::GetAtt"', { Resource: { 'Fn::GetAtt': ['Ledger', 'Arn'] } as unknown as string }],
    ['"Permit"', { Effect: 'Permit' as 'Allow' }],
  ];
  test.each(cases)('%s', (name, more) => {
    expect(() => evaluate([allow(), { ...allow(other), ...more }], put)).toThrow(new RegExp(name));
  });
});
