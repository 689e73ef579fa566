import { createServer, type IncomingMessage } from 'node:http';
import { marshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import { HOST } from '../../local/environment.ts';
import { freePort } from '../../local/ports.ts';

/** DynamoDB, SNS, S3 and `@connections` that answer at once. Every write succeeds, and what was put can be read. */
export interface InstantAws {
  url: string;
  /**
   * Resolves with the time (performance.now()) at which the next call of this name starts to arrive: `PutItem`,
   * `Publish`, `PUT`, `POST`.
   */
  next(call: string): Promise<number>;
  stop(): Promise<void>;
}

/** The items of the tables, by table name. */
export type Items = Readonly<Record<string, readonly object[]>>;

const key = v.object({ pk: v.object({ S: v.string() }), sk: v.object({ S: v.string() }) });
const asked = v.object({
  TableName: v.optional(v.string(), ''),
  Key: v.optional(key),
  Item: v.optional(v.looseObject(key.entries)),
  ExpressionAttributeValues: v.optional(v.record(v.string(), v.unknown()), {}),
  RequestItems: v.optional(v.record(v.string(), v.object({ Keys: v.array(key) })), {}),
});

const PUBLISHED =
  '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>';

export async function startInstantAws(items: Items): Promise<InstantAws> {
  const answer = createTables(items);
  const waiting = new Map<string, (at: number) => void>();
  const server = createServer(async (request, response) => {
    const at = performance.now();
    const target = String(request.headers['x-amz-target'] ?? '').split('.')[1];
    const body = await textOf(request);
    const call = target ?? /^Action=(\w+)/.exec(body)?.[1] ?? request.method ?? '';
    waiting.get(call)?.(at);
    waiting.delete(call);
    if (target) response.setHeader('content-type', 'application/x-amz-json-1.0');
    response.end(target ? JSON.stringify(answer(target, body)) : call === 'Publish' ? PUBLISHED : '');
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, HOST, resolve));
  return {
    url: `http://${HOST}:${port}`,
    next: (call) => new Promise((resolve) => waiting.set(call, resolve)),
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** As much of DynamoDB as a start needs: a query returns a whole partition as it was at first. Indexes are empty. */
function createTables(items: Items): (target: string, body: string) => object {
  const kept = new Map<string, unknown>();
  const nameOf = (table: string, { pk, sk }: v.InferOutput<typeof key>) => JSON.stringify([table, pk.S, sk.S]);
  const put = (table: string, item: v.InferOutput<typeof key>) => kept.set(nameOf(table, item), item);
  const first = Object.entries(items).flatMap(([table, all]) =>
    all.map((item) => ({
      table,
      item: v.parse(v.looseObject(key.entries), marshall(item, { removeUndefinedValues: true })),
    })),
  );
  for (const { table, item } of first) put(table, item);
  return (target, body) => {
    const { TableName, Key, Item, ExpressionAttributeValues, RequestItems } = v.parse(asked, JSON.parse(body));
    const there = (table: string, at: v.InferOutput<typeof key>) => kept.get(nameOf(table, at));
    if (Item) put(TableName, Item);
    if (target === 'GetItem' && Key) return { Item: there(TableName, Key) };
    if (target === 'BatchGetItem') {
      const found = Object.entries(RequestItems).map(([table, { Keys }]) => [
        table,
        Keys.flatMap((each) => there(table, each) ?? []),
      ]);
      return { Responses: Object.fromEntries(found), UnprocessedKeys: {} };
    }
    if (target !== 'Query') return {};
    const partitions = Object.values(ExpressionAttributeValues).map((value) => Object(value).S);
    const found = first.filter(({ table, item }) => table === TableName && partitions.includes(item.pk.S));
    return { Items: found.map(({ item }) => item) };
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}
