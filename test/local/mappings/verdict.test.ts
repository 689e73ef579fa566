import { expect, test } from 'vitest';
import { verdictOf } from '../../../local/mappings/verdict.ts';

const ids = ['10', '11', '12'];
const verdict = (payload: unknown, reports = true) => verdictOf({ ok: true, payload }, ids, reports);

test.each<[string, unknown]>([
  ['null', null],
  ['undefined', undefined],
  ['an empty object', {}],
  ['an empty list', { batchItemFailures: [] }],
  ['a null list', { batchItemFailures: null }],
])('a response of %s is a success', (_what, payload) => {
  expect(verdict(payload)).toEqual({ kind: 'done' });
});

test.each<[string, unknown, number]>([
  ['one reported record fails the batch from there on', { batchItemFailures: [{ itemIdentifier: '11' }] }, 1],
  [
    'several reported records, in any order, fail the batch from the lowest on',
    { batchItemFailures: [{ itemIdentifier: '12' }, { itemIdentifier: '11' }] },
    1,
  ],
  ['an empty identifier fails the whole batch', { batchItemFailures: [{ itemIdentifier: '' }] }, 0],
  ['a null identifier fails the whole batch', { batchItemFailures: [{ itemIdentifier: null }] }, 0],
  ['a misnamed key fails the whole batch', { batchItemFailures: [{ sequenceNumber: '11' }] }, 0],
  [
    'an unknown record beside a known one fails the whole batch',
    { batchItemFailures: [{ itemIdentifier: '12' }, { itemIdentifier: '9' }] },
    0,
  ],
  ['text instead of a response fails the whole batch', 'ok', 0],
  ['an object instead of the list fails the whole batch', { batchItemFailures: {} }, 0],
])('%s', (_rule, payload, failedFrom) => {
  expect(verdict(payload)).toMatchObject({ kind: 'failed', failedFrom });
});

test('a report is ignored when the mapping does not ask for reports', () => {
  expect(verdict({ batchItemFailures: [{ itemIdentifier: '11' }] }, false)).toEqual({ kind: 'done' });
});

test('an error fails the whole batch, and throttling only holds it up', () => {
  const failure = (kind: 'timeout' | 'throttled') =>
    verdictOf({ ok: false, failure: { kind, message: 'm' } }, ids, true);
  expect(failure('timeout')).toMatchObject({ kind: 'failed', failedFrom: 0, functionError: true });
  expect(failure('throttled')).toMatchObject({ kind: 'throttled' });
});
