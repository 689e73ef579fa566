// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of Fn::Sub
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createResolver,
  type ResolverOptions,
  type Template,
  UnresolvedError,
} from '../../../local/template/resolve.ts';

const template: Template = {
  Resources: {
    Ledger: { Type: 'AWS::DynamoDB::Table' },
    Extra: { Type: 'AWS::SQS::Queue', Condition: 'Never' },
  },
  Parameters: {
    Level: { Type: 'String', Default: 'info' },
    Days: { Type: 'Number', Default: 400 },
    Zones: { Type: 'CommaDelimitedList', Default: 'a, b' },
    Needed: { Type: 'String' },
    Bootstrap: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/cdk-bootstrap/version' },
  },
  Mappings: { Sizes: { 'us-east-1': { Memory: 256 } } },
  Conditions: {
    Never: { 'Fn::Equals': ['a', 'b'] },
    Always: { 'Fn::Not': [{ Condition: 'Never' }] },
    Loud: { 'Fn::Equals': [{ Ref: 'Level' }, 'debug'] },
    Both: { 'Fn::And': [{ Condition: 'Always' }, { 'Fn::Or': [{ Condition: 'Never' }, { Condition: 'Always' }] }] },
    Round: { 'Fn::Not': [{ Condition: 'Circle' }] },
    Circle: { 'Fn::Or': [{ Condition: 'Never' }, { Condition: 'Round' }] },
    Vague: { 'Fn::Not': ['maybe'] },
  },
};

const attributes: Record<string, unknown> = {
  'Ledger.Ref': 'ledger',
  'Ledger.Arn': 'arn:ledger',
  'Ledger.a.b': 'deep',
};

function resolver(parameters: ResolverOptions['parameters'] = {}) {
  return createResolver({
    template,
    attribute: (id, name) => attributes[`${id}.${name}`],
    pseudo: { 'AWS::Region': 'us-east-1', 'AWS::Partition': 'aws' },
    parameters,
  });
}
const resolve = (value: unknown, parameters?: ResolverOptions['parameters']) =>
  resolver(parameters).resolve(value, 'At');

describe('an intrinsic function', () => {
  test.each<[string, unknown, unknown]>([
    ['Ref gives the name of a resource', { Ref: 'Ledger' }, 'ledger'],
    ['Ref gives the default of a parameter as text', { Ref: 'Days' }, '400'],
    ['Ref splits a list parameter', { Ref: 'Zones' }, ['a', 'b']],
    ['Ref gives a pseudo parameter', { Ref: 'AWS::Region' }, 'us-east-1'],
    ['Fn::GetAtt takes a list', { 'Fn::GetAtt': ['Ledger', 'Arn'] }, 'arn:ledger'],
    ['Fn::GetAtt takes a dotted name', { 'Fn::GetAtt': 'Ledger.Arn' }, 'arn:ledger'],
    ['Fn::GetAtt keeps the dots of an attribute', { 'Fn::GetAtt': 'Ledger.a.b' }, 'deep'],
    [
      'Fn::Join joins what its parts resolve to',
      { 'Fn::Join': [':', ['arn', { Ref: 'AWS::Partition' }, 1]] },
      'arn:aws:1',
    ],
    ['Fn::Join leaves AWS::NoValue out', { 'Fn::Join': ['-', ['a', { Ref: 'AWS::NoValue' }, 'b']] }, 'a-b'],
    [
      'Fn::Sub takes names and attributes',
      { 'Fn::Sub': '${AWS::Region}/${Ledger}/${Ledger.Arn}' },
      'us-east-1/ledger/arn:ledger',
    ],
    [
      'Fn::Sub prefers its own map',
      { 'Fn::Sub': ['${Ledger}-${x}', { Ledger: 'mine', x: { Ref: 'Level' } }] },
      'mine-info',
    ],
    ['Fn::Sub leaves ${!Literal} alone', { 'Fn::Sub': '${!Ledger}' }, '${Ledger}'],
    ['Fn::Select counts from 0 and takes its index as text', { 'Fn::Select': ['1', ['a', 'b']] }, 'b'],
    ['Fn::Select takes the list from a function', { 'Fn::Select': [1, { 'Fn::Split': [':', 'a:b'] }] }, 'b'],
    ['Fn::FindInMap takes resolved keys', { 'Fn::FindInMap': ['Sizes', { Ref: 'AWS::Region' }, 'Memory'] }, 256],
    ['Fn::If takes the first value when the condition holds', { 'Fn::If': ['Both', 1, 2] }, 1],
    ['Fn::If takes the second value when the condition does not hold', { 'Fn::If': ['Never', 1, 2] }, 2],
    ['Fn::If never looks at the other branch', { 'Fn::If': ['Never', { Ref: 'Nobody' }, 2] }, 2],
    ['AWS::NoValue removes a property', { a: { Ref: 'AWS::NoValue' }, b: 1 }, { b: 1 }],
    ['AWS::NoValue removes an element of a list', [{ 'Fn::If': ['Never', 1, { Ref: 'AWS::NoValue' }] }, 2], [2]],
    [
      'a key named Condition is an ordinary key',
      { Condition: { Bool: { x: true } } },
      { Condition: { Bool: { x: true } } },
    ],
  ])('%s', (_rule, value, expected) => {
    expect(resolve(value)).toEqual(expected);
  });

  test('a given parameter wins over its default, and conditions follow it', () => {
    expect(resolve({ Ref: 'Level' }, { Level: 'debug' })).toBe('debug');
    expect(resolver({ Level: 'debug' }).condition('Loud')).toBe(true);
    expect(resolver().condition('Loud')).toBe(false);
  });
});

describe('resolve throws an error that says what is wrong with', () => {
  test.each<[string, unknown, RegExp]>([
    ['a function that is not supported', { 'Fn::ImportValue': 'x' }, /^At\.T: Fn::ImportValue is not supported/],
    ['a function named like a method of objects', { 'Fn::toString': 'x' }, /Fn::toString is not supported/],
    ['a function with other keys beside it', { 'Fn::Sub': 'x', other: 1 }, /^At\.T: Fn::Sub has other keys/],
    ['a name that does not exist', { Ref: 'Nobody' }, /^At\.T: Ref Nobody: there is no Nobody/],
    ['an unknown attribute', { 'Fn::GetAtt': ['Ledger', 'Size'] }, /^At\.T: Fn::GetAtt Ledger\.Size: not known/],
    [
      'an unknown attribute inside a text',
      { 'Fn::Join': ['', [{ 'Fn::GetAtt': 'Ledger.Size' }]] },
      /^At\.T\.1\.0: Fn::GetAtt Ledger\.Size/,
    ],
    ['a resource that its condition leaves out', { Ref: 'Extra' }, /the condition Never leaves Extra out/],
    ['a parameter without a value and a default', { Ref: 'Needed' }, /Ref Needed: the parameter has neither/],
    [
      'an SSM parameter, whose default is only a name',
      { Ref: 'Bootstrap' },
      /Ref Bootstrap: the parameter has neither/,
    ],
    ['an index past the end by one', { 'Fn::Select': [2, ['a', 'b']] }, /no element 2 of 2/],
    [
      'a key that the map lacks',
      { 'Fn::FindInMap': ['Sizes', 'eu-west-1', 'Memory'] },
      /Fn::FindInMap Sizes\.eu-west-1\.Memory/,
    ],
    ['a list where text belongs', { 'Fn::Sub': '${Zones}' }, /Fn::Sub: the value of Zones is not text/],
    ['a list that lacks a value', { 'Fn::Join': [''] }, /takes a list of 2 values/],
    ['a condition that is not defined', { 'Fn::If': ['Nope', 1, 2] }, /there is no condition Nope/],
    [
      'a condition that is neither true nor false',
      { 'Fn::If': ['Vague', 1, 2] },
      /^Conditions\.Vague: is not a condition/,
    ],
    ['conditions that form a cycle', { 'Fn::If': ['Round', 1, 2] }, /Round -> Circle -> Round form a cycle/],
  ])('%s', (_what, value, message) => {
    expect(() => resolve({ T: value })).toThrow(UnresolvedError);
    expect(() => resolve({ T: value })).toThrow(message);
  });
});

test('a value without intrinsics resolves to itself, whatever JSON it is', () => {
  const isIntrinsic = (json: string) => /"(Ref|Fn::[^"]*)":/.test(json);
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      fc.pre(!isIntrinsic(JSON.stringify(value)));
      expect(resolve(value)).toStrictEqual(value);
    }),
  );
});
