import type { ManualClock } from '../../../local/clock.ts';
import type { Invocation, Invoke } from '../../../local/functions/invocation.ts';
import type { Batch, Entry } from '../../../local/mappings/batch.ts';
import type { MappingDefinition, MappingProperties } from '../../../local/mappings/mappings.ts';
import type { EventRecord } from '../../../local/mappings/records.ts';

export const SOURCE = 'arn:aws:dynamodb:us-east-1:000000000000:table/Ledger/stream/x';

export function eventRecord(number: number, pk = 'p', createdAt = 0): EventRecord {
  return {
    eventID: `e${number}`,
    eventName: 'INSERT',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: 'us-east-1',
    dynamodb: {
      ApproximateCreationDateTime: createdAt / 1000,
      Keys: { pk: { S: pk }, sk: { S: String(number) } },
      SequenceNumber: String(number).padStart(21, '0'),
      SizeBytes: 10,
      StreamViewType: 'NEW_IMAGE',
    },
    eventSourceARN: SOURCE,
  };
}

export function entry(number: number, more: Partial<Entry> = {}): Entry {
  const record = eventRecord(number);
  return { sequence: record.dynamodb.SequenceNumber, createdAt: 0, bytes: 10, passes: true, record, ...more };
}

export const numbers = (batch: Batch | undefined) => batch?.entries.map((one) => Number(one.sequence));

export function definition(more: Partial<MappingProperties> = {}, id = 'Mapping'): MappingDefinition {
  const base = { FunctionName: 'function', EventSourceArn: SOURCE, StartingPosition: 'TRIM_HORIZON' as const };
  return { id, functionId: 'Function', properties: { ...base, ...more } };
}

/** The sort keys of an event's records, which identify them in tests. */
export function sortKeys(event: unknown): string[] {
  return (event as { Records: EventRecord[] }).Records.map((record) => String(record.dynamodb.Keys.sk?.S));
}

export function recordsOf(event: unknown): EventRecord[] {
  return (event as { Records: EventRecord[] }).Records;
}

export const done: Invocation = { ok: true, payload: null };
export const failed: Invocation = { ok: false, failure: { kind: 'handler', message: 'it broke' } };
export const throttled: Invocation = { ok: false, failure: { kind: 'throttled', message: 'too many' } };

/** A function that succeeds, and adds the sort keys of each invocation's records to `seen`. */
export function remembering(seen: string[][]): Invoke {
  return async (_id, event) => {
    seen.push(sortKeys(event));
    return done;
  };
}

/** Moves the clock on step by step until the promise settles, so that whatever waits on the clock comes due. */
export async function whileMoving<T>(clock: ManualClock, promise: Promise<T>, stepMs = 5_000): Promise<T> {
  let pending = true;
  const settled = () => {
    pending = false;
  };
  promise.then(settled, settled);
  while (pending) {
    clock.advance(stepMs);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return promise;
}
