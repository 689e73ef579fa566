import type { Invocation } from '../functions/invocation.ts';
import { isObject } from './json.ts';

/**
 * What an invocation says about its batch: all done, not invoked at all (throttled), or failed from the record at index
 * `failedFrom`. `failedFrom` 0 means the whole batch.
 */
export type Verdict =
  | { kind: 'done' }
  | { kind: 'throttled'; reason: string }
  | { kind: 'failed'; failedFrom: number; reason: string; functionError: boolean };

/**
 * Reads a response by the rules of "Configuring partial batch response with DynamoDB and Lambda". Nothing, `{}`, and an
 * empty or absent list mean success. The retry starts at the lowest sequence number that the response names. An
 * identifier that is empty, null, misnamed or not in this batch fails the whole batch.
 */
export function verdictOf(invocation: Invocation, identifiers: readonly string[], reportsItems: boolean): Verdict {
  if (!invocation.ok) {
    const { kind, message: reason } = invocation.failure;
    if (kind === 'throttled') return { kind: 'throttled', reason };
    return { kind: 'failed', failedFrom: 0, reason, functionError: true };
  }
  const { payload } = invocation;
  if (!reportsItems || payload === null || payload === undefined) return { kind: 'done' };
  const whole = (reason: string): Verdict => ({ kind: 'failed', failedFrom: 0, reason, functionError: false });
  if (Array.isArray(payload) && payload.length === 0) return { kind: 'done' };
  if (!isObject(payload)) return whole('the response is not an object');
  const failures = payload.batchItemFailures ?? [];
  if (!Array.isArray(failures)) return whole('batchItemFailures is not a list');
  if (failures.length === 0) return { kind: 'done' };
  const places = failures.map((failure) => {
    const name: unknown = isObject(failure) ? failure.itemIdentifier : undefined;
    return typeof name === 'string' ? identifiers.indexOf(name) : -1;
  });
  const failedFrom = Math.min(...places);
  if (failedFrom < 0) return whole('batchItemFailures names a record that is not in the batch');
  return { kind: 'failed', failedFrom, reason: `reported from ${identifiers[failedFrom]} on`, functionError: false };
}
