import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { type ItemKey, PARTITION_KEY } from '../keys/tables.ts';
import { type Item, putIfAbsent, unlessRefused } from '../store/items.ts';
import type { RecordItem } from './items.ts';

/** The table of the present state. All of it except intents and messages can be made again from the ledger. */
export interface Records {
  /** Writes a record unless the stored one was folded from newer or more facts. */
  write(record: RecordItem): Promise<void>;
  /** The item at a place, read consistently. */
  read(place: ItemKey): Promise<Item | undefined>;
  /** Writes an item once. Returns the item that was there before, if one was. */
  writeOnce(item: object): Promise<Item | undefined>;
  /** Replaces an item that a rebuild made (`rebuilt`). Changes nothing if the item there is not one. */
  replaceRebuilt(item: object): Promise<void>;
}

export function createRecords(client: DynamoDBClient, table: string): Records {
  return {
    async write(record) {
      const command = new PutItemCommand({
        TableName: table,
        Item: marshall(record, { removeUndefinedValues: true }),
        // Facts are added, so of two folds of one partition, the one with a newer fact or with more facts has seen what
        // the other saw. The number alone is not enough: it falls when facts expire, and one new fact must replace a
        // record of two expired ones.
        ConditionExpression: `attribute_not_exists(${PARTITION_KEY}) OR #newest < :newest OR (#newest = :newest AND #facts <= :facts)`,
        ExpressionAttributeNames: { '#newest': 'newestAt', '#facts': 'facts' },
        ExpressionAttributeValues: marshall({ ':newest': record.newestAt, ':facts': record.facts }),
      });
      await unlessRefused(client.send(command));
    },
    async read({ pk, sk }) {
      const command = new GetItemCommand({ TableName: table, Key: marshall({ pk, sk }), ConsistentRead: true });
      const { Item } = await client.send(command);
      return Item && unmarshall(Item);
    },
    writeOnce: (item) => putIfAbsent(client, table, item),
    async replaceRebuilt(item) {
      const command = new PutItemCommand({
        TableName: table,
        Item: marshall(item, { removeUndefinedValues: true }),
        ConditionExpression: 'rebuilt = :true',
        ExpressionAttributeValues: marshall({ ':true': true }),
      });
      await unlessRefused(client.send(command));
    },
  };
}
