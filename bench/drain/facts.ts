import type { FactItem } from '../../functions/ledger/fact.ts';
import { CANARY } from '../../functions/registry/canary.ts';
import { factOf } from '../facts.ts';

/** A fact on its way, and the client that its message names if the fact causes an alert. */
export interface Sent {
  fact: FactItem;
  alerts: string | undefined;
}

/** One in so many facts is a failure. */
export const FAILS_EACH = 25;
const CLIENTS = 200;

/**
 * Makes facts that were not reported before, each of a job or an image of its own. Out of four, two are backups that
 * ended well, one is a backup that runs, and one is an image; some are failures instead. The failures are of the
 * canary, whose failures the publisher sends one by one: all others it combines to a dozen messages an hour.
 */
export function factMaker(): (receivedAt: number) => Sent {
  let made = 0;
  return (receivedAt) => {
    const n = made++;
    const seconds = Math.floor(receivedAt / 1000);
    const of = { startTime: seconds - 600, policyType: 'STANDARD', jobType: 'BACKUP', scheduleType: 'ST_FULL' };
    const clientName = `client${n % CLIENTS}.example.com`;
    const job = { jobId: 1_000_000 + n, parentJobId: 1_000_000 + n, clientName, policyName: 'Nightly', ...of };
    if (n % FAILS_EACH === FAILS_EACH - 1) {
      const alerts = `canary${n}`;
      const failed = { ...job, clientName: alerts, state: 'DONE', status: 6 };
      return { fact: factOf(CANARY.primary, 'JOB', failed, receivedAt), alerts };
    }
    if (n % 4 === 3) {
      const image = { backupId: `${clientName}_${1_000_000_000 + n}`, backupTime: 1_000_000_000 + n, clientName };
      const created = { ...image, operationId: 'CREATE', createdTime: seconds, clientType: 'STANDARD' };
      return { fact: factOf('berlin', 'IMAGE', created, receivedAt), alerts: undefined };
    }
    const state = n % 4 === 2 ? 'ACTIVE' : 'DONE';
    return { fact: factOf('berlin', 'JOB', { ...job, state, status: 0 }, receivedAt), alerts: undefined };
  };
}
