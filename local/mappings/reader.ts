import {
  DescribeStreamCommand,
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type Shard as StreamShard,
} from '@aws-sdk/client-dynamodb-streams';
import { compareSequence, partitionHash, toEventRecord } from './records.ts';
import type { Shard } from './shard.ts';

type Client = Pick<DynamoDBStreamsClient, 'send'>;

/** `end`: the page was empty, so everything written before the call has been dealt. `blocked`: no shard has room. */
export type Page = 'records' | 'end' | 'blocked';

export interface StreamSource {
  client: Client;
  /** DynamoDB Local's ARN of the stream. */
  streamArn: string;
  /** The template's ARN, which the records carry. */
  eventSourceArn: string;
  partitionKey: string;
}

const expired = new Set(['ExpiredIteratorException', 'TrimmedDataAccessException']);

/** The stream's own shards, oldest first. DynamoDB Local has one at a time, and sometimes ends it and opens another. */
async function shardsOf({ client, streamArn }: StreamSource): Promise<StreamShard[]> {
  const shards: StreamShard[] = [];
  let from: string | undefined;
  do {
    const command = new DescribeStreamCommand({ StreamArn: streamArn, ...(from && { ExclusiveStartShardId: from }) });
    const { StreamDescription: description } = await client.send(command);
    shards.push(...(description?.Shards ?? []));
    from = description?.LastEvaluatedShardId;
  } while (from);
  const start = (shard: StreamShard) => shard.SequenceNumberRange?.StartingSequenceNumber;
  return shards.sort((a, b) => compareSequence(start(a), start(b)));
}

async function iteratorAt({ client, streamArn }: StreamSource, shard: StreamShard, after: string | undefined) {
  const from = { StreamArn: streamArn, ShardId: shard.ShardId };
  const oldest = new GetShardIteratorCommand({ ...from, ShardIteratorType: 'TRIM_HORIZON' });
  const range = shard.SequenceNumberRange;
  // A position before this shard is from a shard that ended: here it means the beginning.
  const inside = after !== undefined && compareSequence(range?.StartingSequenceNumber, after) <= 0;
  if (!inside) return (await client.send(oldest)).ShardIterator;
  try {
    const next = { ...from, ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' as const, SequenceNumber: after };
    return (await client.send(new GetShardIteratorCommand(next))).ShardIterator;
  } catch (error) {
    if (!(error instanceof Error && expired.has(error.name))) throw error;
    return (await client.send(oldest)).ShardIterator;
  }
}

/** Reads a stream from after a position, across the stream's own shards. */
export function createCursor(source: StreamSource, after: string | undefined) {
  let at = after;
  let iterator: string | undefined;
  let shardId: string | undefined;
  const ended = new Set<string | undefined>();

  async function open(): Promise<string | undefined> {
    const shard = (await shardsOf(source)).find(({ ShardId, SequenceNumberRange: range }) => {
      const end = range?.EndingSequenceNumber;
      return !ended.has(ShardId) && (end === undefined || compareSequence(end, at) > 0);
    });
    shardId = shard?.ShardId;
    return shard && iteratorAt(source, shard, at);
  }

  return {
    /** The next records, or `undefined` if there are no more for now. */
    async next() {
      for (;;) {
        iterator ??= await open();
        if (!iterator) return undefined;
        const used = iterator;
        iterator = undefined;
        try {
          const page = await source.client.send(new GetRecordsCommand({ ShardIterator: used, Limit: 1_000 }));
          iterator = page.NextShardIterator;
          if (!iterator) ended.add(shardId);
          const records = page.Records ?? [];
          at = records.at(-1)?.dynamodb?.SequenceNumber ?? at;
          if (records.length > 0) return records;
          if (iterator) return undefined;
        } catch (error) {
          // An iterator lives for 15 minutes. After a longer sleep, the run continues after the last record it has.
          if (!(error instanceof Error && expired.has(error.name))) throw error;
        }
      }
    },
    position: () => at,
  };
}

/** A position before every record, in the form of DynamoDB Local's sequence numbers. */
const BEFORE_ALL = '0'.padStart(21, '0');

/** The sequence number of the last record written so far. LATEST starts after it, also after a restart. */
export async function latestSequence(source: StreamSource): Promise<string> {
  const cursor = createCursor(source, undefined);
  while (await cursor.next());
  return cursor.position() ?? BEFORE_ALL;
}

/** Throws if there is no such stream or its table has another HASH key: at the start, not at the first record. */
export async function checkSource({ client, streamArn, partitionKey }: StreamSource): Promise<void> {
  const { StreamDescription: stream } = await client.send(new DescribeStreamCommand({ StreamArn: streamArn }));
  const key = stream?.KeySchema?.find((element) => element.KeyType === 'HASH')?.AttributeName;
  if (key !== partitionKey) throw new Error(`the HASH key of ${streamArn} is ${key}, not ${partitionKey}`);
}

export interface Reader {
  /** Reads one page and deals its records to the shards. Calls wait for each other. */
  read(): Promise<Page>;
}

type Dealing = Pick<Shard, 'received' | 'offer' | 'full' | 'lagging' | 'rewound'>;

/** Reads a stream once for all the virtual shards of all its mappings. */
export function createReader(source: StreamSource, shards: readonly Dealing[]): Reader {
  // Not sort(), which always puts undefined last: here it means the very beginning.
  const lowest = () =>
    shards.map((shard) => shard.received()).reduce((low, at) => (compareSequence(at, low) < 0 ? at : low));
  let cursor = createCursor(source, lowest());
  let last: Promise<unknown> = Promise.resolve();

  async function read(): Promise<Page> {
    // Shards that had no room get what they missed. The others skip what they already have.
    const lagging = shards.filter((shard) => shard.lagging());
    if (lagging.length > 0) cursor = createCursor(source, lowest());
    for (const shard of lagging) shard.rewound();
    if (shards.every((shard) => shard.full())) return 'blocked';
    try {
      const records = await cursor.next();
      if (!records) return 'end';
      const dealt = records
        .map((record) => toEventRecord(record, source.eventSourceArn))
        .map((record) => ({ record, hash: partitionHash(record, source.partitionKey) }));
      for (const shard of shards) shard.offer(dealt);
      return 'records';
    } catch (error) {
      // From what the shards have, not from the cursor's position: a page that could not be dealt must come again.
      cursor = createCursor(source, lowest());
      throw error;
    }
  }

  return {
    read() {
      const mine = last.then(read);
      last = mine.catch(() => undefined);
      return mine;
    },
  };
}
