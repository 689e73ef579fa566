import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileFilters } from '../../../local/mappings/filter.ts';

const record = {
  eventName: 'INSERT',
  dynamodb: {
    SizeBytes: 26,
    Keys: { pk: { S: 'JOB#1' } },
    NewImage: { status: { N: '0' }, note: { S: '' }, gone: { NULL: true }, tags: { SS: ['red', 'Blue'] } },
  },
};
const passes = (...patterns: unknown[]) => compileFilters(patterns.map((pattern) => JSON.stringify(pattern)))(record);
const image = (rules: object) => ({ dynamodb: { NewImage: rules } });

describe('a record', () => {
  test.each<[string, unknown, boolean]>([
    ['passes when the value is in the list', { eventName: ['MODIFY', 'INSERT'] }, true],
    ['does not pass when the value is not in the list', { eventName: ['MODIFY'] }, false],
    ['does not pass when only the case differs', { eventName: ['insert'] }, false],
    ['passes when every key matches', { eventName: ['INSERT'], ...image({ status: { N: ['0'] } }) }, true],
    [
      'does not pass when one key of several does not match',
      { eventName: ['INSERT'], ...image({ status: { N: ['1'] } }) },
      false,
    ],
    ['does not pass when a number is compared with text', image({ status: { N: [0] } }), false],
    ['passes when the filter asks for true and the value is true', image({ gone: { NULL: [true] } }), true],
    ['passes when the filter asks for empty text and the text is empty', image({ note: { S: [''] } }), true],
    ['passes when any element of a list matches', image({ tags: { SS: ['red', 'green'] } }), true],
    ['passes by prefix', { dynamodb: { Keys: { pk: { S: [{ prefix: 'JOB#' }] } } } }, true],
    [
      'does not pass by a prefix in the middle of the value',
      { dynamodb: { Keys: { pk: { S: [{ prefix: 'OB#' }] } } } },
      false,
    ],
    ['passes by suffix', { dynamodb: { Keys: { pk: { S: [{ suffix: '#1' }] } } } }, true],
    ['passes by equals-ignore-case', { eventName: [{ 'equals-ignore-case': 'insert' }] }, true],
    ['passes by anything-but other values', { eventName: [{ 'anything-but': ['REMOVE', 'MODIFY'] }] }, true],
    ['does not pass by anything-but its own value', { eventName: [{ 'anything-but': 'INSERT' }] }, false],
    [
      'does not pass by anything-but when the value is missing',
      image({ other: { S: [{ 'anything-but': 'x' }] } }),
      false,
    ],
    ['passes when a value that must exist exists', image({ status: { N: [{ exists: true }] } }), true],
    ['passes when a value that must not exist is missing', image({ other: { S: [{ exists: false }] } }), true],
    ['does not pass by exists on an attribute, which is not a leaf', image({ status: [{ exists: true }] }), false],
    [
      'passes by a range that includes its upper bound',
      { dynamodb: { SizeBytes: [{ numeric: ['>', 25, '<=', 26] }] } },
      true,
    ],
    [
      'does not pass by a range that excludes its lower bound',
      { dynamodb: { SizeBytes: [{ numeric: ['>', 26] }] } },
      false,
    ],
    [
      'does not pass by numeric on a DynamoDB number, which is text',
      image({ status: { N: [{ numeric: ['=', 0] }] } }),
      false,
    ],
    [
      'passes when one side of $or matches',
      { $or: [{ eventName: ['REMOVE'] }, image({ status: { N: ['0'] } })] },
      true,
    ],
    [
      'does not pass when no side of $or matches',
      { $or: [{ eventName: ['REMOVE'] }, { eventName: ['MODIFY'] }] },
      false,
    ],
  ])('%s', (_rule, pattern, expected) => {
    expect(passes(pattern)).toBe(expected);
  });

  test('passes when there is no filter', () => expect(passes()).toBe(true));
  test('passes when one of several filters passes it', () =>
    expect(passes({ eventName: ['X'] }, { eventName: ['INSERT'] })).toBe(true));
});

describe('a filter is refused', () => {
  test.each<[string, unknown, RegExp]>([
    ['with an operator that is not supported', { eventName: [{ wildcard: 'I*' }] }, /eventName: the operator wildcard/],
    ['with an operator named like a method', { eventName: [{ toString: 'x' }] }, /operator toString/],
    [
      'with a value outside of a list',
      { eventName: 'INSERT' },
      /Filters\.0\.Pattern\.eventName: a value must be in a list/,
    ],
    ['with an empty list', { eventName: [] }, /the list is empty/],
    ['without any key', {}, /at least one key/],
    ['with two operators in one object', { eventName: [{ prefix: 'a', suffix: 'b' }] }, /one operator/],
    ['with an unknown comparison', { dynamodb: { SizeBytes: [{ numeric: ['!=', 1] }] } }, /numeric takes/],
    [
      'with a nested anything-but, which Lambda does not list',
      { eventName: [{ 'anything-but': { prefix: 'I' } }] },
      /anything-but/,
    ],
    ['with $or over one pattern', { $or: [{ eventName: ['INSERT'] }] }, /at least two/],
  ])('%s', (_what, pattern, message) => {
    expect(() => passes(pattern)).toThrow(message);
  });

  test('when it is not JSON', () => expect(() => compileFilters(['{'])).toThrow(/Filters\.0\.Pattern: is not JSON/));
});

test('a pattern made of a record’s own values passes that record, whatever its text', () => {
  const asPattern = (value: unknown): unknown =>
    typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asPattern(inner)]))
      : [value];
  const key = fc.string({ minLength: 1 }).filter((name) => name !== '$or');
  const tree = fc.dictionary(
    key,
    fc.dictionary(key, fc.oneof(fc.string(), fc.boolean(), fc.integer()), { minKeys: 1 }),
    { minKeys: 1 },
  );
  fc.assert(fc.property(tree, (value) => compileFilters([JSON.stringify(asPattern(value))])(value)));
});
