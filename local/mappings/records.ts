import { createHash } from 'node:crypto';
import type { _Record } from '@aws-sdk/client-dynamodb-streams';
import { REGION } from '../environment.ts';

/** An attribute value as a Lambda event carries it: `{ S: … }`, `{ N: '1' }`, `{ B: base64 }`, … */
export type AttributeJson = Readonly<Record<string, unknown>>;

/** One element of `Records` in the event that Lambda passes to the function. */
export interface EventRecord {
  eventID: string;
  eventName: string;
  eventVersion: string;
  eventSource: 'aws:dynamodb';
  awsRegion: string;
  dynamodb: {
    /** Epoch seconds. AWS rounds to the second, DynamoDB Local down to the minute. */
    ApproximateCreationDateTime: number;
    Keys: Readonly<Record<string, AttributeJson>>;
    NewImage?: Readonly<Record<string, AttributeJson>>;
    OldImage?: Readonly<Record<string, AttributeJson>>;
    SequenceNumber: string;
    SizeBytes: number;
    StreamViewType: string;
  };
  eventSourceARN: string;
  /** Who removed the item, if no person or program did: DynamoDB's TTL. */
  userIdentity?: { type: string; principalId: string };
}

/** Below 0 if `a` comes before `b`. Undefined comes before everything. */
export function compareSequence(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  const [left, right] = [BigInt(a), BigInt(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The SDK's values as plain JSON: bytes become base64, wherever they are nested. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

function image(attributes: object | undefined): Record<string, AttributeJson> {
  return plain(attributes ?? {}) as Record<string, AttributeJson>;
}

/** The record in the form that Lambda gives it. `eventSourceArn` is the template's, not DynamoDB Local's. */
export function toEventRecord(record: _Record, eventSourceArn: string): EventRecord {
  const change = record.dynamodb;
  if (!change?.SequenceNumber) throw new Error('a stream record has no sequence number');
  return {
    eventID: record.eventID ?? '',
    eventName: record.eventName ?? '',
    eventVersion: record.eventVersion ?? '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: REGION,
    dynamodb: {
      ApproximateCreationDateTime: Math.floor((change.ApproximateCreationDateTime?.getTime() ?? 0) / 1000),
      Keys: image(change.Keys),
      ...(change.NewImage && { NewImage: image(change.NewImage) }),
      ...(change.OldImage && { OldImage: image(change.OldImage) }),
      SequenceNumber: change.SequenceNumber,
      SizeBytes: change.SizeBytes ?? 0,
      StreamViewType: change.StreamViewType ?? '',
    },
    eventSourceARN: eventSourceArn,
    ...(record.userIdentity && {
      userIdentity: { type: record.userIdentity.Type ?? '', principalId: record.userIdentity.PrincipalId ?? '' },
    }),
  };
}

/** A number that is the same for all items with one partition key. Modulo the number of shards it is the shard. */
export function partitionHash(record: EventRecord, partitionKey: string): number {
  const value = record.dynamodb.Keys[partitionKey];
  if (!value) throw new Error(`the records of ${record.eventSourceARN} have no key attribute ${partitionKey}`);
  return createHash('sha256').update(JSON.stringify(value)).digest().readUInt32BE(0);
}
