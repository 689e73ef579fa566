import { describe, log } from '../runtime/log.ts';
import { logCounted, type MetricName } from '../runtime/metrics.ts';
import { watchCertificate } from './certificate-watch.ts';
import type { WatchContext } from './context.ts';
import { summarize } from './daily-summary.ts';
import { watchDeletions } from './deletion-watch.ts';
import { watchFeeds } from './feed-watch.ts';
import { countGivenUp } from './given-up.ts';
import { countConnections } from './live-connections.ts';
import { watchOverdue } from './overdue-watch.ts';
import { countPending } from './pending-intents.ts';
import { checkSubscriptions } from './subscriptions.ts';

/** What a duty counted; nothing when this was not its minute to run. */
export type Counts = Partial<Record<MetricName, number>>;

/**
 * `timeLeft`: how many ms the run may still take. `again`: the duty failed in the last run, so now it runs in every
 * minute.
 */
type Duty = (context: WatchContext, timeLeft: () => number, again: boolean) => Promise<Counts>;

/** Everything that each run looks for. */
const DUTIES: Readonly<Record<string, Duty>> = {
  feeds: watchFeeds,
  'overdue backups': watchOverdue,
  connections: countConnections,
  subscriptions: checkSubscriptions,
  'daily summary': summarize,
  deletions: watchDeletions,
  'pending intents': countPending,
  'given-up records': countGivenUp,
  certificate: watchCertificate,
};

/**
 * Metrics that are written only when they are not 0. A metric that is written all the time costs as much as three
 * alarms, and the alarms of these treat a missing value as good. `WatchFailed` shows whether this function runs at all.
 */
const WRITTEN_WHEN_IT_HAPPENS: readonly MetricName[] = [
  'SeveralConnections',
  'ConnectionChurn',
  'SubscriptionsMissing',
  'CertificateChanged',
  'GivenUp',
];

/**
 * Runs every duty, whatever becomes of the others. Throws after all have ended if any failed. A failed duty runs every
 * minute until it succeeds: the alarm asks whether all runs of five minutes failed, and would never see a duty that has
 * its minute once an hour.
 */
export async function watch(context: WatchContext, timeLeft: () => number): Promise<void> {
  const counts: Counts = {};
  const failed: string[] = [];
  const before = new Set(context.failed);
  await Promise.all(
    Object.entries(DUTIES).map(async ([duty, done]) => {
      try {
        Object.assign(counts, await done(context, timeLeft, before.has(duty)));
        context.failed.delete(duty);
      } catch (error) {
        failed.push(duty);
        context.failed.add(duty);
        log.error('A duty failed; the next run tries it again', { duty, error: describe(error) });
      }
    }),
  );
  for (const name of WRITTEN_WHEN_IT_HAPPENS) if (counts[name] === 0) delete counts[name];
  // Also when nothing was found: then the alarms know that all is well. If this is missing, the function does not run.
  logCounted('info', 'watched', { ...counts, WatchFailed: failed.length }, { failed });
  if (failed.length > 0) throw new Error(`Failed: ${failed.sort().join(', ')}`);
}
