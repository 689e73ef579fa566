import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FactItem } from '../../../functions/ledger/fact.ts';
import { readFact } from '../../../functions/ledger/fact.ts';
import { createLedger } from '../../../functions/ledger/ledger.ts';
import type { ProjectionContext } from '../../../functions/projection/context.ts';
import { project } from '../../../functions/projection/project.ts';
import { recordItems } from '../../../functions/records/items.ts';
import { createRecords } from '../../../functions/records/records.ts';
import { createSeriesStore } from '../../../functions/records/series-store.ts';
import { type Item, putIfAbsent, readPartition } from '../../../functions/store/items.ts';
import { imageItems, jobItems } from '../records/arbitraries.ts';
import { allItems, imageItem, jobItem, must, NEVER, RECEIVED, testTables } from '../support.ts';

const IMAGE_DAYS = 7;
const JOB = 'job#demo#148';

async function setUp() {
  const tables = await testTables();
  const { client } = tables;
  const ledger = createLedger(client, tables.ledger);
  const clock = { now: RECEIVED };
  const context: ProjectionContext = {
    readPartition: (pk) => readPartition(client, tables.ledger, pk),
    records: createRecords(client, tables.records),
    series: createSeriesStore(client, tables.records),
    now: () => clock.now,
    imageRecordDays: IMAGE_DAYS,
  };
  return {
    clock,
    context,
    append: (fact: FactItem) => ledger.append([fact], NEVER),
    put: (item: object) => putIfAbsent(client, tables.ledger, item),
    /** Projects one partition as if these facts had just arrived. */
    project: ({ pk }: { pk: string }, ...arrived: { sk: string }[]) =>
      project(context, pk, new Set(arrived.map(({ sk }) => sk))),
    /** The records of the job or image itself; its series have tests of their own. */
    records: async () => (await allItems(client, tables.records)).filter(({ pk }) => !String(pk).startsWith('series#')),
    factKeys: async (pk: string) => (await Array.fromAsync(context.readPartition(pk))).map(({ sk }) => String(sk)),
  };
}

const kept = (items: object[]): Item[] => items.map((item) => JSON.parse(JSON.stringify(item)));
const isIntent = ({ sk }: Item) => String(sk).startsWith('intent#');

describe('projecting a partition', () => {
  it('writes the record that its facts add up to, and an intent for a job that failed', async () => {
    const { append, project, records } = await setUp();
    const [active, failed] = [jobItem({ state: 'ACTIVE', status: 0 }), jobItem()];
    await append(active);
    await append(failed);
    expect(await project(failed, failed)).toEqual({ facts: 2, receivedAt: [RECEIVED], unprojected: [] });
    const [intent, job, ...more] = await records();
    expect(more).toEqual([]);
    expect(intent).toMatchObject({
      ...{ pk: JOB, sk: 'intent#1459830500#DONE#156', kind: 'JobFailed', primary: 'demo', requestId: 'r-1' },
      ...{ pending: 'intent', pendingSince: RECEIVED, receivedAt: RECEIVED, entry: failed.entry && expect.any(String) },
    });
    expect(job).toMatchObject({ pk: JOB, sk: 'job', state: 'DONE', status: 156, facts: 2 });
  });

  it('changes nothing when repeated, at once or later', async () => {
    const { append, project, records, clock } = await setUp();
    const failed = jobItem();
    await append(failed);
    await project(failed, failed);
    const before = await records();
    clock.now += 5_000;
    await project(failed, failed);
    await project(failed);
    expect(await records()).toEqual(before);
  });

  it.each([
    ['succeeded', { status: 0 }],
    ['is not done, whatever its status', { state: 'ACTIVE', status: 156 }],
  ])('writes no intent for a job that %s', async (_, content) => {
    const { append, project, records } = await setUp();
    const fact = jobItem(content);
    await append(fact);
    await project(fact, fact);
    expect((await records()).filter(isIntent)).toEqual([]);
  });

  it('writes intents only for what has just arrived', async () => {
    const { append, project, records } = await setUp();
    const facts = [1, 2, 3].map((status) => jobItem({ status }));
    for (const fact of facts) await append(fact);
    await project(must(facts[0]), must(facts[1]));
    expect((await records()).filter(isIntent).map(({ sk }) => sk)).toEqual(['intent#1459830500#DONE#2']);
  });

  it('writes one intent for a fact and its variants', async () => {
    const { append, project, records, factKeys } = await setUp();
    const fact = jobItem();
    for (const policyName of ['one', 'other', 'third']) await append(jobItem({ policyName }));
    const places = (await factKeys(JOB)).map((sk) => ({ sk }));
    expect(places).toHaveLength(3);
    await project(fact, ...places);
    expect((await records()).filter(isIntent)).toHaveLength(1);
  });

  it.each(['before', 'after'])(
    'writes the intent of a failure although a forged success of that run was reported %s it',
    async (when) => {
      const { append, project, records } = await setUp();
      const [forged, failed] = [jobItem({ status: 0 }, { messageTime: 9_999_999_999 }), jobItem()];
      const facts = when === 'before' ? [forged, failed] : [failed, forged];
      for (const fact of facts) {
        await append(fact);
        await project(fact, fact);
      }
      expect((await records()).filter(isIntent).map(({ sk }) => sk)).toEqual(['intent#1459830500#DONE#156']);
    },
  );

  it('writes the record before the intent, which implies that the record is there', async () => {
    const { append, context } = await setUp();
    const fact = jobItem();
    await append(fact);
    const order: string[] = [];
    const records: ProjectionContext['records'] = {
      write: async ({ sk }) => void order.push(sk),
      writeOnce: async (item) => void order.push(Object(item).sk),
      replaceRebuilt: async (item) => void order.push(Object(item).sk),
      read: async () => undefined,
    };
    await project({ ...context, records }, fact.pk, new Set([fact.sk]));
    expect(order).toEqual(['job', 'intent#1459830500#DONE#156']);
  });

  it('writes nothing for a partition without facts', async () => {
    const { project, records } = await setUp();
    expect(await project({ pk: JOB })).toEqual({ facts: 0, receivedAt: [], unprojected: [] });
    expect(await records()).toEqual([]);
  });
});

describe('a fact that has expired', () => {
  const retention = { jobDays: 1, imageDays: 1 };
  const DAY = 86_400_000;
  /** Epoch ms, a whole second. */
  const START = 1_795_462_413_000;

  it('does not count from the second it expires, although it is still stored', async () => {
    const { append, project, clock } = await setUp();
    const fact = jobItem({}, { receivedAt: START }, retention);
    await append(fact);
    clock.now = START + DAY - 1;
    expect(await project(fact, fact)).toEqual({ facts: 1, receivedAt: [expect.any(Number)], unprojected: [] });
    clock.now = START + DAY;
    expect(await project(fact, fact)).toEqual({ facts: 0, receivedAt: [], unprojected: [] });
  });

  it('leads to no record and no intent', async () => {
    const { append, project, records, clock } = await setUp();
    const fact = jobItem({}, {}, retention);
    await append(fact);
    clock.now += 2 * DAY;
    await project(fact, fact);
    expect(await records()).toEqual([]);
  });

  it('does not hide a newer one: an image that is deleted long after it was made is deleted', async () => {
    const { append, project, records, clock } = await setUp();
    const made = ['CREATE', 'UPDATE'].map((operationId) =>
      imageItem({ operationId, createdTime: 5 }, { receivedAt: START }, retention),
    );
    for (const fact of made) await append(fact);
    await project(must(made[0]));
    expect(await records()).toMatchObject([{ condition: 'RESTORABLE', facts: 2 }]);
    const deleted = imageItem({ createdTime: 9 }, { receivedAt: START + 2 * DAY }, retention);
    clock.now = START + 2 * DAY;
    await append(deleted);
    await project(deleted, deleted);
    expect(await records()).toMatchObject([{ condition: 'DELETED', facts: 1 }]);
  });
});

describe('a fact that the rules cannot read', () => {
  it('is noted once, while the others are projected', async () => {
    const { append, put, project, records, clock } = await setUp();
    const [good, odd] = [jobItem(), { ...jobItem({ status: 7 }), format: 99 }];
    await append(good);
    await put(odd);
    expect(await project(good, good, odd)).toEqual({
      facts: 1,
      receivedAt: [expect.any(Number)],
      unprojected: [{ pk: odd.pk, sk: odd.sk, reason: 'format is not 1' }],
    });
    clock.now += 5;
    await project(good, good, odd);
    expect((await records()).map(({ pk, sk }) => [pk, sk])).toEqual([
      [JOB, 'intent#1459830500#DONE#156'],
      [JOB, 'job'],
      ['unprojected#2026-11-23', 'job%23demo%23148#1459830500%23DONE%237'],
    ]);
    expect((await records())[2]).toMatchObject({
      ...{ factPk: odd.pk, factSk: odd.sk, reason: 'format is not 1', notedAt: RECEIVED },
    });
  });

  it('is not noted when its partition is projected for another fact', async () => {
    const { append, put, project, records } = await setUp();
    const [good, odd] = [jobItem({ status: 0 }), { ...jobItem(), entry: '{' }];
    await append(good);
    await put(odd);
    expect(await project(good, good)).toEqual({ facts: 1, receivedAt: [expect.any(Number)], unprojected: [] });
    expect(await records()).toHaveLength(1);
  });
});

describe('a call that fails', () => {
  const fails = () => Promise.reject(new Error('throttled'));

  it.each(['write', 'writeOnce'])('makes the projection fail, so that Lambda tries again: %s', async (port) => {
    const { append, context } = await setUp();
    const fact = jobItem();
    await append(fact);
    const records = { ...context.records, [port]: fails };
    await expect(project({ ...context, records }, fact.pk, new Set([fact.sk]))).rejects.toThrow('throttled');
  });

  it('leaves nothing that a second try does not put right, whichever call it was', async () => {
    const { append, context, project: again, records } = await setUp();
    for (let call = 0; call < 2; call++) {
      const fact = jobItem({ jobId: call });
      await append(fact);
      let calls = 0;
      const dying =
        <A extends unknown[], R>(port: (...args: A) => Promise<R>) =>
        (...args: A) =>
          calls++ >= call ? fails() : port(...args);
      const { write, writeOnce } = context.records;
      const crash = project(
        { ...context, records: { ...context.records, write: dying(write), writeOnce: dying(writeOnce) } },
        fact.pk,
        new Set([fact.sk]),
      );
      await expect(crash).rejects.toThrow('throttled');
      await again(fact, fact);
      expect((await records()).filter(({ pk }) => pk === fact.pk).map(({ sk }) => sk)).toEqual([
        ...['intent#1459830500#DONE#156', 'job'],
      ]);
    }
  });
});

describe('the stream', () => {
  it('may deliver facts in any order, split, repeated or at once: the records are those of all facts', async () => {
    const { append, context, records, factKeys } = await setUp();
    const partitions = fc.oneof(jobItems, imageItems);
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(
        partitions,
        fc.array(fc.nat(7), { maxLength: 3 }),
        fc.scheduler(),
        async (items, repeats, scheduler) => {
          const primary = `p${runs++}`;
          const facts = items.map((item) => ({ ...item, primary, pk: item.pk.replace('demo', primary) }));
          const pk = must(facts[0]).pk;
          /** Each call waits for its turn, so that others come between any two. */
          const turns = <A extends unknown[], R>(port: (...args: A) => Promise<R>) => scheduler.scheduleFunction(port);
          const read = turns((pk: string) => Array.fromAsync(context.readPartition(pk)));
          const interleaved: ProjectionContext = {
            ...context,
            async *readPartition(pk) {
              yield* await read(pk);
            },
            records: {
              ...context.records,
              write: turns(context.records.write),
              writeOnce: turns(context.records.writeOnce),
            },
          };
          const store = turns(append);
          const arrivals = facts.map(async (fact) => {
            await store(fact);
            await project(interleaved, pk, new Set(await factKeys(pk)));
          });
          const again = repeats.map(() => project(interleaved, pk, new Set()));
          await scheduler.waitFor(Promise.all([...arrivals, ...again]));

          const written = (await records()).filter((item) => item.pk === pk);
          const all = (await Array.fromAsync(context.readPartition(pk))).map(readFact);
          expect(all).toHaveLength(facts.length);
          expect(written.filter((item) => !isIntent(item))).toEqual(kept(recordItems(all, IMAGE_DAYS)));
          const failed = all.flatMap(({ entry }) =>
            entry.state === 'DONE' && entry.status !== 0 ? [`${entry.startTime} ${entry.status}`] : [],
          );
          expect(written.filter(isIntent)).toHaveLength(new Set(failed).size);
        },
      ),
      { numRuns: 30 },
    );
  });
});
