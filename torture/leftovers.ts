import { type DynamoDBClient, paginateQuery, paginateScan } from '@aws-sdk/client-dynamodb';
import { DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { RECORDS_INDEXES } from '../functions/keys/indexes.ts';
import { ACCOUNT, REGION } from '../local/environment.ts';
import type { Run } from '../local/run.ts';
import type { Item } from './checker/evidence.ts';
import { functionThat, MINUTE_MS } from './minutes.ts';

/**
 * Lets time pass until no message waits to be sent: digests are due later, and a publisher that died holds its lease
 * for a minute.
 */
export async function comeToRest(run: Run, rest: () => Promise<void>, leap: (ms: number) => void): Promise<void> {
  const [publisher, watch] = [functionThat(run, 'Publisher'), functionThat(run, 'Watch')];
  const wake = async (id: string) => {
    const invocation = await run.functions.invoke(id, {});
    if (!invocation.ok) throw new Error(`${id} fails though nothing goes wrong: ${invocation.failure.message}`);
  };
  await wake(watch);
  for (let patience = 200; patience > 0; patience--) {
    await rest();
    if (!(await isAnyPending(run))) return;
    leap(15 * MINUTE_MS);
    await wake(publisher);
  }
  throw new Error('Intents are pending that are never told');
}

async function isAnyPending({ dynamodb, deployment }: Run): Promise<boolean> {
  const { name: IndexName, partitionKey } = RECORDS_INDEXES.pending;
  const pages = paginateQuery(
    { client: dynamodb },
    {
      ...{ TableName: deployment.outputs.RecordsTable, IndexName, KeyConditionExpression: `${partitionKey} = :intent` },
      ExpressionAttributeValues: marshall({ ':intent': 'intent' }),
    },
  );
  for await (const { Items = [] } of pages) if (Items.length > 0) return true;
  return false;
}

/**
 * Items in a page of a scan. Without a limit, DynamoDB Local loads the whole table for each page. At 200,000 items that
 * takes seconds, and more memory than it has beside what the run left in it.
 */
const PAGE = 1_000;

export async function allItems(client: DynamoDBClient, table = ''): Promise<Item[]> {
  const items: Item[] = [];
  const scan = { TableName: table, ConsistentRead: true, Limit: PAGE };
  for await (const { Items = [] } of paginateScan({ client }, scan))
    items.push(...Items.map((item) => unmarshall(item)));
  return items;
}

/** The text of every message in the queue of a subscriber. */
export async function drain(run: Run, subscriber: string): Promise<string[]> {
  const credentials = { accessKeyId: 'person', secretAccessKey: 'local' };
  const sqs = new SQSClient({ region: REGION, endpoint: run.awsUrl, credentials });
  const QueueUrl = `${run.awsUrl}/${ACCOUNT}/${subscriber}`;
  const texts: string[] = [];
  try {
    for (;;) {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      if (Messages.length === 0) return texts;
      for (const { Body = '' } of Messages) {
        const envelope: unknown = JSON.parse(Body);
        const inner = (envelope as { Message?: unknown }).Message;
        texts.push(typeof inner === 'string' ? inner : Body);
      }
      const Entries = Messages.map(({ ReceiptHandle }, at) => ({ Id: String(at), ReceiptHandle }));
      await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    }
  } finally {
    sqs.destroy();
  }
}
