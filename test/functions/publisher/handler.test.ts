import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { KINDS } from '../../../functions/alerts/alert-of.ts';
import { DEFAULT_ALERT_SETTINGS } from '../../../functions/alerts/alert-settings.ts';
import { failureItem, pendingSince } from '../../../functions/alerts/intent.ts';
import { createOutbox } from '../../../functions/alerts/outbox.ts';
import { messageId } from '../../../functions/keys/records.ts';
import type { ItemKey } from '../../../functions/keys/tables.ts';
import { messageMetric } from '../../../functions/publisher/message-metric.ts';
import { putIfAbsent } from '../../../functions/store/items.ts';
import { REGION } from '../../../local/environment.ts';
import { type Content, jobFact, RECEIVED, testTables } from '../support.ts';

const messageIdFor = (place: ItemKey) => messageId(RECEIVED, [place]);

/**
 * A stand-in for SNS, and what the alerts topic got. It refuses all while `down`, and for good what has `poison` in its
 * subject.
 */
async function sns() {
  const published: URLSearchParams[] = [];
  const state = { down: false, poison: 'no subject has this', accepted: 0 };
  const server = createServer(async (call, answer) => {
    const body = new URLSearchParams((await Array.fromAsync(call)).join(''));
    answer.setHeader('content-type', 'text/xml');
    const poisoned = body.get('Subject')?.includes(state.poison);
    if (state.down || poisoned) {
      answer.writeHead(poisoned ? 400 : 403);
      const code = poisoned ? 'InvalidParameter' : 'AuthorizationError';
      answer.end(
        `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>no</Message></Error></ErrorResponse>`,
      );
      return;
    }
    if (body.get('TopicArn')?.endsWith(':alerts')) published.push(body);
    answer.end(
      `<PublishResponse><PublishResult><MessageId>s-${++state.accepted}</MessageId></PublishResult></PublishResponse>`,
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`, published, state };
}

/** A fresh module of the handler, as Lambda loads it, with the environment that the stack sets. */
async function load() {
  const tables = await testTables();
  const topic = await sns();
  const environment = {
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: tables.accessKeyId,
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_DYNAMODB: tables.url,
    AWS_ENDPOINT_URL_SNS: topic.url,
    RECORDS_TABLE: tables.records,
    REGISTRY_TABLE: tables.registry,
    ALERTS_TOPIC_ARN: 'arn:aws:sns:us-east-1:000000000000:alerts',
    CHAT_TOPIC_ARN: 'arn:aws:sns:us-east-1:000000000000:chat',
    PROBE_TOPIC_ARN: 'none',
    ALERT_SETTINGS: JSON.stringify(DEFAULT_ALERT_SETTINGS),
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const spies = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, 'write').mockReturnValue(true));
  onTestFinished(() => {
    vi.unstubAllEnvs();
    for (const spy of spies) spy.mockRestore();
  });
  vi.resetModules();
  const { handler } = await import('../../../functions/publisher/handler.ts');
  const outbox = createOutbox(tables.client, tables.records);
  return {
    ...topic,
    outbox,
    pending: () => Array.fromAsync(outbox.pending()),
    logged: () => spies.flatMap((spy) => spy.mock.calls.map(([text]) => String(text))).join(''),
    async intent(content: Content) {
      const item = {
        ...failureItem(jobFact({ parentJobId: content.jobId, ...content })),
        ...pendingSince(Date.now()),
      };
      await putIfAbsent(tables.client, tables.records, item);
      return item;
    },
    invoke: (event: object, remaining = 60_000): Promise<unknown> =>
      Reflect.apply(handler, undefined, [event, { getRemainingTimeInMillis: () => remaining }]),
  };
}

const record = ({ pk, sk }: { pk: string; sk: string }, SequenceNumber: string) => ({
  dynamodb: { Keys: { pk: { S: pk }, sk: { S: sk } }, SequenceNumber },
});

describe('the publisher', () => {
  it('publishes what woke it, and, when the schedule invokes it, what is left', async () => {
    const { intent, invoke, published, pending } = await load();
    const first = await intent({ jobId: 1 });
    expect(await invoke({ Records: [record(first, 'a')] })).toEqual({ batchItemFailures: [] });
    await intent({ jobId: 2 });
    expect(await invoke({ time: 'scheduled' })).toEqual({ batchItemFailures: [] });
    expect(await invoke({})).toEqual({ batchItemFailures: [] });
    expect(published.map((body) => [body.get('TopicArn'), body.get('MessageStructure'), body.get('Subject')])).toEqual([
      ['arn:aws:sns:us-east-1:000000000000:alerts', 'json', expect.stringContaining('BACKUP 1 ')],
      ['arn:aws:sns:us-east-1:000000000000:alerts', 'json', expect.stringContaining('BACKUP 2 ')],
    ]);
    expect(published[0]?.get('Message')).toContain(messageIdFor(first));
    expect(await pending()).toEqual([]);
  });

  it('logs each message with the requests that brought its jobs, and counts it by its kind', async () => {
    const { intent, invoke, logged } = await load();
    const woken = [await intent({ jobId: 1 }), await intent({ jobId: 11, parentJobId: 1 })];
    await invoke({ Records: woken.map((place, index) => record(place, String(index))) });
    const lines = logged()
      .split('\n')
      .filter((line) => line.includes('"published"'))
      .map((line) => JSON.parse(line));
    const id = messageId(RECEIVED, woken);
    const common = { message: 'published', id, kind: 'JobFailed', intents: 2, requestIds: ['r-1'] };
    expect(lines).toMatchObject([
      { ...common, topic: 'alerts', JobFailedMessages: 1, service: expect.any(String) },
      { ...common, topic: 'chat' },
    ]);
    expect(lines.map((line) => '_aws' in line)).toEqual([true, false]);
  });

  it('has a metric for every kind of message, and none for an unknown one', () => {
    expect(KINDS.filter((kind) => Object.keys(messageMetric(kind)).length === 0)).toEqual([]);
    expect(messageMetric('OfALaterVersion')).toEqual({});
  });

  it('returns its records to Lambda if its time is short or another publisher holds the lease', async () => {
    const { intent, invoke, outbox, published } = await load();
    const [a, b] = [await intent({ jobId: 1 }), await intent({ jobId: 2 })];
    const Records = [record(a, 'a'), record(b, 'b')];
    const back = { batchItemFailures: [{ itemIdentifier: 'a' }, { itemIdentifier: 'b' }] };
    expect(await invoke({ Records }, 9_000)).toEqual(back);
    await outbox.lease('other', Date.now(), Date.now() + 60_000);
    expect(await invoke({ Records })).toEqual(back);
    expect(published).toEqual([]);
    await outbox.release('other');
    expect(await invoke({ Records })).toEqual({ batchItemFailures: [] });
    expect(published).toHaveLength(2);
  });

  it('fails when SNS refuses a message, so that Lambda tries again, and says so in the log', async () => {
    const { intent, invoke, state, published, pending, logged } = await load();
    const woken = await intent({});
    state.down = true;
    await expect(invoke({ Records: [record(woken, 'a')] })).rejects.toThrow('no');
    expect(logged()).toContain('Lambda tries again');
    expect(await pending()).toHaveLength(1);
    state.down = false;
    expect(await invoke({ Records: [record(woken, 'a')] })).toEqual({ batchItemFailures: [] });
    expect(published).toHaveLength(1);
  });

  it('keeps a message that SNS will never accept, says so in the log, and publishes all others', async () => {
    const { intent, invoke, state, published, pending, logged } = await load();
    const places = [await intent({ jobId: 1 }), await intent({ jobId: 2 }), await intent({ jobId: 3 })];
    state.poison = 'BACKUP 2 ';
    const result = await invoke({ Records: places.map((place, index) => record(place, String(index))) });
    expect(result).toEqual({ batchItemFailures: [] });
    expect(published.map((body) => body.get('Subject'))).toEqual([
      expect.stringContaining('BACKUP 1 '),
      expect.stringContaining('BACKUP 3 '),
    ]);
    expect(await pending()).toHaveLength(1);
    expect(logged()).toContain('SNS rejects the message');
  });
});
