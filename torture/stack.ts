import { ACCOUNT, REGION } from '../local/environment.ts';
import { type Assembly, synthesize } from '../local/stack/synthesize.ts';
import { SUBSCRIBER } from './storm.ts';

/** The stack with a queue that subscribes to all alerts, and with the most messages an hour that can be set. */
export function synthesizeForTorture(folder: string): Promise<Assembly> {
  const endpoint = `arn:aws:sqs:${REGION}:${ACCOUNT}:${SUBSCRIBER}`;
  return synthesize(folder, {
    'nbwatch:subscriptions': JSON.stringify([{ protocol: 'sqs', endpoint, minSeverity: 'information' }]),
    'nbwatch:alertsPerHour': 60,
  });
}
