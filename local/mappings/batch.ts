import type { Mapping } from './properties.ts';
import { compareSequence, type EventRecord } from './records.ts';
import type { Verdict } from './verdict.ts';

/** A record in a virtual shard. One that no filter passes stays in line, so that the checkpoint passes it in order. */
export interface Entry {
  sequence: string;
  /** Epoch ms. */
  createdAt: number;
  /** Length of its JSON. */
  bytes: number;
  passes: boolean;
  record: EventRecord;
}

export interface Batch {
  entries: readonly Entry[];
  /** Sequence number of the last record that is done once this batch is done. */
  until: string;
  /** Failures that count against MaximumRetryAttempts. */
  failures: number;
  /** Invocations so far, of this batch and of those it was cut from. */
  invocations: number;
  lastFailure: Extract<Verdict, { kind: 'failed' }> | undefined;
}

/** What follows from an invocation, in this order: how far the shard is done, what is given up, what is tried again. */
export interface Settlement {
  checkpoint: string | undefined;
  givenUp: Batch | undefined;
  next: readonly Batch[];
}

/** Lambda passes at most 6 MB to an invocation. The margin is for what the event adds around the records. */
const PAYLOAD_BYTES = 6_000_000;

/** The next batch at the head of the line, and how many entries it takes. `full`: nothing more fits in. */
export function takeBatch(
  line: readonly Entry[],
  batchSize: number,
): { batch: Batch; used: number; full: boolean } | undefined {
  const entries: Entry[] = [];
  let bytes = 0;
  let used = 0;
  let full = false;
  for (const entry of line) {
    if (entry.passes) {
      bytes += entry.bytes;
      full = entries.length === batchSize || (entries.length > 0 && bytes > PAYLOAD_BYTES);
      if (full) break;
      entries.push(entry);
    }
    used++;
  }
  const last = line[used - 1];
  if (entries.length === 0 || !last) return undefined;
  const batch = { entries, until: last.sequence, failures: 0, invocations: 0, lastFailure: undefined };
  return { batch, used, full: full || entries.length === batchSize };
}

function cut(batch: Batch, at: number): [Batch, Batch] {
  const head = batch.entries.slice(0, at);
  const last = head.at(-1);
  return [
    { ...batch, entries: head, until: last?.sequence ?? batch.until },
    { ...batch, entries: batch.entries.slice(at) },
  ];
}

/** Cuts off records that are too old. Age is checked before every invocation, including the first. */
export function cutExpired(batch: Batch, now: number, maximumAgeMs: number): { expired?: Batch; rest?: Batch } {
  const young = batch.entries.findIndex((entry) => now - entry.createdAt <= maximumAgeMs);
  if (young === 0) return { rest: batch };
  if (young < 0) return { expired: batch };
  const [expired, rest] = cut(batch, young);
  return { expired, rest };
}

/**
 * Decides what to do after an invocation. Splitting does not use up a retry (Lambda developer guide, "Retain discarded
 * records for a DynamoDB event source"). Nor does throttling, because the function was never invoked. With bisect, a
 * partial failure splits the batch at the record it names; without, the rest is retried and the retry counts.
 */
export function settle(batch: Batch, verdict: Verdict, mapping: Pick<Mapping, 'bisect' | 'retries'>): Settlement {
  if (verdict.kind === 'done') return { checkpoint: batch.until, givenUp: undefined, next: [] };
  if (verdict.kind === 'throttled') return { checkpoint: undefined, givenUp: undefined, next: [batch] };
  const tried = { ...batch, invocations: batch.invocations + 1, lastFailure: verdict };
  const [done, rest] = verdict.failedFrom > 0 ? cut(tried, verdict.failedFrom) : [undefined, tried];
  const checkpoint = done?.until;
  if (mapping.bisect && (done || rest.entries.length > 1)) {
    const next = done ? [rest] : cut(rest, Math.ceil(rest.entries.length / 2));
    return { checkpoint, givenUp: undefined, next };
  }
  const failed = { ...rest, failures: rest.failures + 1 };
  if (failed.failures > mapping.retries) return { checkpoint, givenUp: failed, next: [] };
  return { checkpoint, givenUp: undefined, next: [failed] };
}

/** Back-off from 100 ms to 5 s; AWS does not document its own. `failures`: how many in a row, from 1. */
export function retryDelay(failures: number): number {
  return Math.min(5_000, 100 * 2 ** Math.min(failures - 1, 10));
}

/** Whether a record is new to a shard that has received everything up to `received`. */
export function isNew(sequence: string, received: string | undefined): boolean {
  return compareSequence(sequence, received) > 0;
}
