import { type Clock, leadOf } from '../clock.ts';
import type { Invoke } from '../functions/invocation.ts';
import { type Batch, cutExpired, type Entry, isNew, retryDelay, settle, takeBatch } from './batch.ts';
import { type Condition, eventOf, type GivenUp, givenUpItem } from './given-up.ts';
import type { Mapping } from './properties.ts';
import type { EventRecord } from './records.ts';
import { verdictOf } from './verdict.ts';

/** A record as the reader deals it. `hash` modulo the number of shards is its shard. */
export interface Dealt {
  record: EventRecord;
  hash: number;
}

export interface ShardOptions {
  mapping: Mapping;
  index: number;
  shards: number;
  position: string | undefined;
  /** Stores how far the shard is done. */
  checkpoint(sequence: string): void;
  invoke: Invoke;
  giveUp(item: GivenUp): Promise<void>;
  turn(): Promise<void>;
  clock: Clock;
  log(line: string): void;
  /** Called whenever there was progress: a batch was tried, or records are done. */
  progressed(): void;
}

/** A virtual shard of one mapping: its records in order, one batch in flight. Only its own failures hold it up. */
export interface Shard {
  /** Every record up to here is in the shard, is done, or belongs to another shard. */
  received(): string | undefined;
  /** Takes what is new to this shard from a page of the stream, in order. */
  offer(page: readonly Dealt[]): void;
  full(): boolean;
  /** Whether the shard let records pass because it was full, and has room for them now. */
  lagging(): boolean;
  /** The reader is back at what the shard missed. Until then the shard takes nothing: it would skip what is between. */
  rewound(): void;
  /** Whether nothing waits, is in flight, or was let pass. */
  settled(): boolean;
  /** Resolves when the shard has nothing left to do, or was stopped. Until then, batching windows end at once. */
  quiet(): Promise<void>;
  /** Starts no more invocations. Resolves when none is in flight. */
  pause(): Promise<void>;
  resume(): void;
  stop(): Promise<void>;
  status(): { position: string | undefined; attempts: number; waiting: number; oldestRecordAgeMs: number | undefined };
}

/** How many records a shard holds at most, so that one that is held up cannot fill the memory. */
const HELD = 1_000;

export function createShard(options: ShardOptions): Shard {
  const { mapping, clock } = options;
  const bound = Math.max(HELD, mapping.batchSize);
  const line: Entry[] = [];
  const pending: Batch[] = [];
  let { position } = options;
  let received = position;
  let letPass = false;
  let paused = false;
  let stopped = false;
  let running = false;
  let inFlight: Promise<unknown> = Promise.resolve();
  let inARow = 0;
  let windowEnds: number | undefined;
  let endWait: (() => void) | undefined;
  let cancelWindow: (() => void) | undefined;
  let quietened: (() => void)[] = [];

  const held = () => pending.reduce((sum, batch) => sum + batch.entries.length, line.length);
  const empty = () => !running && line.length === 0 && pending.length === 0;

  function finish(sequence: string): void {
    position = sequence;
    options.checkpoint(sequence);
    options.progressed();
  }

  /** The next batch, if it is time for one. */
  function next(): Batch | undefined {
    if (paused || stopped) return undefined;
    if (pending[0]) return pending[0];
    const firstPassing = line.findIndex((entry) => entry.passes);
    const skipped = line.splice(0, firstPassing < 0 ? line.length : firstPassing).at(-1);
    if (skipped) finish(skipped.sequence);
    const taken = takeBatch(line, mapping.batchSize);
    if (!taken) return undefined;
    // A window is the longest that a batch may wait: it ends when somebody waits in quiet().
    if (!taken.full && mapping.windowMs > 0 && quietened.length === 0) {
      windowEnds ??= clock.now() + mapping.windowMs;
      if (clock.now() < windowEnds) {
        cancelWindow ??= clock.after(windowEnds - clock.now(), () => {
          cancelWindow = undefined;
          wake();
        });
        return undefined;
      }
    }
    cancelWindow?.();
    cancelWindow = windowEnds = undefined;
    line.splice(0, taken.used);
    pending.push(taken.batch);
    return taken.batch;
  }

  function wait(ms: number): Promise<void> {
    if (stopped) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = clock.after(ms, resolve);
      endWait = () => {
        cancel();
        resolve();
      };
    });
  }

  /** Resolves once the records are at their destination; only then may the shard go on. */
  async function abandon(batch: Batch, condition: Condition): Promise<void> {
    const { destination } = mapping;
    const what = `${mapping.id} shard ${options.index}: gave up ${batch.entries.length} records (${condition})`;
    if (!destination) return options.log(`${what}, dropped for want of a destination`);
    options.log(`${what}, sent to ${destination}`);
    const item = givenUpItem({ ...mapping, destination }, batch, options.index, condition, clock.now());
    for (let tries = 1; !stopped; tries++) {
      try {
        return await options.giveUp(item);
      } catch (error) {
        options.log(`${mapping.id} shard ${options.index}: the destination failed: ${error}`);
        await wait(retryDelay(tries));
      }
    }
    throw new Error('stopped before the records were at their destination');
  }

  async function attempt(whole: Batch): Promise<void> {
    const { expired, rest: batch } = cutExpired(whole, clock.now(), mapping.maximumAgeMs);
    if (expired) {
      await abandon(expired, 'RecordAgeExceeded');
      pending.splice(0, 1, ...(batch ? [batch] : []));
      return finish(expired.until);
    }
    if (!batch) return;
    const invoking = options.invoke(mapping.functionId, eventOf(batch));
    inFlight = invoking.catch(() => undefined);
    const invocation = await invoking;
    const identifiers = batch.entries.map((entry) => entry.sequence);
    const verdict = verdictOf(invocation, identifiers, mapping.reportsItems);
    const { checkpoint, givenUp, next: again } = settle(batch, verdict, mapping);
    if (checkpoint) finish(checkpoint);
    if (givenUp) await abandon(givenUp, 'RetryAttemptsExhausted');
    pending.splice(0, 1, ...again);
    if (givenUp) finish(givenUp.until);
    options.progressed();
    if (verdict.kind === 'done') {
      inARow = 0;
      return;
    }
    options.log(`${mapping.id} shard ${options.index}: ${verdict.reason}`);
    if (again.length > 0) await wait(retryDelay(++inARow));
  }

  async function run(): Promise<void> {
    for (let batch = next(); batch; batch = next()) {
      await options.turn();
      if (paused || stopped) break;
      try {
        await attempt(batch);
      } catch (error) {
        // The batch is still in `pending`: it is tried again, here or, from its checkpoint, in the next run.
        options.log(`${mapping.id} shard ${options.index}: ${error}`);
        await wait(retryDelay(++inARow));
      }
    }
    running = false;
    if (stopped || empty()) {
      for (const resolve of quietened) resolve();
      quietened = [];
    }
  }

  function wake(): void {
    if (running || stopped) return;
    running = true;
    void run();
  }

  const quiet = () =>
    new Promise<void>((resolve) => {
      if (empty() || (stopped && !running)) return resolve();
      quietened.push(resolve);
      wake();
    });

  return {
    received: () => received,
    offer(page) {
      for (const { record, hash } of page) {
        const sequence = record.dynamodb.SequenceNumber;
        if (!isNew(sequence, received)) continue;
        const isOwn = hash % options.shards === options.index;
        letPass ||= isOwn && held() >= bound;
        // Stops even at other shards' records: noting them as received would skip what this shard let pass.
        if (letPass) break;
        if (isOwn) {
          // DynamoDB Local uses the machine's clock.
          const createdAt = record.dynamodb.ApproximateCreationDateTime * 1000 + leadOf(clock);
          line.push({
            sequence,
            createdAt,
            bytes: JSON.stringify(record).length,
            passes: mapping.matches(record),
            record,
          });
        }
        received = sequence;
      }
      wake();
    },
    full: () => held() >= bound,
    lagging: () => letPass && held() <= bound / 2,
    rewound() {
      letPass = false;
    },
    settled: () => empty() && !letPass,
    quiet,
    async pause() {
      paused = true;
      await inFlight;
    },
    resume() {
      paused = false;
      wake();
    },
    async stop() {
      stopped = true;
      cancelWindow?.();
      endWait?.();
      await quiet();
      for (const resolve of quietened) resolve();
    },
    status() {
      const oldest = pending[0]?.entries[0] ?? line.find((entry) => entry.passes);
      const oldestRecordAgeMs = oldest && clock.now() - oldest.createdAt;
      return { position, attempts: pending[0]?.invocations ?? 0, waiting: held(), oldestRecordAgeMs };
    },
  };
}
