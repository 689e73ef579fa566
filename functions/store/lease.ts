import { DeleteItemCommand, type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { FORMAT, type ItemKey, PARTITION_KEY } from '../keys/tables.ts';
import { unlessRefused } from './items.ts';

/** Lets only one holder at a time do something. A lease must last longer than its holder lives. */
export interface Lease {
  /** True if the lease is ours until `until` (epoch ms); false while another holds it. */
  take(holder: string, now: number, until: number): Promise<boolean>;
  release(holder: string): Promise<void>;
}

export function createLease(client: DynamoDBClient, table: string, lease: ItemKey): Lease {
  return {
    async take(holder, now, until) {
      const command = new PutItemCommand({
        TableName: table,
        Item: marshall({ ...lease, format: FORMAT, holder, until }),
        // The lease is free, or left over from a holder that died, or ours because the answer to our first try was
        // lost.
        ConditionExpression: `attribute_not_exists(${PARTITION_KEY}) OR #until <= :now OR holder = :holder`,
        ExpressionAttributeNames: { '#until': 'until' },
        ExpressionAttributeValues: marshall({ ':now': now, ':holder': holder }),
      });
      return (await unlessRefused(client.send(command))) === undefined;
    },

    async release(holder) {
      const command = new DeleteItemCommand({
        TableName: table,
        Key: marshall(lease),
        // If it is no longer ours, whoever has it now keeps it.
        ConditionExpression: 'holder = :holder',
        ExpressionAttributeValues: marshall({ ':holder': holder }),
      });
      await unlessRefused(client.send(command));
    },
  };
}
