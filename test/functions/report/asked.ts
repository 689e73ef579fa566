import type { Image } from '../../../functions/questions/images.ts';
import type { Job } from '../../../functions/questions/jobs.ts';
import type { Series } from '../../../functions/questions/series.ts';
import type { ReportQuestions } from '../../../functions/report/questions.ts';
import { endpointOf } from '../watch/support.ts';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const FROM = Date.parse('2026-11-01T00:00Z');
export const TO = Date.parse('2026-11-10T23:59:59.999Z');

/** A job that ended at a time (epoch ms). */
export function job(receivedAt: number, other: Partial<Job> = {}): Job {
  const ended = { state: 'DONE', status: 0, startTime: Math.floor(receivedAt / 1000) - 600, receivedAt, ...other };
  const { state, status, startTime } = ended;
  return {
    ...{ primary: 'demo', jobId: 1, parentJobId: 1, requestId: 'r', facts: 1 },
    ...{
      clientName: 'sql01',
      policyName: 'nightly',
      policyType: 'STANDARD',
      jobType: 'BACKUP',
      scheduleType: 'ST_FULL',
    },
    runs: [{ state, status, startTime, receivedAt: ended.receivedAt }],
    ...ended,
  };
}

export function series(other: Partial<Series> = {}): Series {
  return {
    ...{ primary: 'demo', clientName: 'sql01', policyName: 'nightly', scheduleType: 'ST_FULL', jobType: 'BACKUP' },
    ...{ streak: 0, lastStatus: 0, lastJobId: 1, lastAt: TO - DAY, lastUsableAt: TO - DAY, ...other },
  };
}

/** An image that was made at a time; with `lostAt`, one that is gone since. Both epoch ms. */
export function image(made: number, lostAt?: number, other: Partial<Image> = {}): Image {
  const backupTime = Math.floor(made / 1000);
  const at = lostAt ?? made + HOUR;
  return {
    ...{ primary: 'demo', backupId: `sql01_${backupTime}`, clientName: 'sql01', clientType: 'STANDARD', backupTime },
    ...{
      condition: lostAt === undefined ? 'RESTORABLE' : 'DELETED',
      operationId: lostAt === undefined ? 'CREATE' : 'DELETE',
    },
    ...{
      createdTime: Math.floor(at / 1000),
      receivedAt: at,
      firstAt: made + HOUR,
      newestAt: at,
      requestId: 'r',
      facts: lostAt === undefined ? 1 : 2,
    },
    ...(lostAt !== undefined && { ageAtDeletion: Math.floor(lostAt / 1000) - backupTime }),
    ...other,
  };
}

async function* none(): AsyncGenerator<never> {}
export async function* each<T>(...all: readonly T[]): AsyncGenerator<T> {
  yield* all;
}

/** Questions to which the answer is nothing, but for an endpoint of `demo` and what `other` answers. */
export function asked(other: Partial<ReportQuestions> = {}): ReportQuestions {
  return {
    ...{ jobs: none, imageEvents: none, imagesOfClient: none, series: none, overdue: none, feeds: none },
    ...{ gaps: none, expectations: none, endpoints: () => each(endpointOf('demo', { tokenUsedAt: 0 })), ...other },
  };
}
