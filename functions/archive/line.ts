import type { DynamoDBRecord } from 'aws-lambda';
import { EXPIRES_AT } from '../keys/tables.ts';

/** An item as it stands in a line: texts and numbers as they are, whatever else in DynamoDB's own JSON. */
export type PlainItem = Readonly<Record<string, unknown>>;

/** What happened to an item of the ledger. `sequence`: its number in the stream; `at`: epoch ms, by DynamoDB's clock, to the second. */
interface Happened {
  sequence: string;
  at: number;
}

/** A line of an archive object. `INSERT` is what the ledger is there for; the others are what nobody may do. */
export type Line =
  | (Happened & { event: 'INSERT'; item: PlainItem })
  | (Happened & { event: 'MODIFY'; old: PlainItem; item: PlainItem })
  | (Happened & { event: 'REMOVE'; old: PlainItem });

/** The line of a stream record; undefined for what DynamoDB's TTL removed in its time, which is neither a fact nor tampering. */
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
      // Somebody may have told TTL to go by another attribute: then it removes what was to stay.
      return isByTtl(record) && isExpired(old, happened.at) ? undefined : { event: 'REMOVE', ...happened, old };
    }
    case 'MODIFY':
      return { event: 'MODIFY', ...happened, old: plainItem(OldImage), item: plainItem(NewImage ?? Keys) };
    default:
      return { event: 'INSERT', ...happened, item: plainItem(NewImage ?? Keys) };
  }
}

/**
 * Whether TTL removed the item (DynamoDB Developer Guide, "DynamoDB Streams and Time to Live"): the service says so of itself. No request
 * of anybody else carries that identity.
 */
function isByTtl({ userIdentity }: DynamoDBRecord): boolean {
  return userIdentity?.type === 'Service' && userIdentity.principalId === 'dynamodb.amazonaws.com';
}

/** Reads an image of a stream record, or an item as the SDK returns it: both come to the same. Refuses nothing that DynamoDB can hold. */
export function plainItem(image: object): PlainItem {
  return Object.fromEntries(Object.entries(image).map(([name, value]) => [name, plainValue(value)]));
}

function plainValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('S' in value) return value.S;
  // A number that JavaScript would round stays as it was written.
  if ('N' in value && String(Number(value.N)) === value.N && Number.isFinite(Number(value.N))) return Number(value.N);
  return JSON.parse(JSON.stringify(value, asBase64));
}

/** The SDK gives bytes, an event their base64 text. */
function asBase64(_: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
}

/** The same text for the same item, in whatever order its attributes come. */
export function canonicalItem(item: PlainItem): string {
  return JSON.stringify(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Whether an item was to be gone by a time (epoch ms). */
export function isExpired(item: PlainItem, now: number): boolean {
  const expiresAt = item[EXPIRES_AT];
  return typeof expiresAt === 'number' && expiresAt * 1000 <= now;
}
