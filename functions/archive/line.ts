import type { DynamoDBRecord } from 'aws-lambda';
import { EXPIRES_AT } from '../keys/tables.ts';

/** An item as it stands in a line: texts and numbers as they are, everything else in DynamoDB's own JSON. */
export type PlainItem = Readonly<Record<string, unknown>>;

/**
 * A change of an item of the ledger. `sequence`: its number in the stream. `at`: epoch ms, by DynamoDB's clock, to the
 * second.
 */
interface Happened {
  sequence: string;
  at: number;
}

/** A line of an archive object. Only `INSERT` is legitimate; nobody may do the others. */
export type Line =
  | (Happened & { event: 'INSERT'; item: PlainItem })
  | (Happened & { event: 'MODIFY'; old: PlainItem; item: PlainItem })
  | (Happened & { event: 'REMOVE'; old: PlainItem });

/**
 * The line of a stream record; undefined for an expired item that DynamoDB's TTL removed, which is neither a fact nor
 * tampering.
 */
export function lineOf(record: DynamoDBRecord): Line | undefined {
  const {
    Keys = {},
    NewImage,
    OldImage = Keys,
    SequenceNumber = '',
    ApproximateCreationDateTime = 0,
  } = record.dynamodb ?? {};
  const happened = { sequence: SequenceNumber, at: Math.round(ApproximateCreationDateTime * 1000) };
  switch (record.eventName) {
    case 'REMOVE': {
      const old = plainItem(OldImage);
      // Somebody may have set TTL to another attribute, and then it removes items that were to stay.
      return isByTtl(record) && isExpired(old, happened.at) ? undefined : { event: 'REMOVE', ...happened, old };
    }
    case 'MODIFY':
      return { event: 'MODIFY', ...happened, old: plainItem(OldImage), item: plainItem(NewImage ?? Keys) };
    default:
      return { event: 'INSERT', ...happened, item: plainItem(NewImage ?? Keys) };
  }
}

/**
 * Whether TTL removed the item (DynamoDB Developer Guide, "DynamoDB Streams and Time to Live"). Then the record names
 * the service itself, an identity that no other request carries.
 */
function isByTtl({ userIdentity }: DynamoDBRecord): boolean {
  return userIdentity?.type === 'Service' && userIdentity.principalId === 'dynamodb.amazonaws.com';
}

/**
 * Reads an image of a stream record, or an item as the SDK returns it, with the same result. Accepts everything that
 * DynamoDB can hold.
 */
export function plainItem(image: object): PlainItem {
  return Object.fromEntries(Object.entries(image).map(([name, value]) => [name, plainValue(value)]));
}

function plainValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('S' in value) return value.S;
  // A number that JavaScript would round stays in DynamoDB's JSON.
  if ('N' in value && String(Number(value.N)) === value.N && Number.isFinite(Number(value.N))) return Number(value.N);
  return JSON.parse(JSON.stringify(value, asBase64));
}

/** The SDK returns binary values as bytes, an event as base64 text. */
function asBase64(_: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
}

/** The canonical text of an item: the same whatever the order of its attributes. */
export function canonicalItem(item: PlainItem): string {
  return JSON.stringify(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Whether an item has expired by a time (epoch ms). */
export function isExpired(item: PlainItem, now: number): boolean {
  const expiresAt = item[EXPIRES_AT];
  return typeof expiresAt === 'number' && expiresAt * 1000 <= now;
}
