import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { beforeAll, expect, it } from 'vitest';
import { verify } from '../../cli/simulate/verify.ts';
import type { Delivery } from '../../client/traffic/delivery.ts';
import { night } from '../../client/traffic/night.ts';
import { intentKey } from '../../functions/keys/records.ts';
import { readNotification } from '../../functions/nbwss/notification.ts';
import { NOW, type TestTables, testTables } from '../functions/questions/received.ts';

const make = (firstJob: number, endsAt = NOW / 1000): readonly Delivery[] =>
  night({ clients: 4, policies: 3, fail: 0.5, seed: 1, firstJob, endsAt }).deliveries;

const sent = make(1);
const entries = sent.flatMap(({ payload }) => readNotification(payload).entries);
const jobs = entries.flatMap((one) => (one.object === 'JOB' ? [one.entry] : []));
const failures = jobs.filter(({ state, status }) => state === 'DONE' && status !== 0);

let test: TestTables;
beforeAll(async () => {
  test = await testTables();
  await test.receive(
    ...entries.map(({ object, entry }) => ({ object, content: { ...entry }, at: NOW - 60_000, primary: 'demo' })),
  );
});

const check = (acknowledged: readonly Delivery[], lost: readonly Delivery[] = []) =>
  verify(test.tables, 'demo', { acknowledged, lost }, 1, async () => {});

const put = (item: object) =>
  test.tables.client.send(new PutItemCommand({ TableName: test.tables.records, Item: marshall(item) }));

it('simulate finds all facts and failures that were stored, also when they were sent twice', async () => {
  const whole = { facts: entries.length, failures: failures.length, missingFacts: [], missingFailures: [], odd: [] };
  expect(failures.length).toBeGreaterThan(2);
  expect(await check([...sent, ...sent])).toEqual({ ...whole, told: 0, pending: failures.length });
  const [failed] = failures;
  const told = failed && intentKey('demo', failed);
  await put({ ...told, message: 'a message' });
  expect(await check(sent)).toEqual({ ...whole, told: 1, pending: failures.length - 1 });
});

it('simulate names facts that the ledger lacks, and failures that lack an intent', async () => {
  const { facts, missingFacts, missingFailures, odd } = await check(make(900, NOW / 1000 - 5));
  expect(missingFacts).toHaveLength(facts);
  expect(missingFacts).toContainEqual(expect.stringMatching(/^job#demo#900 \d+#DONE#\d+$/));
  expect(missingFailures).toHaveLength(failures.length);
  expect(missingFailures[0]).toMatch(/^job#demo#9\d\d intent#\d+#DONE#\d+$/);
  expect(odd.length).toBe(new Set(jobs.map(({ jobId }) => jobId)).size);
});

it('simulate names a job with another number of facts than was sent, unless some were not acknowledged', async () => {
  await put({ pk: 'job#demo#2', sk: 'job', facts: 7 });
  expect((await check(sent)).odd).toEqual([2]);
  const ofJob = sent.filter(({ payload }) => JSON.stringify(payload).includes('"jobId":2,'));
  expect(ofJob.length).toBeGreaterThan(0);
  expect((await check(sent, ofJob)).odd).toEqual([]);
});
