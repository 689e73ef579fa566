import { expect } from 'vitest';
import {
  type DailySummaryIntent,
  type FeedLostIntent,
  type FeedRestoredIntent,
  failureItem,
  type ImagesDeletedIntent,
  noticeItem,
  pendingSince,
  type ReportIntent,
  type TestIntent,
} from '../../../functions/alerts/intent.ts';
import { createOutbox } from '../../../functions/alerts/outbox.ts';
import { overdueNotice } from '../../../functions/alerts/overdue-notice.ts';
import { createChain } from '../../../functions/archive/chain.ts';
import { heldBySilence, intentKey, messageId } from '../../../functions/keys/records.ts';
import { archiveKey } from '../../../functions/keys/registry.ts';
import { asideItem } from '../../../functions/ledger/aside.ts';
import { readFact } from '../../../functions/ledger/fact.ts';
import { createLedger } from '../../../functions/ledger/ledger.ts';
import { createProjection } from '../../../functions/projection/context.ts';
import { project } from '../../../functions/projection/project.ts';
import { NEW_STATE } from '../../../functions/publisher/state.ts';
import type { Tables } from '../../../functions/questions/query.ts';
import { canaryTokenItem } from '../../../functions/registry/canary.ts';
import { createCertificates } from '../../../functions/registry/certificates.ts';
import { createDeletions, type Dismissal } from '../../../functions/registry/deletions.ts';
import { HEARD_MS } from '../../../functions/registry/endpoint.ts';
import { createEndpoints } from '../../../functions/registry/endpoints.ts';
import { createExpectations } from '../../../functions/registry/expectations.ts';
import { newFeed } from '../../../functions/registry/feed.ts';
import { createFeeds } from '../../../functions/registry/feeds.ts';
import type { OverdueState } from '../../../functions/registry/overdue.ts';
import { createOverdues } from '../../../functions/registry/overdues.ts';
import { createRegistry } from '../../../functions/registry/registry.ts';
import type { Silence } from '../../../functions/silences/silence.ts';
import { createSilences } from '../../../functions/silences/silences.ts';
import { putIfAbsent } from '../../../functions/store/items.ts';
import type { TestRun } from '../../support/test-run.ts';
import { all, at, factOf, image, job, type Received, tablesOf } from './received.ts';

const B = 'sql01_1795384800';

/** Epoch seconds: in a hundred years. */
const AGES = 4_948_907_400;

/** What two primaries reported on two days: what docs/data-model.md asks about. */
const REPORTED: readonly Received[] = [
  image('22T22:05', B, 'CREATE'),
  image('22T22:40', B, 'CREATE', {}, 'dr'),
  image('23T04:00', 'sql01_1795471200', 'CREATE'),
  image('23T05:00', 'web01_1795384800', 'NO_LOCAL_COPY_AVAILABLE', { clientName: 'web01' }),
  image('23T06:00', B, 'DELETE'),
  job('22T00:30', 197, { clientName: 'file01' }),
  job('22T02:00', 205, { clientName: 'sql02', status: 6 }),
  job('23T00:30', 198, { clientName: 'file01', status: 13 }),
  job('23T01:00', 201),
  job('23T01:05', 202, { parentJobId: 201 }),
  job('23T01:10', 203, { parentJobId: 201, clientName: 'SQL01', state: 'ACTIVE' }),
  job('23T02:00', 205, { clientName: 'sql02' }),
  job('23T02:30', 207, { clientName: 'file01', state: 'QUEUED', startTime: 0 }),
  job('23T03:00', 206, { clientName: 'web01', policyName: 'Weekly', status: 58 }),
  job('23T04:30', 204, { jobType: 'RESTORE', policyName: '' }),
  job('23T07:00', 201, { clientName: 'sql03' }, 'dr'),
];

/** A silence that is over, and names everything that a silence can name. */
const SILENCE: Silence = {
  ...{ id: 'k3f9qd', reason: 'moves to new storage', zone: 'Europe/Berlin', every: 'Sun 00:00-02:00' },
  ...{ createdAt: at('22T00:00'), from: at('22T00:00'), until: at('22T01:00') },
  ...{ primary: 'demo', client: 'retired01', policy: 'Nightly', jobType: 'BACKUP', status: '1,41,150-160' },
};

const GAP = { from: at('23T02:00'), to: at('23T07:00') };
const OVERDUE: OverdueState = {
  ...{ primary: 'demo', client: 'web01', policy: 'Weekly', rule: 'habit', scheduleType: 'ST_FULL', jobType: 'BACKUP' },
  ...{ lastUsableAt: at('08T03:00'), since: at('08T03:00'), usual: 604_800_000, longest: 608_400_000 },
  ...{ limit: 1_209_600_000, unheard: 1_200_000, openedAt: at('22T03:01'), reminder: 0, toldAt: at('22T03:01') },
};

const ENDED: OverdueState = { ...OVERDUE, client: 'web02', resumedAt: at('23T03:00'), endToldAt: at('23T03:01') };

const DISMISSAL: Dismissal = {
  ...{ id: `${at('23T06:04')}-8d0c2f61b7a94e5d8d0c2f61b7a94e5d`, primary: 'demo', reason: 'CHG-1204', threshold: 48 },
  ...{ createdAt: at('23T07:00'), until: at('30T07:00'), clients: ['sql01'] },
};

const SUMMARY = {
  ...{ date: '2026-11-22', from: at('22T07:00'), until: at('23T07:00'), statuses: [{ status: 6, jobs: 1 }] },
  primaries: [
    {
      ...{ primary: 'demo', succeeded: 9, warnings: 0, cancelled: 0, failed: 1, imagesCreated: 9, imagesDeleted: 0 },
      ...{ putAside: 0, seriesFailing: 0 },
    },
  ],
};

const REPORT = {
  ...{ date: '2026-11-23', from: at('01T00:00'), to: at('23T06:59'), primaries: ['demo'], bucket: 'reports' },
  ...{ region: 'eu-central-1', key: 'reports/2026/a.html', jsonKey: 'reports/2026/a.json', ended: 9, failed: 1 },
  ...{ successPercent: 88.9, failing: 1, overdue: 1, unprotected: 0, young: 24, gaps: 1 },
};

const VANISHED = {
  ...{ primary: 'demo', since: at('23T06:05'), images: 24, earlierImages: 0, noLocalCopy: 2 },
  ...{ threshold: 20, agePercent: 50 },
  ...{ from: at('23T06:00'), until: at('23T06:04'), youngest: 28_800, age: 28_800, usualAge: 2_592_000 },
  ...{ clients: [{ clientName: 'sql01', images: 24, nothingLeft: true }], clientCount: 1 },
  ...{ nothingLeft: ['sql01'], nothingLeftCount: 1, nothingLeftBefore: 0 },
};

/** A message of a kind that nobody publishes, so that it stays where it is. */
const readonlyMessage = {
  ...{ kind: 'Test', severity: 'critical', text: 'hello', topics: [] as const, requestIds: ['r-1'] },
  rendered: { Subject: 'hello', MessageStructure: 'json' as const, Message: '{}', MessageAttributes: {} },
};

/** The id of a message that was dropped without being sent. */
export const DROPPED = `${at('23T07:00')}-8d0c2f61b7a94e5d8d0c2f61b7a94e5d`;

/** Writes every kind of item into the tables of a run, and returns the tables. */
export async function everything({ run, primary }: TestRun): Promise<Tables> {
  const tables = tablesOf(run.dynamodb, run.deployment.outputs);
  const { client, ledger, records, registry } = tables;
  const { signal } = new AbortController();
  const facts = REPORTED.map((one) => factOf(one));
  const variant = factOf(image('23T06:01', B, 'DELETE', { clientType: 'VMWARE', createdTime: at('23T06:00') / 1000 }));
  const around = '{"group":{"notificationType":"INFO"},"message":{"version":"1.1"}}';
  const later = { ...factOf(job('23T08:00', 299)), format: 2, around };
  await createLedger(client, ledger).append(facts, signal);
  const ending = {
    ...factOf(image('22T09:00', 'web01_1795338000', 'CREATE', { clientName: 'web01' })),
    expiresAt: AGES,
    around,
  };
  await createLedger(client, ledger).append([variant, later, ending], signal);
  // Noted on the day of the attempt: today by the stack, and by this projection on a day that a document can name.
  const projection = { ...createProjection(client, tables, 2_557), now: () => at('23T08:00:01') };
  await project(projection, later.pk, new Set([later.sk]));
  await putIfAbsent(client, ledger, aside('23T09:00'));

  // An intent of a kind that this version does not know stays pending.
  const failed = readFact(factOf(job('23T10:00', 300, { status: 6 })));
  if (failed.object !== 'JOB') throw new Error('a job is none');
  await putIfAbsent(client, records, {
    ...failureItem(failed),
    ...pendingSince(at('23T10:00:01')),
    kind: 'Later',
    day: undefined,
  });

  // What a silence holds back, as the publisher leaves it.
  const silenced = { jobId: 301, startTime: at('23T10:20') / 1000, state: 'DONE', status: 6 };
  const kept = {
    kind: 'JobFailed',
    pending: heldBySilence(SILENCE.id),
    pendingSince: at('23T10:30'),
    silence: SILENCE.id,
  };
  await putIfAbsent(client, records, { ...intentKey('demo', silenced), format: 1, ...kept });
  await createSilences(client, registry).add(SILENCE);

  // What people were told long ago.
  const receivedAt = at('23T07:00');
  const test = noticeItem<TestIntent>({ kind: 'Test', note: 'hello', receivedAt }, ['a']);
  await putIfAbsent(client, records, test);
  const unknown = noticeItem<TestIntent>({ kind: 'Test', note: 'of a later version', receivedAt }, ['c']);
  await putIfAbsent(client, records, { ...unknown, ...pendingSince(receivedAt), kind: 'Later' });
  await putIfAbsent(
    client,
    records,
    noticeItem<DailySummaryIntent>({ kind: 'DailySummary', receivedAt, ...SUMMARY }, ['b']),
  );
  await putIfAbsent(client, records, noticeItem<ReportIntent>({ kind: 'Report', receivedAt, ...REPORT }, ['d']));
  const lost = { primary: 'dr', endpoint: 'dr', lostFrom: GAP.from, afterMinutes: 15, reminder: 0, receivedAt };
  await putIfAbsent(client, records, noticeItem<FeedLostIntent>({ kind: 'FeedLost', ...lost }, ['dr']));
  const restored = { primary: 'dr', endpoint: 'dr', ...GAP, receivedAt };
  await putIfAbsent(client, records, noticeItem<FeedRestoredIntent>({ kind: 'FeedRestored', ...restored }, ['dr']));
  // A backup that is overdue by its habit, one that has run and is not forgotten yet, and the notices of both.
  const expectations = createExpectations(client, registry);
  await expectations.declare({ primary: 'demo', client: 'SQL01', policy: 'Nightly' }, 93_600_000, at('22T08:00'));
  await expectations.retire({ primary: 'demo', client: 'SQL01', policy: 'Nightly' }, at('22T09:00'));
  for (const state of [OVERDUE, ENDED]) await createOverdues(client, registry).put(state);
  for (const state of [OVERDUE, ENDED])
    await putIfAbsent(client, records, overdueNotice('demo', [state], { overdueGaps: 2, overdueHours: 26 }));
  const vanished = { kind: 'ImagesDeleted' as const, receivedAt: at('23T06:04'), ...VANISHED };
  await putIfAbsent(client, records, noticeItem<ImagesDeletedIntent>(vanished, ['demo', 0, 1, 1]));
  const deletions = createDeletions(client, registry);
  await deletions.saveTold({
    ...{ primary: 'demo', toldAt: at('23T06:05'), since: at('23T06:05'), until: at('23T06:04') },
    ...{ images: 24, nothingLeft: 1, clients: [{ client: 'sql01', at: at('23T06:05') }] },
  });
  await deletions.dismiss(DISMISSAL);
  const endpoints = createEndpoints(client, registry);
  const chain = [{ subject: 'CN=*.example.com', issuer: 'CN=Authority', fingerprint: 'AB:CD', validUntil: AGES }];
  const certificate = { seenAt: at('22T00:00'), trusted: true, chain };
  const dr = { endpoint: 'dr', primary: 'dr', group: 'dr', priority: 1 };
  await endpoints.create({ ...dr, certificate }, at('22T00:00'));
  const certificates = createCertificates(client, registry);
  await certificates.put({ host: 'example.com', lookedAt: at('23T00:37'), since: at('22T00:37'), certificate });
  await endpoints.rotate('dr', at('23T00:00'), 3_600_000);
  await endpoints.revoke('dr', at('23T12:00'));
  // An archive of one object, whose second is being written.
  const archived = createChain(client, registry, archiveKey('archive'));
  const link = { number: 1, name: 'facts/a.jsonl', sha256: 'e3b0', writtenAt: at('23T12:00') };
  await archived.take('aa', at('23T12:00'), at('23T12:01'));
  await archived.advance('aa', link);
  await archived.take('bb', at('23T12:04'), at('23T12:05'));
  await putIfAbsent(client, registry, canaryTokenItem('05475c3c4606', at('23T12:00')));
  // A feed that was lost and is heard again, and one that is lost.
  const feeds = createFeeds(client, registry);
  const [feed, other] = [newFeed('dr', 'dr'), newFeed('other', 'dr')];
  await feeds.put({ ...feed, aliveAt: GAP.from, lastActiveAt: GAP.from - 60_000, restoredAt: GAP.to });
  await feeds.put({ ...other, lostFrom: at('23T11:00'), lostAfter: 900_000, untold: true });
  await feeds.addGap(feed, GAP);
  const server = primary();
  await server.start();
  await server.notify([{ notificationType: 'INFO', object: 'ODD', data: [] }]);
  for await (const { connectionId, openedAt } of endpoints.connections('demo')) {
    const warm = createRegistry(client, registry);
    await warm.bound(connectionId, openedAt, signal);
    await warm.heard(connectionId, openedAt + HEARD_MS, signal);
  }
  await server.stop();
  // The gateway reports the end of a connection when it gets to it.
  await expect
    .poll(async () => (await all(endpoints.connections('demo'))).map(({ closedAt }) => typeof closedAt))
    .toEqual(['number']);
  await run.idle();
  // A message that no topic has accepted.
  const unpublished = { ...readonlyMessage, id: messageId(at('22T07:00'), [test]), members: [test] };
  await createOutbox(client, records).writeDown(unpublished, NEW_STATE, at('22T07:00'));
  await createOutbox(client, records).lease('publisher', at('23T00:00'), at('23T00:00'));
  // A message that somebody dropped.
  const dropped = { ...readonlyMessage, id: DROPPED, members: [test] };
  await createOutbox(client, records).writeDown(dropped, NEW_STATE, at('23T11:00'));
  const reason = 'refused as invalid, told by phone';
  await createOutbox(client, records).drop(dropped, reason, at('23T12:00'));
  return tables;
}

function aside(time: string) {
  const receipt = { primary: 'demo', endpoint: 'demo', receivedAt: at(time), connectionId: 'c-1', requestId: 'r-1' };
  return asideItem({ ...receipt, reason: 'clientName is missing' }, '{"jobId":207,"state":"DONE"}');
}
