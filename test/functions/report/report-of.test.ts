import { describe, expect, it } from 'vitest';
import type { ReportQuestions } from '../../../functions/report/questions.ts';
import { reportOf } from '../../../functions/report/report-of.ts';
import { endpointOf } from '../watch/support.ts';
import { asked, DAY, each, FROM, HOUR, image, job, series, TO } from './asked.ts';

const NOW = TO + HOUR;
const report = (questions: Partial<ReportQuestions>, primaries = ['demo']) =>
  reportOf(asked(questions), { primaries, range: { from: FROM, to: TO }, now: NOW, youngPercent: 50 });

it('the canary is in no report, even if somebody asks for it', async () => {
  const endpoints = () => each(endpointOf('canary'), endpointOf('demo'));
  const gaps = () => each({ from: FROM, to: FROM + HOUR });
  const made = await report({ jobs: (primary) => each(job(FROM, { primary, status: 6 })), endpoints, gaps }, [
    'canary',
    'demo',
  ]);
  expect(made.primaries).toEqual(['demo']);
  expect(made.jobs).toHaveLength(1);
  expect(JSON.stringify(made)).not.toContain('canary');
});

it('jobs are queried up to now, since an earlier run of one may have ended in the range', async () => {
  const ranges: object[] = [];
  await report({
    jobs(_, range) {
      ranges.push(range);
      return each();
    },
  });
  expect(ranges).toEqual([{ from: FROM, to: NOW }]);
});

describe('a client without a good backup', () => {
  const unprotected = async (questions: Partial<ReportQuestions>) => (await report(questions)).unprotected;

  it('is one that had backups in the range, but no usable one', async () => {
    const jobs = () =>
      each(job(FROM, { status: 6 }), job(FROM, { clientName: 'web01' }), job(FROM, { clientName: 'WEB01', status: 6 }));
    const all = () => each(series({ streak: 2, lastStatus: 6, lastAt: FROM, lastUsableAt: FROM - DAY }));
    expect(await unprotected({ jobs, series: all })).toEqual([
      { primary: 'demo', clientName: 'sql01', ended: 1, lastStatus: 6, lastUsableAt: FROM - DAY },
    ]);
  });

  it('is one that is known and had no backup at all, unless it is retired', async () => {
    const all = () => each(series({ lastAt: FROM - DAY, lastUsableAt: FROM - DAY }));
    expect(await unprotected({ series: all })).toMatchObject([{ clientName: 'sql01', ended: 0 }]);
    const retired = { primary: 'demo', client: 'SQL01', retiredAt: FROM };
    expect(await unprotected({ series: all, expectations: () => each(retired) })).toEqual([]);
    const otherPrimary = { ...retired, primary: 'dr' };
    expect(await unprotected({ series: all, expectations: () => each(otherPrimary) })).toHaveLength(1);
  });

  it('is not one with a usable backup in any of its series, or one that is first known after the range', async () => {
    const failing = series({ streak: 1, lastUsableAt: 0, policyName: 'weekly' });
    expect(await unprotected({ series: () => each(failing, series()) })).toEqual([]);
    expect(await unprotected({ series: () => each(series({ lastAt: TO + 1, lastUsableAt: 0 })) })).toEqual([]);
  });
});

it('failing backups are listed with streak and cause, those that never succeeded first, without retired ones', async () => {
  const failing = [
    series({ clientName: 'a', streak: 3, lastStatus: 156, lastUsableAt: FROM }),
    series({ clientName: 'b', streak: 9, lastStatus: 58, lastUsableAt: 0 }),
    series({ clientName: 'c', streak: 1, lastStatus: 13, lastAt: FROM }),
    series({ clientName: 'd' }),
  ];
  const expectations = () => each({ primary: 'demo', client: 'c', policy: 'nightly', retiredAt: TO });
  const { failing: told } = await report({ series: () => each(...failing), expectations });
  expect(told).toMatchObject([
    { clientName: 'b', streak: 9, lastUsableAt: null, lastStatus: 58, meaning: expect.stringMatching(/connect/) },
    { clientName: 'a', streak: 3, lastUsableAt: FROM, check: expect.stringMatching(/\w/) },
  ]);
});

it('gaps are those of the given primaries that touch the range, or last while the endpoint is not revoked', async () => {
  const lost = { endpoint: 'demo', primary: 'demo', aliveAt: TO - HOUR, lostFrom: TO - HOUR };
  const all = [
    { from: FROM - DAY, to: FROM - 1 },
    { from: FROM - DAY, to: FROM },
    { from: TO, to: TO + DAY },
    { from: TO + 1, to: TO + 2 },
  ];
  const { gaps } = await report({
    endpoints: () => each(endpointOf('demo'), endpointOf('dr')),
    feeds: () => each(lost, { ...lost, endpoint: 'dr', primary: 'dr' }),
    gaps: (endpoint) => each(...(endpoint === 'demo' ? all : [])),
  });
  expect(gaps.map(({ from, to }) => [from, to])).toEqual([
    [TO, TO + DAY],
    [TO - HOUR, null],
    [FROM - DAY, FROM],
  ]);
  const revoked = await report({
    endpoints: () => each(endpointOf('demo', { revokedAt: TO })),
    feeds: () => each(lost),
  });
  expect(revoked.gaps).toEqual([]);
});

it('an endpoint is known since it first connected, or since it was registered if that time is not known', async () => {
  const { endpoints } = await report({
    endpoints: () =>
      each(
        endpointOf('demo', { endpoint: 'a', createdAt: FROM, tokenUsedAt: FROM + DAY }),
        endpointOf('demo', { endpoint: 'b', createdAt: FROM, tokenUsedAt: FROM + DAY, previousTokenHash: 'p' }),
        endpointOf('demo', { endpoint: 'c', createdAt: FROM, revokedAt: TO }),
        endpointOf('demo', { endpoint: 'd', createdAt: FROM }),
        endpointOf('dr'),
      ),
    feeds: () => each({ endpoint: 'd', primary: 'demo', aliveAt: TO }),
  });
  expect(endpoints.map(({ endpoint, since, until }) => [endpoint, since, until])).toEqual([
    ['a', FROM + DAY, null],
    ['b', FROM, null],
    ['c', null, TO],
    ['d', FROM, null],
  ]);
});

it('young images that vanished are counted on their day, and only clients that lost images are queried', async () => {
  const at = FROM + 6 * DAY;
  const asks: string[] = [];
  const nightly = Array.from({ length: 20 }, (_, night) => image(at - night * DAY - HOUR, night < 3 ? at : undefined));
  const old = Array.from({ length: 5 }, (_, night) =>
    image(at - (30 + night) * DAY, at - (5 + night) * DAY, { backupId: `old_${night}` }),
  );
  const entry = { backupId: 'x', createdTime: 1, backupTime: 1, clientName: 'sql01', clientType: 'STANDARD' };
  const events = () =>
    each(
      { receivedAt: at, entry: { ...entry, operationId: 'DELETE' } },
      { receivedAt: at, entry: { ...entry, clientName: 'web01', operationId: 'CREATE' } },
    );
  const { days, young } = await report({
    imageEvents: events,
    imagesOfClient(_, client) {
      asks.push(client);
      return each(...nightly, ...old);
    },
  });
  expect(asks).toEqual(['sql01']);
  expect(young).toMatchObject([{ clientName: 'sql01', day: '2026-11-07', images: 3 }]);
  expect(days.filter(({ images }) => images.young > 0)).toMatchObject([
    { day: '2026-11-07', images: { young: 3, deleted: 1, created: 1 } },
  ]);
});
