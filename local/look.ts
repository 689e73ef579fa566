import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { type ItemKey, imagePartition } from '../functions/keys/ledger.ts';
import { imageRecordKey, jobRecordKey } from '../functions/keys/records.ts';
import { type ImageFact, readFact } from '../functions/ledger/fact.ts';
import { inOrder } from '../functions/records/image.ts';
import { type Item, readPartition } from '../functions/store/items.ts';

/** Looks into the tables of a run, by key, as a person with the AWS command line could. */
export interface Look {
  job(primary: string, jobId: number): Promise<Item | undefined>;
  image(primary: string, backupId: string): Promise<Item | undefined>;
  /** What happened to an image, oldest first. */
  imageHistory(primary: string, backupId: string): Promise<ImageFact[]>;
}

export function createLook(client: DynamoDBClient, tables: { ledger: string; records: string }): Look {
  async function record(key: ItemKey): Promise<Item | undefined> {
    const get = new GetItemCommand({ TableName: tables.records, Key: marshall(key), ConsistentRead: true });
    const { Item } = await client.send(get);
    return Item && unmarshall(Item);
  }
  return {
    job: (primary, jobId) => record(jobRecordKey(primary, jobId)),
    image: (primary, backupId) => record(imageRecordKey(primary, backupId)),
    async imageHistory(primary, backupId) {
      const items = await Array.fromAsync(readPartition(client, tables.ledger, imagePartition(primary, backupId)));
      return items
        .map(readFact)
        .filter((fact) => fact.object === 'IMAGE')
        .sort(inOrder);
    },
  };
}
