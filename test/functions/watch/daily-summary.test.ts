import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DEFAULT_ALERT_SETTINGS } from '../../../functions/alerts/alert-settings.ts';
import { readIntent } from '../../../functions/alerts/intent.ts';
import { asideItem } from '../../../functions/ledger/aside.ts';
import { createRecords } from '../../../functions/records/records.ts';
import type { EndpointState } from '../../../functions/registry/endpoint.ts';
import { type Item, putIfAbsent } from '../../../functions/store/items.ts';
import type { WatchContext } from '../../../functions/watch/context.ts';
import { createDayQuestions } from '../../../functions/watch/count-day.ts';
import { summarize } from '../../../functions/watch/daily-summary.ts';
import { at, image, job, testTables } from '../questions/received.ts';
import { allItems } from '../support.ts';
import { contextOf, endpointOf, logged } from './support.ts';

afterEach(() => vi.restoreAllMocks());

const PLENTY = () => 50_000;
const SHORT = () => 15_000;

/** Some primaries, and real records of what they reported. It is 08:02:30 on the 24th; the day ended at 08:00. */
async function setUp(endpoints: readonly EndpointState[], other: Partial<WatchContext> = {}) {
  const { tables, receive } = await testTables();
  const { client, ledger, records } = tables;
  const clock = { now: at('24T08:02:30') };
  const said = { info: logged('info'), warn: logged('warn') };
  const context = contextOf({
    endpoints: {
      async *list() {
        yield* endpoints;
      },
      async *connections() {},
    },
    records: createRecords(client, records),
    day: createDayQuestions(tables),
    settings: DEFAULT_ALERT_SETTINGS,
    now: () => clock.now,
    ...other,
  });
  return {
    ...{ clock, context, receive, said },
    putAside: (time: string, primary = 'demo') => {
      const why = { endpoint: primary, reason: 'clientName is missing', connectionId: 'c', requestId: time };
      return putIfAbsent(client, ledger, asideItem({ primary, receivedAt: at(time), ...why }, `{"at":"${time}"}`));
    },
    /** Makes the items that have these attributes unreadable, in both tables. */
    async breakItems(...marks: readonly Item[]) {
      for (const TableName of [ledger, records]) {
        for (const item of await allItems(client, TableName)) {
          const isMeant = marks.some((mark) => Object.entries(mark).every(([name, value]) => item[name] === value));
          if (isMeant) await client.send(new PutItemCommand({ TableName, Item: marshall({ ...item, primary: 7 }) }));
        }
      }
    },
    summaries: async (): Promise<Item[]> =>
      (await allItems(client, records)).filter(({ kind }) => kind === 'DailySummary'),
  };
}

const NOTHING = {
  ...{ succeeded: 0, warnings: 0, cancelled: 0, failed: 0 },
  ...{ imagesCreated: 0, imagesDeleted: 0, putAside: 0, seriesFailing: 0 },
};

describe('the daily summary', () => {
  it('counts what each primary reported in the day, by the rules for alerts', async () => {
    const lab = { status: '58', policy: 'lab', severity: 'information' } as const;
    const { context, receive, putAside, summaries } = await setUp([endpointOf('demo'), endpointOf('dr')], {
      settings: { ...DEFAULT_ALERT_SETTINGS, severities: [lab] },
    });
    const start = (time: string) => at(time) / 1000;
    await receive(
      job('23T08:00', 1),
      job('24T07:59:59.999', 2),
      job('23T07:59:59.999', 3, { status: 2 }),
      job('24T08:00', 4, { status: 2 }),
      job('23T09:00', 5, { status: 1 }),
      job('23T09:01', 6, { status: 150 }),
      job('23T09:02', 7, { status: 1, jobType: 'IMAGEDELETE', policyName: '' }),
      job('23T09:03', 8, { status: 156, clientName: 'vm1' }),
      job('23T09:04', 9, { status: 2, policyType: 'NBU-Catalog', policyName: 'catalog', clientName: 'primary' }),
      job('23T09:05', 10, { status: 58, policyName: 'Lab' }),
      job('23T09:06', 11, { status: 58, policyName: 'Other' }),
      job('23T09:07', 12, { state: 'ACTIVE' }),
      // Never started.
      job('23T09:08', 13, { status: 196, startTime: 0, policyName: 'Weekly' }),
      // Restarted, and done twice in the day.
      job('23T10:00', 14, { status: 156, startTime: start('23T09:50') }),
      job('23T11:00', 14, { startTime: start('23T10:50') }),
      // Restarted, and done again only after the day.
      job('23T12:00', 15, { status: 13, startTime: start('23T11:50') }),
      job('24T08:00:10', 15, { startTime: start('24T07:50') }),
      image('23T08:00', 'a_1', 'CREATE'),
      image('23T09:00', 'a_2', 'CREATE'),
      image('23T09:00', 'a_1', 'UPDATE'),
      image('24T07:00', 'a_1', 'DELETE'),
      image('24T08:00', 'a_2', 'DELETE'),
      job('23T12:00', 1, { status: 84 }, 'dr'),
      job('23T12:00', 1, { status: 84 }, 'canary'),
    );
    for (const time of ['23T07:59', '23T08:00', '24T07:59', '24T08:00']) await putAside(time);
    await summarize(context, PLENTY);
    const [summary, ...more] = await summaries();
    expect(more).toEqual([]);
    expect(summary).toMatchObject({ pk: 'notice#2026-11-24', sk: 'intent#DailySummary#2026-11-23', pending: 'intent' });
    expect(readIntent(summary)).toMatchObject({
      ...{ kind: 'DailySummary', date: '2026-11-23', receivedAt: at('24T08:00'), pendingSince: at('24T08:02:30') },
      ...{ from: at('23T08:00'), until: at('24T08:00') },
      primaries: [
        {
          ...{ primary: 'demo', succeeded: 3, warnings: 1, cancelled: 3, failed: 6 },
          // vm1, catalog, Other, Weekly, and Lab by its status; the policy Nightly of sql01 succeeded last.
          ...{ imagesCreated: 2, imagesDeleted: 1, putAside: 2, seriesFailing: 5 },
        },
        { ...NOTHING, primary: 'dr', failed: 1, seriesFailing: 1 },
      ],
      statuses: [
        // Without the job that somebody stopped, housekeeping's status 1, and what the settings make information.
        { status: 156, jobs: 2 },
        ...[1, 2, 13, 58, 84, 196].map((status) => ({ status, jobs: 1 })),
      ],
    });
  });

  it('leaves out items that cannot be read, logs them, and counts the rest', async () => {
    const { context, receive, putAside, breakItems, summaries, said } = await setUp([endpointOf('demo')]);
    await receive(job('23T12:00', 1, { status: 2 }), job('23T12:01', 2, { status: 2, clientName: 'file01' }));
    await receive(image('23T12:00', 'a_1', 'CREATE'), image('23T12:01', 'a_2', 'CREATE'));
    await putAside('23T12:00');
    await putAside('23T12:01');
    await breakItems(
      ...[{ pk: 'job#demo#1', sk: 'job' }, { pk: 'image#demo#a_1' }],
      ...[
        { pk: 'aside#demo#2026-11-23T12', receivedAt: at('23T12:00') },
        { lastJobId: 1, sk: 'series' },
      ],
    );
    await summarize(context, PLENTY);
    const [summary] = await summaries();
    expect(summary?.primaries).toMatchObject([{ failed: 1, imagesCreated: 1, putAside: 1, seriesFailing: 1 }]);
    expect(said.warn.map(([, fields]) => fields)).toMatchObject([
      { pk: 'job#demo#1', sk: 'job', reason: 'primary is not string' },
      { pk: 'image#demo#a_1', reason: 'primary is not string' },
      { pk: 'aside#demo#2026-11-23T12', reason: 'primary is not string' },
      { pk: 'series#demo#sql01#nightly#ST_FULL#BACKUP', reason: 'primary is not string' },
    ]);
  });

  it('covers each primary that had an endpoint during the day once, and never the probe', async () => {
    const { context, summaries } = await setUp([
      endpointOf('two', { endpoint: 'two-a' }),
      endpointOf('two', { endpoint: 'two-b' }),
      endpointOf('ended', { revokedAt: at('23T12:00') }),
      endpointOf('canary'),
      endpointOf('gone', { revokedAt: at('23T07:00') }),
      endpointOf('new', { createdAt: at('24T08:00') }),
      endpointOf('again', { endpoint: 'again-a', revokedAt: at('20T00:00') }),
      endpointOf('again', { endpoint: 'again-b' }),
    ]);
    await summarize(context, PLENTY);
    const quiet = ['again', 'ended', 'two'].map((primary) => ({ ...NOTHING, primary }));
    expect((await summaries()).map(({ primaries, statuses }) => ({ primaries, statuses }))).toEqual([
      { primaries: quiet, statuses: [] },
    ]);
  });

  it.each([
    ['there is no endpoint', [], {}],
    ['there is only the probe', [endpointOf('canary')], {}],
    ['it is off', [endpointOf('demo')], { settings: { ...DEFAULT_ALERT_SETTINGS, summaryHour: 'off' as const } }],
    ['it is not due', [endpointOf('demo')], { settings: { ...DEFAULT_ALERT_SETTINGS, summaryHour: 9 } }],
  ])('is not written when %s', async (_, endpoints, other) => {
    const { context, summaries } = await setUp(endpoints, other);
    await summarize(context, PLENTY);
    expect(await summaries()).toEqual([]);
  });

  it('is counted and written once a day, whatever arrives later', async () => {
    const asked: string[] = [];
    const { context, clock, receive, summaries } = await setUp([endpointOf('demo')]);
    const jobs: WatchContext['day']['jobs'] = (primary, ...more) => {
      asked.push(primary);
      return context.day.jobs(primary, ...more);
    };
    const watched = { ...context, day: { ...context.day, jobs } };
    await summarize(watched, PLENTY);
    const before = await summaries();
    expect(before).toHaveLength(1);
    await receive(job('23T12:00', 1, { status: 2 }));
    for (clock.now += 60_000; clock.now < at('24T14:30'); clock.now += 30 * 60_000) await summarize(watched, PLENTY);
    // Another process has counted nothing yet.
    await summarize({ ...watched, counted: new Map() }, PLENTY);
    expect(await summaries()).toEqual(before);
    expect(asked).toEqual(['demo']);
    clock.now = at('25T08:02:30');
    await summarize(watched, PLENTY);
    expect((await summaries()).map(({ date }) => date)).toEqual(['2026-11-23', '2026-11-24']);
  });

  it('is written once when two runs overlap', async () => {
    const { context, summaries } = await setUp([endpointOf('demo')]);
    await Promise.all([summarize(context, PLENTY), summarize({ ...context, counted: new Map() }, PLENTY)]);
    expect(await summaries()).toHaveLength(1);
  });

  it('is not written in part when time runs out: the next run continues where the last one stopped', async () => {
    const asked: string[] = [];
    const { context, receive, summaries, said } = await setUp(['a', 'b', 'c'].map((name) => endpointOf(name)));
    await receive(...['a', 'b', 'c'].map((name) => job('23T12:00', 1, { status: 2 }, name)));
    const jobs: WatchContext['day']['jobs'] = (primary, ...more) => {
      asked.push(primary);
      return context.day.jobs(primary, ...more);
    };
    const watched = { ...context, day: { ...context.day, jobs } };
    await summarize(watched, () => (asked.length < 2 ? 50_000 : SHORT()));
    expect(await summaries()).toEqual([]);
    expect(said.warn.map(([, fields]) => fields)).toEqual([{ date: '2026-11-23', counted: 1, primaries: 3 }]);
    await summarize(watched, PLENTY);
    const [summary] = await summaries();
    expect(summary?.primaries).toMatchObject(['a', 'b', 'c'].map((primary) => ({ primary, failed: 1 })));
    expect(summary?.statuses).toEqual([{ status: 2, jobs: 3 }]);
    expect(asked).toEqual(['a', 'b', 'b', 'c']);
    expect(watched.counted.size).toBe(0);
  });

  it('lists the twenty most frequent statuses', async () => {
    const { context, receive, summaries } = await setUp([endpointOf('demo')]);
    const statuses = Array.from({ length: 22 }, (_, index) => 100 + index);
    const jobs = statuses.map((status, index) => job('23T12:00', index + 1, { status }));
    await receive(...jobs, job('23T12:00', 99, { status: 121 }));
    await summarize(context, PLENTY);
    const [summary] = await summaries();
    expect(summary?.statuses).toEqual([
      { status: 121, jobs: 2 },
      ...statuses.slice(0, 19).map((status) => ({ status, jobs: 1 })),
    ]);
  });
});
