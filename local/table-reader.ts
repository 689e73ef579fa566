import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { imageRecordKey, jobRecordKey } from '../functions/keys/records.ts';
import type { ItemKey } from '../functions/keys/tables.ts';
import type { ImageFact } from '../functions/ledger/fact.ts';
import { imageHistory } from '../functions/questions/images.ts';
import type { UnreadableItem } from '../functions/questions/query.ts';
import type { Item } from '../functions/store/items.ts';

/** Reads the tables of a run by key, as a person with the AWS command line could. */
export interface TableReader {
  /** A fact of the ledger. */
  fact(key: ItemKey): Promise<Item | undefined>;
  job(primary: string, jobId: number): Promise<Item | undefined>;
  image(primary: string, backupId: string): Promise<Item | undefined>;
  /** What happened to an image, oldest first. */
  imageHistory(primary: string, backupId: string): Promise<ImageFact[]>;
}

export function createTableReader(client: DynamoDBClient, tables: { ledger: string; records: string }): TableReader {
  async function read(table: string, key: ItemKey): Promise<Item | undefined> {
    const get = new GetItemCommand({ TableName: table, Key: marshall(key), ConsistentRead: true });
    const { Item } = await client.send(get);
    return Item && unmarshall(Item);
  }
  const record = (key: ItemKey) => read(tables.records, key);
  const places = { client, ledger: tables.ledger, onUnreadable };
  return {
    fact: (key) => read(tables.ledger, key),
    job: (primary, jobId) => record(jobRecordKey(primary, jobId)),
    image: (primary, backupId) => record(imageRecordKey(primary, backupId)),
    imageHistory: (primary, backupId) => imageHistory(places, primary, backupId),
  };
}

function onUnreadable({ pk, sk, reason }: UnreadableItem): never {
  throw new Error(`${pk} ${sk} cannot be read: ${reason}`);
}
