import { marshall } from '@aws-sdk/util-dynamodb';
import type { AttributeValue, DynamoDBRecord } from 'aws-lambda';
import type { ArchiveBucket, Listed } from '../../../cli/verify/bucket.ts';
import { placeOf } from '../../../cli/verify/finding.ts';
import type { LedgerFacts } from '../../../cli/verify/ledger.ts';
import type { Archive } from '../../../cli/verify/verify.ts';
import type { Chain, Link } from '../../../functions/archive/chain.ts';
import type { PlainItem } from '../../../functions/archive/line.ts';

const imageOf = (item: object) => marshall(item, { removeUndefinedValues: true }) as Record<string, AttributeValue>;

/** A record of the ledger's stream, as Lambda hands it over. `at`: epoch ms. */
export function streamRecord(
  eventName: 'INSERT' | 'MODIFY' | 'REMOVE',
  { old, item }: { old?: object; item?: object },
  sequence: number,
  at: number,
): DynamoDBRecord {
  const { pk, sk } = (item ?? old ?? {}) as { pk?: string; sk?: string };
  return {
    eventName,
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(at / 1000),
      Keys: imageOf({ pk, sk }),
      ...(old && { OldImage: imageOf(old) }),
      ...(item && { NewImage: imageOf(item) }),
      SequenceNumber: String(sequence).padStart(21, '0'),
    },
  };
}

export interface MemoryChain extends Chain {
  end(): Link | undefined;
}

/** The end of a chain, kept in memory as DynamoDB keeps it. A test compares the two. */
export function memoryChain(): MemoryChain {
  let link: Link | undefined;
  let claims: string[] = [];
  let holder: { id: string; until: number } | undefined;
  return {
    end: () => link,
    async take(id, now, until) {
      if (holder && holder.until > now && holder.id !== id) return undefined;
      holder = { id, until };
      claims = [...claims, id];
      return { last: link, abandoned: claims.filter((claim) => claim !== id) };
    },
    async advance(id, next) {
      if (holder?.id !== id) {
        if (link?.name === next.name) return;
        throw new Error('Another run archived while');
      }
      [link, holder, claims] = [next, undefined, []];
    },
    async release(id, { abandoned }, wroteNothing) {
      if (holder?.id !== id) return;
      holder = undefined;
      if (wroteNothing) claims = [...abandoned];
    },
  };
}

/** A bucket that keeps only the first object put under a name. */
export function memoryBucket(): ArchiveBucket & {
  objects: Map<string, string>;
  put(name: string, body: string): void;
} {
  const objects = new Map<string, string>();
  return {
    objects,
    put: (name, body) => void (objects.has(name) || objects.set(name, body)),
    async *list(from) {
      for (const name of [...objects.keys()].sort())
        if (name > from) yield { name, versionId: undefined, versions: 1, hidden: false } satisfies Listed;
    },
    async read({ name }) {
      const body = objects.get(name);
      return body === undefined ? undefined : Buffer.from(body);
    },
  };
}

/** A ledger in memory: items by their keys. */
export function memoryLedger(): LedgerFacts & { items: Map<string, PlainItem>; put(item: object): void } {
  const items = new Map<string, PlainItem>();
  const keyOf = (place: { pk: string; sk: string }) => `${place.pk} ${place.sk}`;
  return {
    items,
    put: (item) => void items.set(keyOf(placeOf({ ...item })), { ...item }),
    async *ofDay(primary, { from, to }) {
      for (const item of items.values())
        if (item.primary === primary && Number(item.receivedAt) >= from && Number(item.receivedAt) <= to) yield item;
    },
    async *at(places) {
      for (const place of places) {
        const item = items.get(keyOf(place));
        if (item) yield item;
      }
    },
  };
}

/** An archive as `verify` takes it. */
export function archiveOf(bucket: ArchiveBucket, chain: MemoryChain): Archive {
  return { bucket, end: async () => chain.end() };
}
