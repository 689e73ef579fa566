import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { type ItemKey, PARTITION_KEY } from '../keys/tables.ts';
import { type Item, putIfAbsent, unlessRefused } from '../store/items.ts';
import type { RecordItem } from './items.ts';

/** The table of what is true now. All of it can be made again from the ledger, but for intents and messages. */
export interface Records {
  /** Writes a record unless one that was folded from newer or more facts stands there already. */
  write(record: RecordItem): Promise<void>;
  /** What is kept at a place, read consistently. */
  read(place: ItemKey): Promise<Item | undefined>;
  /** Writes an item once. Returns the item that was there before, if one was. */
  writeOnce(item: object): Promise<Item | undefined>;
  /** Writes an item in the place of one that a rebuild made (`rebuilt`); changes nothing where none of these is. */
  replaceRebuilt(item: object): Promise<void>;
}

export function createRecords(client: DynamoDBClient, table: string): Records {
  return {
    async write(record) {
      const command = new PutItemCommand({
        TableName: table,
        Item: marshall(record, { removeUndefinedValues: true }),
        // Facts are added, so of two folds of one partition the one of a newer fact, or of more, has seen what the other saw. Their
        // number alone does not tell: it falls when facts expire, and a new fact must replace a record of two expired ones.
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
