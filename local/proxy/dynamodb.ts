import { ACCOUNT, REGION } from '../environment.ts';
import { type Asked, type Need, Unsupported } from './call.ts';
import { list, record, text } from './json.ts';
import { keysOf, queriedKeys, type Tables } from './leading-keys.ts';

/** A transaction's members and the action that each needs: a transaction has no action of its own. */
const members: ReadonlyMap<string, string> = new Map([
  ['Put', 'dynamodb:PutItem'],
  ['Update', 'dynamodb:UpdateItem'],
  ['Delete', 'dynamodb:DeleteItem'],
  ['ConditionCheck', 'dynamodb:ConditionCheckItem'],
  ['Get', 'dynamodb:GetItem'],
]);

/** PartiQL statements name their tables inside SQL, which nothing here parses. */
const PARTIQL = new Set(['ExecuteStatement', 'BatchExecuteStatement', 'ExecuteTransaction']);

/** `body` is the parsed request of `X-Amz-Target: DynamoDB_20120810.OPERATION`. */
export function dynamodbRequest(operation: string, body: Record<string, unknown>, tables: Tables): Asked {
  if (PARTIQL.has(operation)) throw new Unsupported(`dynamodb ${operation} (PartiQL) is not supported.`);
  const action = `dynamodb:${operation}`;
  const needs = needsOf(operation, action, body, tables);
  return { service: 'dynamodb', action, needs: needs.length > 0 ? needs : [{ action, resource: '*' }] };
}

function needsOf(operation: string, action: string, body: Record<string, unknown>, tables: Tables): Need[] {
  switch (operation) {
    case 'BatchGetItem':
      return Object.entries(record(body.RequestItems)).map(([table, asked]) =>
        need(action, table, keysOf(tables, table, list(record(asked).Keys))),
      );
    case 'BatchWriteItem':
      return Object.entries(record(body.RequestItems)).map(([table, writes]) =>
        need(action, table, keysOf(tables, table, list(writes).map(written))),
      );
    case 'TransactGetItems':
    case 'TransactWriteItems':
      return list(body.TransactItems).flatMap((item) =>
        Object.entries(record(item)).map(([member, asked]) => transacted(member, record(asked), tables)),
      );
    default:
      return single(operation, action, body, tables);
  }
}

function single(operation: string, action: string, body: Record<string, unknown>, tables: Tables): Need[] {
  const table = text(body.TableName);
  if (table === undefined) {
    const resource = text(body.ResourceArn);
    return resource === undefined ? [] : [{ action, resource: here(resource) }];
  }
  if (operation === 'Query') return [need(action, table, queriedKeys(tables, table, body), text(body.IndexName))];
  const item = body.Item ?? body.Key;
  const keys = item === undefined ? undefined : keysOf(tables, table, [item]);
  return [need(action, table, keys, text(body.IndexName))];
}

function written(write: unknown): unknown {
  const { PutRequest, DeleteRequest } = record(write);
  return record(PutRequest).Item ?? record(DeleteRequest).Key;
}

function transacted(member: string, asked: Record<string, unknown>, tables: Tables): Need {
  const action = members.get(member);
  if (!action) throw new Unsupported(`A transaction's ${member} is not supported.`);
  const table = text(asked.TableName) ?? '';
  return need(action, table, keysOf(tables, table, [asked.Item ?? asked.Key]));
}

function need(action: string, table: string, leadingKeys: readonly string[] | undefined, index?: string): Need {
  const arn = table.startsWith('arn:') ? here(table) : `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${table}`;
  const resource = index === undefined ? arn : `${arn}/index/${index}`;
  return leadingKeys ? { action, resource, leadingKeys } : { action, resource };
}

/** `body` is the parsed request of `X-Amz-Target: DynamoDBStreams_20120810.OPERATION`. */
export function streamsRequest(operation: string, body: Record<string, unknown>): Asked {
  const action = `dynamodb:${operation}`;
  return { service: 'dynamodb', action, needs: [{ action, resource: streamOf(operation, body) }] };
}

function streamOf(operation: string, body: Record<string, unknown>): string {
  const arn = text(body.StreamArn);
  if (arn !== undefined) return here(arn);
  if (operation === 'ListStreams') return '*';
  // DynamoDB Local's iterators are `STREAM_ARN|001|…`.
  const [stream] = (text(body.ShardIterator) ?? '').split('|');
  if (!stream?.startsWith('arn:')) throw new Unsupported(`dynamodb ${operation} names no stream.`);
  return here(stream);
}

/** DynamoDB Local's ARNs have the Region `ddblocal`; policies name the run's Region. */
function here(arn: string): string {
  return arn.replace(/^arn:aws:dynamodb:ddblocal:/, `arn:aws:dynamodb:${REGION}:`);
}
