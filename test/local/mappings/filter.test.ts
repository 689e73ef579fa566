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

describe('a record passes', () => {
  test.each<[string, unknown, boolean]>([
    ['when the value is in the list', { eventName: ['MODIFY', 'INSERT'] }, true],
    ['not when the value is not in the list', { eventName: ['MODIFY'] }, false],
    ['not when only the case differs', { eventName: ['insert'] }, false],
    ['when every key matches', { eventName: ['INSERT'], ...image({ status: { N: ['0'] } }) }, true],
    ['not when one key of several fails', { eventName: ['INSERT'], ...image({ status: { N: ['1'] } }) }, false],
    ['not when a number is compared with text', image({ status: { N: [0] } }), false],
    ['when true is asked for and is there', image({ gone: { NULL: [true] } }), true],
    ['when empty text is asked for and is there', image({ note: { S: [''] } }), true],
    ['when any element of a list matches', image({ tags: { SS: ['red', 'green'] } }), true],
    ['by prefix', { dynamodb: { Keys: { pk: { S: [{ prefix: 'JOB#' }] } } } }, true],
    ['not by a prefix in the middle', { dynamodb: { Keys: { pk: { S: [{ prefix: 'OB#' }] } } } }, false],
    ['by suffix', { dynamodb: { Keys: { pk: { S: [{ suffix: '#1' }] } } } }, true],
    ['by equals-ignore-case', { eventName: [{ 'equals-ignore-case': 'insert' }] }, true],
    ['by anything-but', { eventName: [{ 'anything-but': ['REMOVE', 'MODIFY'] }] }, true],
    ['not by anything-but its value', { eventName: [{ 'anything-but': 'INSERT' }] }, false],
    ['not by anything-but where there is nothing', image({ other: { S: [{ 'anything-but': 'x' }] } }), false],
    ['when a value that must exist does', image({ status: { N: [{ exists: true }] } }), true],
    ['when a value that must not exist does not', image({ other: { S: [{ exists: false }] } }), true],
    ['not by exists on an attribute, which is no leaf', image({ status: [{ exists: true }] }), false],
    ['by a range that holds its upper bound', { dynamodb: { SizeBytes: [{ numeric: ['>', 25, '<=', 26] }] } }, true],
    ['not by a range that leaves its lower bound out', { dynamodb: { SizeBytes: [{ numeric: ['>', 26] }] } }, false],
    ['not by numeric on a DynamoDB number, which is text', image({ status: { N: [{ numeric: ['=', 0] }] } }), false],
    ['when one side of $or matches', { $or: [{ eventName: ['REMOVE'] }, image({ status: { N: ['0'] } })] }, true],
    ['not when no side of $or matches', { $or: [{ eventName: ['REMOVE'] }, { eventName: ['MODIFY'] }] }, false],
  ])('%s', (_rule, pattern, expected) => {
    expect(passes(pattern)).toBe(expected);
  });

  test('when there is no filter', () => expect(passes()).toBe(true));
  test('when one of several filters does', () =>
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
    ['with nothing in it', {}, /at least one key/],
    ['with two operators in one', { eventName: [{ prefix: 'a', suffix: 'b' }] }, /one operator/],
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

test('a pattern of a record’s own values passes that record, whatever its text', () => {
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
