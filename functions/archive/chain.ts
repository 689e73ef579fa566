import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import { FORMAT, type ItemKey } from '../keys/tables.ts';
import { unlessRefused } from '../store/items.ts';

/** An object of the chain. */
export interface Link {
  number: number;
  name: string;
  /** Of all its bytes. */
  sha256: string;
  writtenAt: number;
}

/** Where the chain ends, and who else began to go on from there and did not say how that ended. */
export interface Turn {
  last: Link | undefined;
  abandoned: string[];
}

/**
 * The end of the chain of an archive, kept where it can be read: whoever writes objects may not read them. One at a time goes on from
 * there, whatever the shard that its records are of.
 */
export interface Chain {
  /** Undefined while another has its turn. Whoever lets `until` (epoch ms) pass has lost it. */
  take(id: string, now: number, until: number): Promise<Turn | undefined>;
  /** The chain ends in this object from now on, and the turn is over. Throws when it was over before. */
  advance(id: string, link: Link): Promise<void>;
  /** Ends a turn that came to nothing. `wroteNothing`: for certain, so that nobody needs to know of it. */
  release(id: string, turn: Turn, wroteNothing: boolean): Promise<void>;
}

const linkSchema = v.object({ number: v.number(), name: v.string(), sha256: v.string(), writtenAt: v.number() });
const stateSchema = v.object({ claims: v.optional(v.array(v.string()), []) });

/** The end of the chain as an item of the Registry says it. */
export function readLink(item: unknown): Link | undefined {
  const read = v.safeParse(linkSchema, item);
  return read.success ? read.output : undefined;
}

/** Names that DynamoDB reserves some of. */
const NAMES = { '#holder': 'holder', '#until': 'until', '#claims': 'claims' };
const LINK_NAMES = { '#number': 'number', '#name': 'name', '#sha256': 'sha256', '#writtenAt': 'writtenAt' };

export function createChain(client: DynamoDBClient, table: string, key: ItemKey): Chain {
  const place = { TableName: table, Key: marshall(key) };
  // Not ours any more: another took the turn after its time was over, and goes on from where we began.
  const ours = {
    ConditionExpression: '#holder = :id',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  };

  return {
    async take(id, now, until) {
      let item: Record<string, unknown> = {};
      const command = new UpdateItemCommand({
        ...place,
        UpdateExpression:
          'SET #format = :format, #holder = :id, #until = :until, #claims = list_append(if_not_exists(#claims, :none), :claim)',
        // Free, or left behind by one that died with it, or ours: the answer to our first try was lost.
        ConditionExpression: 'attribute_not_exists(#holder) OR #until <= :now OR #holder = :id',
        ExpressionAttributeNames: { ...NAMES, '#format': 'format' },
        ExpressionAttributeValues: marshall({
          ...{ ':format': FORMAT, ':id': id, ':now': now, ':until': until },
          ...{ ':none': [], ':claim': [id] },
        }),
        ReturnValues: 'ALL_NEW',
      });
      const taking = client.send(command).then(({ Attributes = {} }) => {
        item = unmarshall(Attributes);
      });
      if (await unlessRefused(taking)) return undefined;
      const { claims } = v.parse(stateSchema, item);
      return { last: readLink(item), abandoned: claims.filter((claim) => claim !== id) };
    },

    async advance(id, { number, name, sha256, writtenAt }) {
      const command = new UpdateItemCommand({
        ...place,
        UpdateExpression:
          'SET #number = :number, #name = :name, #sha256 = :sha256, #writtenAt = :writtenAt REMOVE #holder, #until, #claims',
        ...ours,
        ExpressionAttributeNames: { ...NAMES, ...LINK_NAMES },
        ExpressionAttributeValues: marshall({
          ...{ ':id': id, ':number': number, ':name': name, ':sha256': sha256, ':writtenAt': writtenAt },
        }),
      });
      const found = await unlessRefused(client.send(command));
      // The answer to our first try was lost: the chain ends in our object already.
      if (found && readLink(found)?.name !== name)
        throw new Error(`Another archived while ${name} was written; what is in it is archived again`);
    },

    async release(id, { abandoned }, wroteNothing) {
      const command = new UpdateItemCommand({
        ...place,
        UpdateExpression: `${wroteNothing ? 'SET #claims = :claims ' : ''}REMOVE #holder, #until`,
        ...ours,
        ExpressionAttributeNames: {
          '#holder': NAMES['#holder'],
          '#until': NAMES['#until'],
          ...(wroteNothing && { '#claims': NAMES['#claims'] }),
        },
        ExpressionAttributeValues: marshall({ ':id': id, ...(wroteNothing && { ':claims': abandoned }) }),
      });
      await unlessRefused(client.send(command));
    },
  };
}
