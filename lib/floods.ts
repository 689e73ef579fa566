import { Duration } from 'aws-cdk-lib';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { lambdaMetric, ownMetric } from './metrics.ts';
import type { NbwatchFunction } from './nbwatch-function.ts';
import type { Operations } from './operations.ts';
import type { Settings } from './settings.ts';

const PERIOD = Duration.minutes(5);
const SUM = { statistic: Stats.SUM, period: PERIOD };

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
  ingest: NbwatchFunction,
  { requestsPerSecond }: Pick<Settings, 'requestsPerSecond'>,
): void {
  operations.alarmOnMetric('Refused', ownMetric(operations, 'Refused', SUM), {
    means: `Within five minutes ${REFUSALS} messages or connections were refused: somebody without a good token keeps trying.`,
    todo: 'Nothing of it is stored. The log of Ingest says why each was refused, and whence it came.',
    written: 'when it happens',
    threshold: REFUSALS,
    lasts: 3,
  });
  // Lambda counts what the gateway lets through: connects, messages and disconnects, whoever sends them and whatever comes of them.
  operations.alarmOnMetric('Flood', lambdaMetric(ingest, 'Invocations', SUM), {
    means: 'For five minutes more than a fifth of what the gateway takes has come: more than primary servers send.',
    todo: 'Alerts of all primary servers may come late. npx nbwatch endpoint revoke NAME ends one that has a token.',
    written: 'when it happens',
    threshold: Math.ceil(requestsPerSecond * BUSY * PERIOD.toSeconds()),
    lasts: 3,
  });
}
