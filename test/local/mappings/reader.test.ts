import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, test } from 'vitest';
import { createCursor, createReader } from '../../../local/mappings/reader.ts';
import { partitionHash } from '../../../local/mappings/records.ts';
import type { Dealt } from '../../../local/mappings/shard.ts';
import { eventRecord, SOURCE } from './support.ts';

const sequence = (number: number) => String(number).padStart(21, '0');

/** A stream whose first shard has ended with record 2, and whose iterators name the shard and the next record. */
function twoShards(trimmedBelow = 0, expiring = new Set<string>()) {
  const mock = mockClient(DynamoDBStreamsClient);
  mock.on(DescribeStreamCommand).resolves({
    StreamDescription: {
      Shards: [
        { ShardId: 'b', ParentShardId: 'a', SequenceNumberRange: { StartingSequenceNumber: sequence(3) } },
        {
          ShardId: 'a',
          SequenceNumberRange: { StartingSequenceNumber: sequence(1), EndingSequenceNumber: sequence(2) },
        },
      ],
    },
  });
  const first: Record<string, number> = { a: 1, b: 3 };
  mock.on(GetShardIteratorCommand).callsFake(({ ShardId, SequenceNumber: after }) => {
    if (after && Number(after) < trimmedBelow)
      throw Object.assign(new Error('gone'), { name: 'TrimmedDataAccessException' });
    return { ShardIterator: `${ShardId} ${after ? Number(after) + 1 : first[ShardId]}` };
  });
  mock.on(GetRecordsCommand).callsFake(({ ShardIterator: used }) => {
    if (expiring.delete(used)) throw Object.assign(new Error('old'), { name: 'ExpiredIteratorException' });
    const [shard, next] = used.split(' ');
    const end = shard === 'a' ? 2 : 4;
    if (Number(next) > end) return shard === 'a' ? {} : { Records: [], NextShardIterator: used };
    return {
      Records: [{ dynamodb: { SequenceNumber: sequence(Number(next)), Keys: { pk: { S: 'p' } } } }],
      NextShardIterator: `${shard} ${Number(next) + 1}`,
    };
  });
  return { client: new DynamoDBStreamsClient({}), streamArn: SOURCE, eventSourceArn: SOURCE, partitionKey: 'pk' };
}

async function readAll(cursor: ReturnType<typeof createCursor>): Promise<number[]> {
  const read: number[] = [];
  for (let page = await cursor.next(); page; page = await cursor.next())
    read.push(...page.map((record) => Number(record.dynamodb?.SequenceNumber)));
  return read;
}

test('a cursor goes on to the next shard when its shard has ended', async () => {
  const cursor = createCursor(twoShards(), undefined);
  expect(await readAll(cursor)).toEqual([1, 2, 3, 4]);
  expect(await readAll(cursor)).toEqual([]);
});

test.each([
  [1, [2, 3, 4]],
  [2, [3, 4]],
  [3, [4]],
  [4, []],
])('a cursor starts after record %i, in whichever shard that is', async (after, expected) => {
  expect(await readAll(createCursor(twoShards(), sequence(after)))).toEqual(expected);
});

test('a cursor whose iterator has expired goes on after the last record', async () => {
  expect(await readAll(createCursor(twoShards(0, new Set(['a 2', 'b 4'])), undefined))).toEqual([1, 2, 3, 4]);
});

test('a cursor starts at the oldest record when the stream no longer has its position', async () => {
  expect(await readAll(createCursor(twoShards(4), sequence(3)))).toEqual([3, 4]);
});

test('a page that could not be dealt to the shards is read again', async () => {
  let received: string | undefined;
  let broken = true;
  const read: number[] = [];
  const shard = {
    ...{ received: () => received, full: () => false, lagging: () => false, rewound: () => undefined },
    offer(page: readonly Dealt[]) {
      if (broken) throw new Error('no room');
      received = page.at(-1)?.record.dynamodb.SequenceNumber;
      read.push(Number(received));
    },
  };
  const reader = createReader(twoShards(), [shard]);
  await expect(reader.read()).rejects.toThrow('no room');
  broken = false;
  while ((await reader.read()) === 'records');
  expect(read).toEqual([1, 2, 3, 4]);
});

test('items of one partition share a hash, and a record without the key attribute is an error', () => {
  expect(partitionHash(eventRecord(1, 'p'), 'pk')).toBe(partitionHash(eventRecord(2, 'p'), 'pk'));
  expect(partitionHash(eventRecord(1, 'p'), 'pk')).not.toBe(partitionHash(eventRecord(1, 'q'), 'pk'));
  expect(() => partitionHash(eventRecord(1), 'id')).toThrow(/no key attribute id/);
});
