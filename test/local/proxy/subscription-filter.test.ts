import { expect, it } from 'vitest';
import { passesFilter } from '../../../local/proxy/subscription-filter.ts';

const ATTRIBUTES = {
  kind: { type: 'String', value: 'FailureDigest' },
  part: { type: 'Number', value: '1' },
  client: { type: 'String.Array', value: '["sql01","WEB07"]' },
  status: { type: 'String.Array', value: '[84,156]' },
  quoted: { type: 'String', value: '["a","b"]' },
  digest: { type: 'Binary', value: 'eA==' },
};

// Amazon SNS Developer Guide: "String value matching", "Numeric value matching", "Key matching", "AND/OR logic".
it.each<[policy: object, passes: boolean]>([
  [{}, true],
  [{ kind: ['JobFailed', 'FailureDigest'] }, true],
  [{ kind: ['failuredigest'] }, false],
  [{ kind: ['FailureDigest'], part: [2] }, false],
  [{ part: [1] }, true],
  [{ part: ['1'] }, false],
  [{ part: [{ numeric: ['=', 1] }] }, true],
  [{ part: [{ numeric: ['>', 0, '<=', 1] }] }, true],
  [{ part: [{ numeric: ['>', 1] }] }, false],
  // One value of a list is enough.
  [{ client: ['sql01'] }, true],
  [{ client: ['web07'] }, false],
  [{ client: [{ 'equals-ignore-case': 'web07' }] }, true],
  [{ client: [{ prefix: 'WEB' }] }, true],
  [{ client: ['["sql01","WEB07"]'] }, false],
  [{ status: [156] }, true],
  [{ status: [{ numeric: ['<', 84] }] }, false],
  [{ client: [{ 'anything-but': ['sql01'] }] }, true],
  [{ client: [{ 'anything-but': ['sql01', 'WEB07'] }] }, false],
  [{ quoted: ['a'] }, false],
  [{ quoted: ['["a","b"]'] }, true],
  [{ policy: ['x'] }, false],
  [{ policy: [{ exists: false }, 'x'] }, true],
  [{ policy: [{ 'anything-but': ['x'] }] }, false],
  [{ client: [{ exists: true }] }, true],
  [{ client: [{ exists: false }] }, false],
  [{ $or: [{ kind: ['Test'] }, { status: [84] }] }, true],
  [{ digest: ['eA=='] }, false],
])('%j lets the message through: %j', (policy, passes) => {
  expect(passesFilter(JSON.stringify(policy), ATTRIBUTES)).toBe(passes);
});

it('lets no message without attributes through, as SNS does, and refuses policies that it does not support', () => {
  expect(passesFilter('{"policy":[{"exists":false}]}', {})).toBe(false);
  expect(() => passesFilter('{"kind":[{"wildcard":"*"}]}', ATTRIBUTES)).toThrow(
    'FilterPolicy.kind: the operator wildcard',
  );
  for (const wrong of ['', '[]', '{"kind":"Test"}'])
    expect(() => passesFilter(wrong, ATTRIBUTES)).toThrow('FilterPolicy');
});
