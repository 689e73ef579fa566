import * as v from 'valibot';
import { type Attribute, itemBytes, writeUnits } from './units.ts';

/** What one call of DynamoDB is billed for at one table or index. */
export interface Charge {
  table: string;
  /** Undefined for the table itself. */
  index: string | undefined;
  unit: 'read' | 'write';
  amount: number;
  /** Whether a condition refused it. */
  refused: boolean;
}

/** What a call was about: the first item that it names. */
export interface Place {
  pk: string;
  sk: string;
}

const READS = new Set(['GetItem', 'BatchGetItem', 'Query', 'Scan']);
const WRITES = new Set(['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem']);

/**
 * Whether DynamoDB reports, when asked, what this call of a function used. Throws for a transaction, for which DynamoDB
 * Local reports only one of its writes; no function makes one.
 */
export function isBilled(operation: string): boolean {
  if (operation.startsWith('Transact')) throw new Error(`What ${operation} costs is not known here`);
  return READS.has(operation) || WRITES.has(operation);
}

const item = v.record(v.string(), v.record(v.string(), v.unknown()));
const one = v.object({
  TableName: v.optional(v.string(), ''),
  Item: v.optional(item),
  Key: v.optional(item),
  IndexName: v.optional(v.string()),
  ConsistentRead: v.optional(v.boolean(), false),
  ExpressionAttributeValues: v.optional(item, {}),
});
const request = v.object({
  ...one.entries,
  RequestItems: v.optional(v.record(v.string(), v.object({ Keys: v.optional(v.array(item), []) })), {}),
});
type Request = v.InferOutput<typeof request>;

const units = v.object({ CapacityUnits: v.number() });
const consumed = v.object({
  TableName: v.string(),
  Table: v.optional(units, { CapacityUnits: 0 }),
  GlobalSecondaryIndexes: v.optional(v.record(v.string(), units), {}),
});
const answer = v.object({
  __type: v.optional(v.string(), ''),
  Item: v.optional(item),
  ConsumedCapacity: v.optional(v.union([consumed, v.array(consumed)])),
});

/**
 * What a call is billed for: what DynamoDB Local reports that it used, which follows the rules for writes, indexes and
 * reads. It does not follow two rules. A write that a condition refuses is billed like a write, by the larger of what
 * is there and what would be (Developer Guide, "Condition expressions"). A query that finds nothing is billed like one
 * that finds something.
 */
export function chargesOf(operation: string, asked: unknown, answered: unknown): Charge[] {
  const [call, reply] = [v.parse(request, asked), v.parse(answer, answered)];
  if (reply.__type.endsWith('ConditionalCheckFailedException')) return [refused(call, reply.Item)];
  if (reply.__type !== '') return [];
  const unit = READS.has(operation) ? 'read' : 'write';
  const charges = [reply.ConsumedCapacity ?? []]
    .flat()
    .flatMap(({ TableName, Table, GlobalSecondaryIndexes }) => [
      { table: TableName, index: undefined, unit, amount: Table.CapacityUnits, refused: false } as const,
      ...Object.entries(GlobalSecondaryIndexes).map(
        ([index, { CapacityUnits }]) =>
          ({ table: TableName, index, unit, amount: CapacityUnits, refused: false }) as const,
      ),
    ]);
  const used = charges.filter(({ amount }) => amount > 0);
  if (operation !== 'Query' || used.length > 0) return used;
  const least = call.ConsistentRead ? 1 : 0.5;
  return [{ table: call.TableName, index: call.IndexName, unit, amount: least, refused: false }];
}

type Kept = Readonly<Record<string, Attribute>> | undefined;

function refused({ TableName, Item, Key }: Request, there: Kept): Charge {
  const bytes = Math.max(...[Item, Key, there].map((each) => (each ? itemBytes(each) : 0)));
  return { table: TableName, index: undefined, unit: 'write', amount: writeUnits(bytes), refused: true };
}

/** What a call is about; undefined where it names no item and no partition. */
export function placeOf(asked: unknown): Place | undefined {
  const { Item, Key, RequestItems, ExpressionAttributeValues: values } = v.parse(request, asked);
  const [batched] = Object.values(RequestItems).flatMap(({ Keys }) => Keys);
  const found = Item ?? Key ?? batched;
  if (found) return { pk: String(found.pk?.S), sk: String(found.sk?.S) };
  const partition = values[':partition'] ?? values[':pk'];
  return partition && { pk: String(partition.S), sk: '' };
}
