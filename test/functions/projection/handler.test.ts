import type { DynamoDBBatchResponse } from 'aws-lambda';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { asideItem } from '../../../functions/ledger/aside.ts';
import type { FactItem } from '../../../functions/ledger/fact.ts';
import { createLedger } from '../../../functions/ledger/ledger.ts';
import { putIfAbsent } from '../../../functions/store/items.ts';
import { REGION } from '../../../local/environment.ts';
import { allItems, imageItem, jobItem, NEVER, RECEIVED, receiptOf, testTables } from '../support.ts';

/** Loads a fresh module of the handler, as Lambda does, with the environment that the stack sets. */
async function load(other: Record<string, string | undefined> = {}, timeLeft = () => 60_000) {
  const tables = await testTables();
  const environment = {
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: tables.accessKeyId,
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_DYNAMODB: tables.url,
    LEDGER_TABLE: tables.ledger,
    RECORDS_TABLE: tables.records,
    IMAGE_RECORD_DAYS: '7',
    ...other,
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const spy = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const errors = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    spy.mockRestore();
    errors.mockRestore();
  });
  vi.resetModules();
  const { handler } = await import('../../../functions/projection/handler.ts');
  const ledger = createLedger(tables.client, tables.ledger);
  return {
    append: (...facts: FactItem[]) => ledger.append(facts, NEVER),
    put: (item: object) => putIfAbsent(tables.client, tables.ledger, item),
    invoke: (...Records: unknown[]): Promise<unknown> =>
      Reflect.apply(handler, undefined, [{ Records }, { getRemainingTimeInMillis: timeLeft }]),
    records: async () =>
      (await allItems(tables.client, tables.records)).filter(({ pk }) => !String(pk).startsWith('series#')),
    series: async () => (await allItems(tables.client, tables.records)).filter(({ sk }) => sk === 'series'),
    logged: () => [...spy.mock.calls, ...errors.mock.calls].map(([text]) => String(text)),
  };
}

let sequence = 0;
const record = ({ pk, sk }: { pk: string; sk: string }, SequenceNumber = String(++sequence)) => ({
  eventName: 'INSERT',
  dynamodb: { Keys: { pk: { S: pk }, sk: { S: sk } }, SequenceNumber },
});

describe('the projection behind the stream', () => {
  it('projects each partition of a batch, and changes nothing when invoked with the same batch again', async () => {
    const { append, invoke, records } = await load();
    const facts = [jobItem({ state: 'ACTIVE', status: 0 }), imageItem(), jobItem()];
    await append(...facts);
    expect(await invoke(...facts.map((fact) => record(fact)))).toEqual({ batchItemFailures: [] });
    const written = await records();
    expect(written.map(({ sk }) => sk)).toEqual(['image', 'intent#1459830500#DONE#156', 'job']);
    expect(await invoke(...facts.map((fact) => record(fact)))).toEqual({ batchItemFailures: [] });
    expect(await records()).toEqual(written);
  });

  it('gives back the records that it has no time for, and keeps what it has done', async () => {
    const left = [60_000, 60_000, 60_000, 20_000];
    const { append, invoke, records } = await load({}, () => left.shift() ?? 10_000);
    const facts = Array.from({ length: 12 }, (_, n) => jobItem({ jobId: n, status: 0 }));
    await append(...facts);
    const answer = await invoke(...facts.map((fact, n) => record(fact, `${n}`)));
    const { batchItemFailures } = answer as DynamoDBBatchResponse;
    const givenBack = batchItemFailures.map(({ itemIdentifier }) => Number(itemIdentifier));
    const done = (await records()).map(({ jobId }) => Number(jobId));
    expect([...givenBack, ...done].sort((a, b) => a - b)).toEqual(facts.map((_, n) => n));
    expect(done.length).toBeGreaterThan(0);
    expect(givenBack.length).toBeGreaterThan(0);
  });

  it('brings a series up to date with all jobs of a batch, however they overtake each other', async () => {
    const { append, invoke, series } = await load();
    // The first three succeed, then all fail.
    const facts = Array.from({ length: 12 }, (_, n) =>
      jobItem({ jobId: n, status: n < 3 ? 0 : 6 }, { receivedAt: RECEIVED + n }),
    );
    await append(...facts);
    expect(await invoke(...facts.map((fact) => record(fact)))).toEqual({ batchItemFailures: [] });
    expect(await series()).toMatchObject([{ streak: 9, lastAt: RECEIVED + 11, lastUsableAt: RECEIVED + 2 }]);
  });

  it('writes a notice of what was put aside', async () => {
    const { put, invoke, records } = await load();
    const aside = asideItem({ ...receiptOf(), reason: 'not an NBWSS message with an id' }, 'x');
    await put(aside);
    expect(await invoke(record(aside))).toEqual({ batchItemFailures: [] });
    expect(await records()).toMatchObject([{ kind: 'Quarantined', reason: aside.reason, primary: 'demo' }]);
  });

  it('counts no delay for the canary, which would make an idle stack look busy', async () => {
    const { append, invoke, records, logged } = await load();
    const fact = jobItem({}, { primary: 'canary', endpoint: 'canary', receivedAt: Date.now() });
    await append(fact);
    await invoke(record(fact));
    expect(await records()).toHaveLength(2);
    expect(logged()).toEqual([]);
  });

  it('logs the delay of the first fact at once, and no line for each fact after it', async () => {
    const { append, invoke, logged } = await load();
    const facts = [jobItem({ state: 'ACTIVE', status: 0 }), imageItem(), jobItem({ jobId: 7 })];
    await append(...facts);
    for (const fact of facts) await invoke(record(fact));
    expect(logged().map((line) => JSON.parse(line))).toEqual([
      {
        ...{ message: 'projected', service: expect.any(String), ProjectionDelay: [expect.any(Number)] },
        _aws: expect.objectContaining({
          CloudWatchMetrics: [
            { Namespace: 'nbwatch', Dimensions: [['service']], Metrics: [{ Name: 'ProjectionDelay' }] },
          ],
        }),
      },
    ]);
  });

  it('gives back exactly the records of the partitions that failed, and logs their request ids', async () => {
    const { append, invoke, records, logged } = await load();
    const good = jobItem();
    await append(good);
    const bad = { pk: '', sk: 's' };
    const NewImage = { requestId: { S: 'r-7' } };
    const first = { dynamodb: { ...record(bad, 'a').dynamodb, NewImage } };
    const result = await invoke(first, record(good, 'b'), record({ ...bad, sk: 't' }, 'c'));
    expect(result).toEqual({ batchItemFailures: [{ itemIdentifier: 'a' }, { itemIdentifier: 'c' }] });
    expect((await records()).map(({ sk }) => sk)).toEqual(['intent#1459830500#DONE#156', 'job']);
    expect(logged().join('')).toMatch(/Not projected.*"requestIds":\["r-7"\]/);
  });

  it('logs key and reason of a fact that it cannot read, counts it, and does not give it back', async () => {
    const { put, invoke, records, logged } = await load();
    const odd = { ...jobItem(), entry: '{"clientName":"hush' };
    await put(odd);
    expect(await invoke(record(odd))).toEqual({ batchItemFailures: [] });
    expect((await records()).map(({ factPk, factSk }) => [factPk, factSk])).toEqual([[odd.pk, odd.sk]]);
    const lines = logged().map((line) => JSON.parse(line));
    expect(lines.filter(({ level }) => level === 'WARN')).toMatchObject([
      { pk: odd.pk, sk: odd.sk, reason: 'entry is not JSON', Unprojected: 1, _aws: expect.anything() },
    ]);
    expect(logged().join('')).not.toContain('hush');
  });

  it('gives back a record without any key, so that its batch does not count as done', async () => {
    const { invoke } = await load();
    expect(await invoke({ dynamodb: { SequenceNumber: 'a' } })).toEqual({
      batchItemFailures: [{ itemIdentifier: 'a' }],
    });
  });

  it.each([
    ['its database is gone', { AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:9' }],
    ['its environment is wrong', { RECORDS_TABLE: '' }],
    ['its table is gone', { RECORDS_TABLE: 'Nowhere' }],
  ])('gives back at least the first record when %s', async (_, wrong) => {
    const { append, invoke } = await load(wrong);
    const fact = jobItem();
    await append(fact);
    expect(await invoke(record(fact, 'a'), record(imageItem(), 'b'))).toMatchObject({
      batchItemFailures: expect.arrayContaining([{ itemIdentifier: 'a' }]),
    });
  });
});
