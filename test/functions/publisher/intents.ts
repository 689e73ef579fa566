import {
  failureItem,
  type Intent,
  type JobFailedIntent,
  type JobRecoveredIntent,
  pendingSince,
  readFailure,
  readIntent,
  type SeriesNote,
} from '../../../functions/alerts/intent.ts';
import { type Content, jobFact, RECEIVED } from '../support.ts';

/** An item as DynamoDB returns it. */
const kept = (item: object): object => JSON.parse(JSON.stringify(item));

/** A failure, pending since it was received. */
export function failed(content: Content = {}, at = RECEIVED, primary = 'demo', series?: SeriesNote): JobFailedIntent {
  const fact = jobFact(content, { receivedAt: at, primary });
  return readFailure(kept({ ...failureItem(fact, series), ...pendingSince(at) }));
}

/** A recovery of the series of `sql01`, pending since it was received. */
export function recovered(jobId: number, at = RECEIVED, statuses = [156]): JobRecoveredIntent {
  const names = { clientName: 'sql01', policyName: 'nightly', policyType: 'STANDARD', scheduleType: 'ST_FULL' };
  const series = { failures: statuses.length, failingSince: at - 3_600_000, lastUsableAt: 0 };
  return readIntent({
    ...{ pk: 'notice#2026-11-23', sk: `intent#JobRecovered#demo#${jobId}`, kind: 'JobRecovered', primary: 'demo' },
    ...{ jobId, startTime: 1, status: 0, ...names, jobType: 'BACKUP', series, statuses },
    ...{ receivedAt: at, pendingSince: at },
  }) as JobRecoveredIntent;
}

/** Vanished images, pending since they were noticed. */
export function imagesDeleted(at = RECEIVED, primary = 'demo'): Intent {
  const seconds = { youngest: 60, age: 60, usualAge: 9_999 };
  const none = { noLocalCopy: 0, clients: [], clientCount: 1, nothingLeft: [], nothingLeftCount: 0 };
  return readIntent({
    ...{ pk: 'notice#2026-11-23', sk: `intent#ImagesDeleted#${primary}#0#${at}`, kind: 'ImagesDeleted', primary },
    ...{ since: at, from: at, until: at, images: 24, threshold: 20, agePercent: 50, ...none, ...seconds },
    ...{ receivedAt: at, pendingSince: at },
  });
}

export const nameOf = ({ pk, sk }: Pick<Intent, 'pk' | 'sk'>): string => `${pk} ${sk}`;
