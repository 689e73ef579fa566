import { describe, expect, it } from 'vitest';
import { readIntent } from '../../../functions/alerts/intent.ts';
import { createOutbox } from '../../../functions/alerts/outbox.ts';
import { asideItem } from '../../../functions/ledger/aside.ts';
import { type FactItem, factItem } from '../../../functions/ledger/fact.ts';
import { createLedger } from '../../../functions/ledger/ledger.ts';
import { project } from '../../../functions/projection/project.ts';
import { quarantine } from '../../../functions/projection/quarantine.ts';
import { createRebuild, rebuild } from '../../../functions/projection/rebuild.ts';
import { runItem, runOf } from '../../../functions/records/series.ts';
import { settleInTurn } from '../../../functions/runtime/settle.ts';
import {
  allItems,
  type Content,
  FOREVER,
  jobContent,
  jobFact,
  jobItem,
  must,
  NEVER,
  RECEIVED,
  readEntry,
  receiptOf,
  testTables,
} from '../support.ts';

const HOUR = 3_600_000;

async function setUp() {
  const { client, ledger, records } = await testTables();
  const store = createLedger(client, ledger);
  const context = { ...createRebuild(client, { ledger, records }, 7), now: () => RECEIVED };
  const arrive = async (...facts: FactItem[]) => {
    await store.append(facts, NEVER);
    for (const { pk, sk } of facts) await project(context, pk, new Set([sk]));
  };
  return {
    store,
    context,
    arrive,
    hold: (place: { pk: string; sk: string }) => createOutbox(client, records).hold('abc', [place]),
    series: async () => (await allItems(client, records)).find(({ sk }) => sk === 'series'),
    intents: async () =>
      (await allItems(client, records))
        .filter(({ sk }) => String(sk).startsWith('intent#'))
        .map((item) => readIntent(item)),
  };
}

/** The run of a series that ended `hour` hours after RECEIVED. */
const ended = (hour: number, status: number, other: Content = {}): FactItem =>
  factItem(
    readEntry('JOB', jobContent({ jobId: 1_000 + hour, startTime: 1_459_830_500 + hour, status, ...other })),
    receiptOf({ receivedAt: RECEIVED + hour * HOUR }),
    FOREVER,
  );

describe('the intent of a failure', () => {
  it('says how many failures came in a row, since when, and when the last usable run was', async () => {
    const { arrive, intents } = await setUp();
    await arrive(ended(0, 0), ended(1, 156), ended(2, 150), ended(3, 6));
    expect((await intents()).filter(({ kind }) => kind === 'JobFailed')).toMatchObject([
      { entry: { jobId: 1_001 }, series: { failures: 1, failingSince: RECEIVED + HOUR, lastUsableAt: RECEIVED } },
      { entry: { jobId: 1_002 }, series: { failures: 1 } },
      { entry: { jobId: 1_003 }, series: { failures: 2, failingSince: RECEIVED + HOUR, lastUsableAt: RECEIVED } },
    ]);
  });

  it('has 0 as the time of the last usable run if the series never succeeded', async () => {
    const { arrive, intents } = await setUp();
    await arrive(ended(1, 156));
    expect(await intents()).toMatchObject([{ series: { failures: 1, lastUsableAt: 0 } }]);
  });

  it('says nothing of a series for a job that belongs to none', async () => {
    const { arrive, intents } = await setUp();
    await arrive(ended(1, 5, { policyName: '', jobType: 'RESTORE' }));
    expect((await intents())[0]).not.toHaveProperty('series');
  });

  it('says nothing of failures in a row for a partial success', async () => {
    const { arrive, intents } = await setUp();
    await arrive(ended(1, 1));
    expect(await intents()).toMatchObject([{ kind: 'JobFailed', entry: { status: 1 } }]);
    expect((await intents())[0]).not.toHaveProperty('series');
  });
});

it('a run that is reported as failed and later as successful recovers', async () => {
  const { arrive, intents } = await setUp();
  const reported = (hour: number, status: number) =>
    jobItem({ jobId: 7, status }, { receivedAt: RECEIVED + hour * HOUR, messageTime: hour });
  await arrive(ended(0, 0), reported(1, 156), reported(2, 0));
  expect((await intents()).map(({ kind }) => kind)).toEqual(['JobFailed', 'JobRecovered']);
});

it.each([
  { well: 9, not: 10, streak: 0, told: ['JobFailed', 'JobRecovered'] },
  { well: 10, not: 9, streak: 1, told: ['JobFailed'] },
])('of two jobs in one message ($well succeeded, $not failed), all agree which was last', async (jobs) => {
  const { arrive, intents, series } = await setUp();
  const jobOf = (jobId: number, status: number) => ended(0, status, { jobId, startTime: 1 });
  await arrive(jobOf(jobs.well, 0), jobOf(jobs.not, 156));
  expect((await intents()).map(({ kind }) => kind).sort()).toEqual(jobs.told);
  expect(await series()).toMatchObject({ streak: jobs.streak });
});

it('more failures than are read back are still one row, with its start and the last usable run known', async () => {
  const { arrive, context, series } = await setUp();
  const factOf = (hour: number, status: number) =>
    jobFact({ jobId: hour + 1, startTime: hour, status }, { receivedAt: RECEIVED + hour * HOUR });
  await arrive(ended(0, 0), ended(1, 156));
  const later = Array.from({ length: 1_000 }, (_, index) => must(runOf(factOf(index + 2, 156))));
  await settleInTurn(later, 50, (run) => context.records.writeOnce(runItem(run)));
  const row = { failingSince: RECEIVED + HOUR, lastUsableAt: RECEIVED };
  expect(await (await context.series.add(factOf(1_002, 156)))?.streak()).toMatchObject({ failures: 1_000, ...row });
  expect(await series()).toMatchObject({ streak: 1_000, ...row });
  const well = must(await context.series.add(factOf(1_003, 0)));
  expect(await context.series.endedBy(well.run, well)).toMatchObject(row);
});

it('a failure whose projection was stuck for an hour has one intent, pending since the projection resumed', async () => {
  const { context, store, intents } = await setUp();
  const late = ended(0, 156);
  await store.append([late], NEVER);
  for (const minutes of [60, 61, 90]) {
    await project({ ...context, now: () => RECEIVED + minutes * 60_000 }, late.pk, new Set([late.sk]));
  }
  expect(await intents()).toMatchObject([{ receivedAt: RECEIVED, pendingSince: RECEIVED + HOUR }]);
});

describe('the intent of a recovery', () => {
  const recoveries = (intents: { kind: string }[]) => intents.filter(({ kind }) => kind === 'JobRecovered');

  it('is written once, for the first usable run after failures, and describes those failures', async () => {
    const { arrive, intents, context } = await setUp();
    const usable = ended(3, 1);
    await arrive(ended(0, 0), ended(1, 156), ended(2, 6), usable, ended(4, 0));
    await project(context, usable.pk, new Set([usable.sk]));
    expect(recoveries(await intents())).toMatchObject([
      {
        ...{ jobId: 1_003, status: 1, clientName: 'DummyTestVM', policyName: 'vmware2', policyType: 'VMWARE' },
        ...{ statuses: [6, 156], receivedAt: RECEIVED + 3 * HOUR },
        series: { failures: 2, failingSince: RECEIVED + HOUR, lastUsableAt: RECEIVED },
      },
    ]);
  });

  it('says how many of the failures a silence held back', async () => {
    const { arrive, intents, hold } = await setUp();
    await arrive(ended(1, 156), ended(2, 6));
    await hold((await intents())[1] ?? { pk: '', sk: '' });
    await arrive(ended(3, 0));
    expect(recoveries(await intents())).toMatchObject([{ silenced: 1, series: { failures: 2 } }]);
  });

  it.each([
    ['usable runs alone', [0, 0]],
    ['runs that a person ended', [0, 150, 0]],
    ['failures that go on', [0, 156, 6]],
  ])('is not written for %s', async (_, statuses) => {
    const { arrive, intents } = await setUp();
    await arrive(...statuses.map((status, hour) => ended(hour, status)));
    expect(recoveries(await intents())).toEqual([]);
  });

  it('is also written when the failure is projected after the run that ended it', async () => {
    const { arrive, intents } = await setUp();
    await arrive(ended(2, 0));
    await arrive(ended(1, 156));
    expect(recoveries(await intents())).toMatchObject([{ jobId: 1_002, series: { failures: 1 } }]);
  });
});

it('what is put aside on a day has one intent, for the first of it, however many hours it goes on', async () => {
  const { store, context, intents } = await setUp();
  const aside = (minute: number, reason: string) =>
    asideItem(
      { ...receiptOf({ receivedAt: RECEIVED + minute * 60_000, requestId: `r-${minute}` }), reason },
      `content ${minute}`,
    );
  // Received at 19:33: the next hour, and the next day.
  const items = [aside(3, 'later'), aside(1, 'first'), aside(40, 'next hour'), aside(280, 'next day')];
  for (const item of items) await store.putAside(item, NEVER);
  for (const { pk } of items) await quarantine(context, pk);
  await quarantine(context, items[0]?.pk ?? '');
  expect(await intents()).toMatchObject([
    { kind: 'Quarantined', primary: 'demo', endpoint: 'demo', reason: 'first', requestId: 'r-1' },
    { kind: 'Quarantined', reason: 'next day' },
  ]);
  // Once the intent is there, the whole hour need not be read again.
  const readPartition = () => expect.fail('read again');
  await quarantine({ ...context, readPartition }, items[0]?.pk ?? '');
});

it.each([1, 26])(
  'a failure whose projection is stuck during a rebuild %i hours later has one pending intent once it resumes',
  async (hour) => {
    const { store, context, intents } = await setUp();
    const fact = ended(0, 156);
    const arrived = new Set([fact.sk]);
    await store.append([fact], NEVER);
    const after = (hours: number) => ({ ...context, now: () => RECEIVED + hours * HOUR });
    await rebuild(after(hour), fact.pk);
    expect((await intents())[0]).not.toHaveProperty('pendingSince');
    await project(after(hour + 1), fact.pk, arrived);
    const pending = await intents();
    expect(pending).toMatchObject([{ pendingSince: RECEIVED + (hour + 1) * HOUR, series: { failures: 1 } }]);
    await rebuild(after(hour + 2), fact.pk);
    await project(after(hour + 3), fact.pk, arrived);
    expect(await intents()).toEqual(pending);
  },
);

it('a rebuild of 900 old failures writes their intents, none of them pending', async () => {
  const { store, context, intents } = await setUp();
  const facts = Array.from({ length: 1_000 }, (_, hour) =>
    ended(hour, hour % 10 === 9 ? 0 : 5, { jobId: 144, jobType: 'RESTORE', policyName: '' }),
  );
  await store.append(facts, NEVER);
  await rebuild({ ...context, now: () => RECEIVED + 2_000 * HOUR }, facts[0]?.pk ?? '');
  const written = await intents();
  expect(written).toHaveLength(900);
  for (const intent of written) expect(intent).not.toHaveProperty('pendingSince');
});
