import type { FactItem } from '../../functions/ledger/fact.ts';
import { CANARY } from '../../functions/registry/canary.ts';
import { factOf } from '../facts.ts';

/** A fact on its way, and the client that its message names, if people are to hear of it. */
export interface Sent {
  fact: FactItem;
  alerts: string | undefined;
}

/** Of so many facts one is a failure. */
export const FAILS_EACH = 25;
const CLIENTS = 200;

/**
 * Facts that nothing reported before, each of a job or an image of its own: of four a backup that ended well or two, one that runs, an
 * image; and failures. These are of the canary, which the publisher tells one by one: all others it puts together to a dozen an hour.
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
