import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import { served } from '../certificate/chain.ts';
import { certificateKey } from '../keys/registry.ts';
import { FORMAT } from '../keys/tables.ts';

const seenCertificate = v.object({
  host: v.string(),
  /** When `watch` last looked, epoch ms. */
  lookedAt: v.number(),
  /** When a certificate of this authority was first seen, epoch ms. */
  since: v.number(),
  certificate: served,
});

/** What `watch` remembers about the certificate of a host. */
export type SeenCertificate = v.InferOutput<typeof seenCertificate>;

/** The certificates that `watch` has seen. */
export interface Certificates {
  /** Undefined when `watch` never looked at this host, or the item cannot be read. */
  get(host: string): Promise<SeenCertificate | undefined>;
  put(seen: SeenCertificate): Promise<void>;
}

export function createCertificates(client: DynamoDBClient, table: string): Certificates {
  return {
    async get(host) {
      const { Item } = await client.send(new GetItemCommand({ TableName: table, Key: marshall(certificateKey(host)) }));
      const read = Item && v.safeParse(seenCertificate, unmarshall(Item));
      return read?.success ? read.output : undefined;
    },
    async put(seen) {
      const item = { ...certificateKey(seen.host), format: FORMAT, ...seen };
      await client.send(new PutItemCommand({ TableName: table, Item: marshall(item) }));
    },
  };
}
