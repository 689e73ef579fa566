import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import type { Clock } from '../clock.ts';
import type { Invoke } from '../functions/invocation.ts';
import { type Checkpoints, checkpointKey } from './checkpoints.ts';
import type { GivenUp } from './given-up.ts';
import { type Mapping, type MappingDefinition, readMapping } from './properties.ts';
import { checkSource, createReader, latestSequence, type Reader, type StreamSource } from './reader.ts';
import { createShard, type Shard } from './shard.ts';
import { createTurns } from './turns.ts';

export { type Checkpoints, fileCheckpoints, memoryCheckpoints } from './checkpoints.ts';
export type { GivenUp } from './given-up.ts';
export type { MappingDefinition, MappingProperties } from './properties.ts';

export interface Mappings {
  /**
   * Resolves when everything written before the call, and what its processing wrote in turn, is processed or given up.
   * Waits for retries and pauses, by the clock, but ends batching windows. Rejects when the mappings are stopped.
   */
  idle(): Promise<void>;
  /**
   * Starts no more reads and invocations; with `isMeant`, only no more invocations of the mappings whose id it accepts.
   * Resolves when those in flight have ended.
   */
  pause(isMeant?: (id: string) => boolean): Promise<void>;
  resume(): void;
  /** Resolves when the last invocation has ended and its outcome is in the checkpoints. */
  stop(): Promise<void>;
  status(): readonly MappingStatus[];
}

export interface MappingStatus {
  id: string;
  shard: number;
  /** The last sequence number that is done. */
  position: string | undefined;
  /** Failed invocations of the current batch. */
  attempts: number;
  /** Records in the shard that are not done. */
  waiting: number;
  oldestRecordAgeMs: number | undefined;
}

export interface MappingsOptions {
  definitions: readonly MappingDefinition[];
  streams: DynamoDBStreamsClient;
  /** DynamoDB Local's ARN of a stream, by the template's. */
  streamArn(eventSourceArn: string): string;
  /** The name of the table's HASH key, by the template's ARN of its stream. */
  partitionKey(eventSourceArn: string): string;
  invoke: Invoke;
  giveUp(item: GivenUp): Promise<void>;
  checkpoints: Checkpoints;
  /** Determines the order in which virtual shards proceed. */
  seed: number;
  /** For retries, windows and ages. Polling, which AWS does on its own, follows the machine's clock. */
  clock: Clock;
  pollMs?: number;
  log?: (line: string) => void;
}

/** Virtual shards of a stream, times `ParallelizationFactor`. A new on-demand table on AWS has as many partitions. */
const SHARDS = 4;

interface Deal {
  reader: Reader;
  shards: readonly { id: string; index: number; shard: Shard }[];
}

/** Runs the template's event source mappings of DynamoDB streams as AWS would. */
export async function startMappings(options: MappingsOptions): Promise<Mappings> {
  const { pollMs = 50, log = () => undefined } = options;
  const mappings = options.definitions
    .map(readMapping)
    .filter((_, at) => options.definitions[at]?.properties.Enabled ?? true);
  const turn = createTurns(options.seed);
  // Counts what happened, so that idle() can tell whether everything was at rest during a pass.
  let progress = 0;
  let paused: PromiseWithResolvers<void> | undefined;
  let unread = '';
  const resting = new Set<() => void>();
  let stopped = false;

  async function shardsOf(mapping: Mapping, source: StreamSource): Promise<Deal['shards']> {
    const count = SHARDS * mapping.parallel;
    const key = (index: number) => checkpointKey(mapping.id, source.streamArn, index, count);
    const indexes = Array.from({ length: count }, (_, index) => index);
    if (mapping.startingPosition === 'LATEST' && indexes.some((index) => !options.checkpoints.get(key(index)))) {
      const latest = await latestSequence(source);
      for (const index of indexes)
        if (!options.checkpoints.get(key(index))) options.checkpoints.set(key(index), latest);
    }
    return indexes.map((index) => {
      const shard = createShard({
        ...{ mapping, index, shards: count, turn, log, clock: options.clock, invoke: options.invoke },
        position: options.checkpoints.get(key(index)),
        checkpoint: (sequence) => options.checkpoints.set(key(index), sequence),
        giveUp: (item) => options.giveUp(item),
        progressed: () => void progress++,
      });
      return { id: mapping.id, index, shard };
    });
  }

  async function deal(eventSourceArn: string, readers: readonly Mapping[]): Promise<Deal> {
    const streamArn = options.streamArn(eventSourceArn);
    const partitionKey = options.partitionKey(eventSourceArn);
    const source = { client: options.streams, streamArn, eventSourceArn, partitionKey };
    await checkSource(source);
    const shards = (await Promise.all(readers.map((mapping) => shardsOf(mapping, source)))).flat();
    const all = shards.map(({ shard }) => shard);
    return { reader: createReader(source, all), shards };
  }

  const byStream = Map.groupBy(mappings, (mapping) => mapping.eventSourceArn);
  const deals = await Promise.all([...byStream].map(([arn, readers]) => deal(arn, readers)));
  const shards = deals.flatMap((one) => one.shards);

  /**
   * Waits in real time; stop() cuts it short. A set, because racing one lasting promise would keep every race alive.
   */
  function rest(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(end, pollMs);
      function end(): void {
        clearTimeout(timer);
        resting.delete(end);
        resolve();
      }
      if (stopped) end();
      else resting.add(end);
    });
  }

  async function readOnce(reader: Reader): Promise<boolean> {
    await paused?.promise;
    if (stopped) return false;
    try {
      const page = await reader.read();
      unread = '';
      if (page === 'records') progress++;
      return page === 'end';
    } catch (error) {
      // Logged once, not at every poll of a database that is down.
      if (unread !== String(error)) log(`a stream could not be read, trying again: ${error}`);
      unread = String(error);
      await rest();
      return false;
    }
  }

  async function poll({ reader }: Deal): Promise<void> {
    for (let before = progress; !stopped; before = progress) {
      const atEnd = await readOnce(reader);
      if (atEnd || before === progress) await rest();
    }
  }

  const polls = deals.map(poll);

  async function idle(): Promise<void> {
    for (;;) {
      const before = progress;
      const ends = await Promise.all(deals.map(({ reader }) => readOnce(reader)));
      await Promise.all(shards.map(({ shard }) => shard.quiet()));
      if (stopped) throw new Error('the mappings were stopped');
      const settled = shards.every(({ shard }) => shard.settled());
      if (settled && before === progress && ends.every(Boolean)) return;
    }
  }

  return {
    idle,
    async pause(isMeant) {
      if (!isMeant) paused ??= Promise.withResolvers();
      const meant = shards.filter(({ id }) => isMeant?.(id) ?? true);
      await Promise.all(meant.map(({ shard }) => shard.pause()));
    },
    resume() {
      paused?.resolve();
      paused = undefined;
      for (const { shard } of shards) shard.resume();
    },
    async stop() {
      stopped = true;
      paused?.resolve();
      for (const end of resting) end();
      await Promise.all([...polls, ...shards.map(({ shard }) => shard.stop())]);
    },
    status: () => shards.map(({ id, index, shard }) => ({ id, shard: index, ...shard.status() })),
  };
}
