import { describe, expect, it } from 'vitest';
import { deservesAlert, failureItem } from '../../../functions/alerts/intent.ts';
import { jobFact } from '../support.ts';

describe('a job', () => {
  it('is worth an alert when it is DONE with any status but 0', () => {
    const statuses = [156, 1, -1, 0].map((status) => deservesAlert(jobFact({ status })));
    expect(statuses).toEqual([true, true, true, false]);
    for (const state of ['ACTIVE', 'QUEUED', 'done', 'INCOMPLETE'])
      expect(deservesAlert(jobFact({ state }))).toBe(false);
  });

  it('has an intent that expires 30 days after its fact, or never if its fact never does', () => {
    const expiry = (jobDays: number | undefined) =>
      failureItem(jobFact({}, {}, { jobDays, imageDays: undefined })).expiresAt;
    expect(expiry(400)).toBe(1_795_462_413 + 430 * 86_400);
    expect(expiry(undefined)).toBeUndefined();
  });
});
