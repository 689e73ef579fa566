import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type FactItem, factItem } from '../../../functions/ledger/fact.ts';
import { createLedger } from '../../../functions/ledger/ledger.ts';
import { createProjection } from '../../../functions/projection/context.ts';
import { project } from '../../../functions/projection/project.ts';
import { orderBy } from '../../../functions/records/order.ts';
import { runOutcome } from '../../../functions/records/series.ts';
import { allItems, FOREVER, jobContent, NEVER, RECEIVED, readEntry, receiptOf, testTables } from '../support.ts';

/** How a run of a series ends. Each run is of a job of its own, one after the other. */
interface End {
  status: number;
  /** Received in the same ms as the one before. */
  isTied: boolean;
  /** Its projection dies before this call, and is repeated. */
  diesBefore: number | undefined;
}

const ends = fc.array(
  fc.record<End>({
    status: fc.constantFrom(0, 1, 6, 6, 150),
    isTied: fc.boolean(),
    diesBefore: fc.option(fc.nat({ max: 9 }), { nil: undefined }),
  }),
  { minLength: 2, maxLength: 5 },
);

interface Run {
  jobId: number;
  status: number;
  receivedAt: number;
}

/** Ids have one digit or two: of runs received in the same ms, 10 comes before 9, as in the table. */
function runsOf(all: readonly End[]): Run[] {
  let receivedAt = RECEIVED;
  return all.map(({ status, isTied }, index) => {
    if (!isTied) receivedAt += 1;
    return { jobId: index + 8, status, receivedAt };
  });
}

function factOf(primary: string, { jobId, status, receivedAt }: Run): FactItem {
  const content = jobContent({ jobId, startTime: 100 + jobId, status });
  return factItem(readEntry('JOB', content), receiptOf({ primary, receivedAt }), FOREVER);
}

const inOrder = orderBy<Run>(
  ({ receivedAt }) => receivedAt,
  ({ jobId }) => String(jobId),
);

/** The jobs that are the first usable run after failures. */
function recoveredBy(runs: readonly Run[]): number[] {
  let failing = false;
  return runs.toSorted(inOrder).flatMap(({ jobId, status }) => {
    const outcome = runOutcome(status);
    const recovers = failing && outcome === 'usable';
    if (outcome !== 'neutral') failing = outcome === 'failed';
    return recovers ? [jobId] : [];
  });
}

function withSend(client: DynamoDBClient, around: (send: () => Promise<unknown>) => Promise<unknown>): DynamoDBClient {
  const send = (...args: unknown[]) => around(() => Reflect.apply(client.send, client, args));
  return Object.create(client, { send: { value: send } });
}

function mortal(client: DynamoDBClient, diesBefore: number | undefined): DynamoDBClient {
  let calls = 0;
  return withSend(client, async (send) => {
    if (calls++ === diesBefore) throw new Error('died');
    return send();
  });
}

it('every recovery has an intent, however projections interleave and die', async () => {
  const { client, ...tables } = await testTables();
  let histories = 0;
  const expected: { primary: string; jobId: number; all: readonly End[] }[] = [];
  await fc.assert(
    fc.asyncProperty(ends, fc.scheduler(), async (all, scheduler) => {
      const primary = `history-${++histories}`;
      const runs = runsOf(all);
      const facts = runs.map((run) => factOf(primary, run));
      await createLedger(client, tables.ledger).append(facts, NEVER);
      const scheduled = withSend(client, async (send) => {
        await scheduler.schedule(Promise.resolve());
        return send();
      });
      const projected = ({ pk, sk }: FactItem, caller: DynamoDBClient) =>
        project({ ...createProjection(caller, tables, 7), now: () => RECEIVED }, pk, new Set([sk]));
      const done = facts.map((fact, index) =>
        projected(fact, mortal(scheduled, all[index]?.diesBefore)).catch(() => projected(fact, scheduled)),
      );
      await scheduler.waitFor(Promise.all(done));
      expected.push(...recoveredBy(runs).map((jobId) => ({ primary, jobId, all })));
    }),
    { numRuns: 150, interruptAfterTimeLimit: 20_000 },
  );
  const told = (await allItems(client, tables.records)).filter(({ kind }) => kind === 'JobRecovered');
  const isTold = new Set(told.map(({ primary, jobId }) => `${primary} ${jobId}`));
  expect(expected.length).toBeGreaterThan(0);
  expect(expected.filter(({ primary, jobId }) => !isTold.has(`${primary} ${jobId}`))).toEqual([]);
}, 60_000);

it('a recovery after a failure has an intent, whichever call its projection dies before', async () => {
  const { client, ...tables } = await testTables();
  const lost: number[] = [];
  for (let dies = 0; dies < 14; dies++) {
    const primary = `dies-${dies}`;
    const failed = factOf(primary, { jobId: 1, status: 6, receivedAt: RECEIVED });
    const usable = factOf(primary, { jobId: 2, status: 0, receivedAt: RECEIVED + 1 });
    await createLedger(client, tables.ledger).append([failed, usable], NEVER);
    const projected = ({ pk, sk }: FactItem, caller: DynamoDBClient) =>
      project({ ...createProjection(caller, tables, 7), now: () => RECEIVED }, pk, new Set([sk]));
    await projected(failed, client);
    await projected(usable, mortal(client, dies)).catch(() => projected(usable, client));
    const told = (await allItems(client, tables.records)).filter(
      (one) => one.kind === 'JobRecovered' && one.primary === primary,
    );
    if (told.length === 0) lost.push(dies);
  }
  expect(lost).toEqual([]);
}, 60_000);
