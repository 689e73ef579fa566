import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import { FORMAT, type ItemKey } from '../keys/tables.ts';
import { unlessRefused } from '../store/items.ts';

/** An object of the chain. */
export interface Link {
  number: number;
  name: string;
  /** Of all bytes of the object. */
  sha256: string;
  writtenAt: number;
}

/** Where the chain ends, and the ids of attempts that began to go on from there and did not say how that ended. */
export interface Turn {
  last: Link | undefined;
  abandoned: string[];
}

/**
 * The end of an archive's chain, kept outside the bucket, because the function that writes objects may not read them.
 * One invocation at a time goes on from there, whatever the shard of its records.
 */
export interface Chain {
  /** Takes the turn until `until` (epoch ms); after that it is lost. Undefined while another invocation has it. */
  take(id: string, now: number, until: number): Promise<Turn | undefined>;
  /** Makes this object the end of the chain and ends the turn. Throws if the turn was lost before. */
  advance(id: string, link: Link): Promise<void>;
  /** Ends a turn that failed. `wroteNothing`: it certainly left no object, so later ones need not list the attempt. */
  release(id: string, turn: Turn, wroteNothing: boolean): Promise<void>;
}

const linkSchema = v.object({ number: v.number(), name: v.string(), sha256: v.string(), writtenAt: v.number() });
const stateSchema = v.object({ claims: v.optional(v.array(v.string()), []) });

/** Reads the end of the chain from an item of the Registry. */
export function readLink(item: unknown): Link | undefined {
  const read = v.safeParse(linkSchema, item);
  return read.success ? read.output : undefined;
}

/** Placeholders, because DynamoDB reserves some of these names. */
const NAMES = { '#holder': 'holder', '#until': 'until', '#claims': 'claims' };
const LINK_NAMES = { '#number': 'number', '#name': 'name', '#sha256': 'sha256', '#writtenAt': 'writtenAt' };

export function createChain(client: DynamoDBClient, table: string, key: ItemKey): Chain {
  const place = { TableName: table, Key: marshall(key) };
  // Fails if the turn is no longer ours: another took it after its time was over, and goes on from where we began.
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
        // The turn is free, or its holder died, or it is ours already because the answer to our first try was lost.
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
      // If the answer to our first try was lost, the chain ends in our object already.
      if (found && readLink(found)?.name !== name)
        throw new Error(`Another run archived while this one wrote ${name}: its records are archived again`);
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
