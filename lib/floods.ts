import { Duration } from 'aws-cdk-lib';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { lambdaMetric, ownMetric } from './metrics.ts';
import type { NbwatchFunction } from './nbwatch-function.ts';
import type { Operations } from './operations.ts';
import type { Settings } from './settings.ts';

const PERIOD = Duration.minutes(5);
const SUM = { statistic: Stats.SUM, period: PERIOD };

/**
 * More refusals in a period than the internet's noise or a mistake causes: a primary server with a bad token comes once
 * a minute (`connectionInfo.period`), so this is twenty such servers.
 */
const REFUSALS = 100;

/**
 * A share of the gateway's limit that no estate uses for a whole period: NetBackup sends at most every five seconds.
 */
const BUSY = 1 / 5;

/** Raises alarms when somebody sends far more than primary servers do: strangers, or somebody who has a token. */
export function alarmOnFloods(
  operations: Operations,
  ingest: NbwatchFunction,
  { requestsPerSecond }: Pick<Settings, 'requestsPerSecond'>,
): void {
  operations.alarmOnMetric('Refused', ownMetric(operations, 'Refused', SUM), {
    means: `Within five minutes ${REFUSALS} messages or connections were refused: somebody without a good token keeps trying.`,
    todo: 'Nothing of it is stored. The log of Ingest says why each was refused, and where it came from.',
    written: 'when it happens',
    threshold: REFUSALS,
    lasts: 3,
  });
  // Lambda counts what the gateway lets through: connects, messages and disconnects, whoever sends them and whatever
  // becomes of them.
  operations.alarmOnMetric('Flood', lambdaMetric(ingest, 'Invocations', SUM), {
    means:
      'For five minutes more than a fifth of the requests that the gateway takes have come: more than primary servers send.',
    todo: 'Alerts of all primary servers may come late. npx nbwatch endpoint revoke NAME ends one that has a token.',
    written: 'when it happens',
    threshold: Math.ceil(requestsPerSecond * BUSY * PERIOD.toSeconds()),
    lasts: 3,
  });
}
