import { Duration } from 'aws-cdk-lib';
import type { Operations } from './operations.ts';
import type { Settings } from './settings.ts';

const PERIOD = Duration.minutes(5);

/**
 * Refusals in a period that neither the internet's noise nor a mistake brings: a primary server whose token is not good comes once a
 * minute (`connectionInfo.period`), so these are twenty of them.
 */
const REFUSALS = 100;

/** Which share of what the gateway takes no estate uses for a whole period: NetBackup sends at most each five seconds. */
const BUSY = 1 / 5;

/** Tells when somebody sends far more than primary servers do: strangers, or one that has a token. */
export function alarmOnFloods(
  operations: Operations,
  { requestsPerSecond }: Pick<Settings, 'requestsPerSecond'>,
): void {
  operations.alarmOn('Refused', {
    means: `Within five minutes ${REFUSALS} messages or connections were refused: somebody without a good token keeps trying.`,
    todo: 'Nothing of it is stored. The log of Ingest says why each was refused; docs/operations.md says how to find and stop it.',
    written: 'when it happens',
    period: PERIOD,
    sum: REFUSALS,
  });
  operations.alarmOn('Stored', {
    means: `For five minutes more than a fifth of what the gateway takes was notifications that were stored: somebody with a token floods nbwatch.`,
    todo: 'Alerts of other primary servers may come late. docs/operations.md says how to find which it is; nbwatch endpoint revoke NAME ends it.',
    written: 'when it happens',
    period: PERIOD,
    sum: Math.ceil(requestsPerSecond * BUSY * PERIOD.toSeconds()),
  });
}
