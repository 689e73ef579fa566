import type { Digest, MessageContent } from '../../../functions/alerts/alert-of.ts';
import { type AlertSettings, DEFAULT_ALERT_SETTINGS } from '../../../functions/alerts/alert-settings.ts';
import {
  type BackupOverdueIntent,
  type BackupResumedIntent,
  type FeedLostIntent,
  type FeedRestoredIntent,
  failureItem,
  type ImagesDeletedIntent,
  type Intent,
  type JobFailedIntent,
  type JobRecoveredIntent,
  noticeItem,
  pendingSince,
  readFailure,
  readIntent,
  type SeriesNote,
} from '../../../functions/alerts/intent.ts';
import type { OverdueBackup } from '../../../functions/registry/overdue.ts';
import type { Silence } from '../../../functions/silences/silence.ts';
import { type Content, jobFact, RECEIVED } from '../support.ts';

export const ID = '1795462413034-0123456789abcdef0123456789abcdef';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export const BERLIN: AlertSettings = { ...DEFAULT_ALERT_SETTINGS, zone: 'Europe/Berlin' };

/** An item as it is read back: without undefined fields. */
const stored = (item: object) => JSON.parse(JSON.stringify(item));

/** The intent of a failed job, received `after` ms after RECEIVED. */
export function failure(content: Content = {}, series?: SeriesNote, after = 0, primary = 'demo'): JobFailedIntent {
  const fact = jobFact(content, { receivedAt: RECEIVED + after, primary });
  return readFailure(stored({ ...failureItem(fact, series), ...pendingSince(RECEIVED + after) }));
}

type Fields<I extends Intent> = Omit<I, 'pk' | 'sk' | 'kind' | 'receivedAt'>;

/** The intent of anything but a failed job. */
function notice<I extends Exclude<Intent, JobFailedIntent>>(kind: I['kind'], fields: object, after = 0): I {
  const item = noticeItem({ kind, receivedAt: RECEIVED + after, ...fields } as I, ['example', RECEIVED + after]);
  return readIntent(stored({ ...item, ...pendingSince(RECEIVED + after) })) as I;
}

export function recovery(fields: Partial<Fields<JobRecoveredIntent>> = {}, after = 0): JobRecoveredIntent {
  return notice<JobRecoveredIntent>(
    'JobRecovered',
    {
      ...{ primary: 'demo', jobId: 151, startTime: 1_459_916_900, status: 0 },
      ...{ clientName: 'sql01', policyName: 'nightly', policyType: 'MS-SQL-Server' },
      ...{ scheduleType: 'ST_FULL', jobType: 'BACKUP', statuses: [13, 156] },
      series: { failures: 3, failingSince: RECEIVED - 3 * DAY, lastUsableAt: RECEIVED - 4 * DAY },
      ...fields,
    },
    after,
  );
}

/** Everything in one part. */
export function wholeDigest(
  failures: readonly JobFailedIntent[],
  recovered: readonly JobRecoveredIntent[] = [],
): Digest {
  return { failures, recovered, whole: { failures, recovered }, part: 1, parts: 1 };
}

/** A storage outage: most jobs of two primaries, and one backup that works again. */
export function outage(): Digest {
  const jobs = Array.from({ length: 40 }, (_, index) =>
    failure(
      {
        jobId: 2_000 + index,
        parentJobId: 2_000 + index,
        status: index === 0 ? 91 : index < 30 ? 84 : index < 37 ? 2074 : 1,
        clientName: `vm${String(index % 25).padStart(2, '0')}.example.com`,
        policyName: index === 0 ? 'catalog' : `vmware${index % 12}`,
        policyType: index === 0 ? 'NBU-Catalog' : 'VMWARE',
      },
      undefined,
      index * 20_000,
      index % 4 === 3 ? 'dr' : 'demo',
    ),
  );
  return wholeDigest(jobs, [recovery({}, 5 * MINUTE)]);
}

/**
 * The most common family: a child for each virtual machine, most with the same status, and a parent that partly
 * succeeded.
 */
export function family(): MessageContent {
  const parent = failure({ clientName: 'vcenter01', jobId: 144, parentJobId: 144, status: 1 });
  const children = Array.from({ length: 10 }, (_, index) =>
    failure(
      {
        ...{ jobId: 145 + index, parentJobId: 144, status: index % 4 === 3 ? 2074 : 156 },
        clientName: `vm${String(index).padStart(2, '0')}`,
      },
      undefined,
      index * 1_000,
    ),
  );
  return { kind: 'JobFailed', failures: [parent, ...children] };
}

export const SILENCE: Silence = {
  ...{ id: 's-7f3a', reason: 'SAN firmware', createdAt: RECEIVED - DAY, from: RECEIVED - 2 * HOUR },
  ...{ until: RECEIVED + HOUR, zone: 'Europe/Berlin', policy: 'vmware2' },
};

const QUIET = {
  ...{ succeeded: 402, warnings: 0, cancelled: 10, failed: 0 },
  ...{ imagesCreated: 398, imagesDeleted: 120, putAside: 0, seriesFailing: 0 },
};

export function summary(primaries: readonly object[], statuses: readonly object[] = []): MessageContent {
  const from = RECEIVED - DAY;
  const fields = { date: '2026-11-22', from, until: RECEIVED, primaries, statuses };
  return { kind: 'DailySummary', intent: notice('DailySummary', fields) };
}

export function lostFeed(fields: Partial<Fields<FeedLostIntent>> = {}): FeedLostIntent {
  const lostFrom = RECEIVED - 15 * MINUTE;
  const lost = { primary: 'demo', endpoint: 'demo', lostFrom, afterMinutes: 15, reminder: 0 };
  return notice<FeedLostIntent>('FeedLost', { ...lost, ...fields });
}

export function restoredFeed(fields: Partial<Fields<FeedRestoredIntent>> = {}): FeedRestoredIntent {
  const gap = { primary: 'demo', endpoint: 'demo', from: RECEIVED - 5 * HOUR, to: RECEIVED };
  return notice<FeedRestoredIntent>('FeedRestored', { ...gap, ...fields });
}

/** An outage that loses the feeds of so many primary servers. */
export function lostFeeds(feeds: number): MessageContent {
  const [first, ...others] = Array.from({ length: feeds }, (_, index) =>
    lostFeed({ primary: `domain-${index}`, endpoint: `site-${index}`, lostFrom: RECEIVED - (15 + index) * MINUTE }),
  );
  return { kind: 'FeedLost', feeds: [first ?? lostFeed(), ...others] };
}
/** A daily backup that was due yesterday. */
export const overdueBackup: OverdueBackup = {
  ...{ client: 'sql01', policy: 'nightly', scheduleType: 'ST_FULL', jobType: 'BACKUP', rule: 'habit' },
  ...{ lastUsableAt: RECEIVED - 53 * HOUR, since: RECEIVED - 53 * HOUR, usual: DAY, longest: 25 * HOUR },
  ...{ limit: 52 * HOUR, openedAt: RECEIVED, reminder: 0 },
};

export function overdue(backups: readonly OverdueBackup[], leftOut = 0): BackupOverdueIntent {
  const fields = { primary: 'demo', backups, leftOut, overdueGaps: 2, overdueHours: 26 };
  return notice<BackupOverdueIntent>('BackupOverdue', fields);
}

export function resumed(backups: BackupResumedIntent['backups'], leftOut = 0): BackupResumedIntent {
  return notice<BackupResumedIntent>('BackupResumed', { primary: 'demo', backups, leftOut });
}

/** A scheduler that stopped: all nightly backups, one that never ran, and one that was reported a week ago. */
export const STOPPED = overdue([
  {
    ...overdueBackup,
    ...{ since: RECEIVED - 9 * DAY, lastUsableAt: RECEIVED - 9 * DAY, reminder: 1, client: 'file01' },
  },
  {
    ...{ client: 'new01', policy: 'nightly', rule: 'declared', lastUsableAt: 0, since: RECEIVED - 3 * DAY },
    ...{ limit: 30 * HOUR, unheard: HOUR, openedAt: RECEIVED, reminder: 0 },
  },
  ...Array.from({ length: 12 }, (_, index) => ({
    ...overdueBackup,
    client: `vm${String(index).padStart(2, '0')}`,
    policy: 'vmware',
  })),
]);

export function imagesDeleted(fields: Omit<Fields<ImagesDeletedIntent>, 'primary'>) {
  return {
    kind: 'ImagesDeleted',
    intent: notice<ImagesDeletedIntent>('ImagesDeleted', { primary: 'demo', ...fields }),
  } as const;
}

/** The examples of docs/alerts.md: each kind once. */
export const EXAMPLES = {
  JobFailed: {
    kind: 'JobFailed',
    failures: [
      failure({}, { failures: 3, failingSince: RECEIVED - 25 * HOUR, lastUsableAt: RECEIVED - 2 * DAY - 5 * HOUR }),
    ],
  },
  JobRecovered: { kind: 'JobRecovered', recovered: recovery() },
  FailureDigest: { kind: 'FailureDigest', ...outage() },
  SilenceEnded: {
    kind: 'SilenceEnded',
    silence: SILENCE,
    ...wholeDigest([
      failure({ jobId: 149, parentJobId: 149 }),
      failure({ jobId: 152, parentJobId: 152 }, undefined, HOUR),
    ]),
  },
  Quarantined: {
    kind: 'Quarantined',
    intent: notice('Quarantined', {
      ...{ primary: 'demo', endpoint: 'demo', reason: 'clientName is missing', requestId: 'SAmJ7FZHIAMFkBw=' },
    }),
  },
  DailySummary: summary(
    [
      { ...QUIET, primary: 'demo', failed: 3, warnings: 4, seriesFailing: 2 },
      { ...QUIET, primary: 'dr', succeeded: 80, imagesCreated: 75, imagesDeleted: 0 },
    ],
    [
      { status: 1, jobs: 4 },
      { status: 156, jobs: 2 },
      { status: 84, jobs: 1 },
    ],
  ),
  FeedLost: { kind: 'FeedLost', feeds: [lostFeed()] },
  FeedRestored: { kind: 'FeedRestored', feeds: [restoredFeed()] },
  BackupOverdue: { kind: 'BackupOverdue', intent: overdue([overdueBackup]) },
  BackupResumed: { kind: 'BackupResumed', intent: resumed([{ ...overdueBackup, resumedAt: RECEIVED }]) },
  ImagesDeleted: imagesDeleted({
    ...{ since: RECEIVED, from: RECEIVED - 3 * MINUTE, until: RECEIVED },
    ...{ images: 24, earlierImages: 0, noLocalCopy: 2, threshold: 20, agePercent: 50 },
    ...{ youngest: 40_000, age: 3 * 86_400, usualAge: 30 * 86_400 },
    clients: [
      { clientName: 'sql01', images: 13, nothingLeft: true },
      { clientName: 'file01', images: 9, nothingLeft: false },
      { clientName: 'web01', images: 2, nothingLeft: false },
    ],
    ...{ clientCount: 3, nothingLeft: ['sql01'], nothingLeftCount: 1, nothingLeftBefore: 0 },
  }),
  Report: {
    kind: 'Report',
    intent: notice('Report', {
      ...{ date: '2026-11-23', from: RECEIVED - 30 * DAY, to: RECEIVED - 1, primaries: ['demo', 'dr'] },
      ...{ bucket: 'nbwatch-reportbucket83562f83-1k2l3m4n5o6p', region: 'eu-central-1' },
      key: 'reports/2026/nbwatch-report-2026-11-23.html',
      jsonKey: 'reports/2026/nbwatch-report-2026-11-23.json',
      ...{ ended: 12_480, failed: 96, successPercent: 99.23 },
      ...{ failing: 2, overdue: 1, unprotected: 1, young: 0, gaps: 1 },
    }),
  },
  Test: { kind: 'Test', intent: notice('Test', { note: 'Hello from Anna' }) },
} as const satisfies Record<MessageContent['kind'], MessageContent>;

export const QUIET_DAY = summary([{ ...QUIET, primary: 'demo' }]);
