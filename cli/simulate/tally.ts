import * as v from 'valibot';
import type { ClientEvent } from '../../client/primary.ts';
import { DONE } from '../../functions/nbwss/job.ts';
import { readNotification } from '../../functions/nbwss/notification.ts';
import { runOutcome } from '../../functions/records/series.ts';

/** The results of sending so far. */
export interface Tally {
  /** Ids of the notifications that went out. */
  ids: Set<string>;
  /** Notifications that went out, each counted once, and their entries. */
  sent: number;
  entries: number;
  /** Failed jobs among the entries. */
  failedJobs: number;
  acknowledged: number;
  /** How often a notification was sent again because its acknowledgement did not come. */
  resends: number;
  /** Connections that were accepted. */
  accepted: number;
  /**
   * Frames that are no NBWSS message. The gateway sends one when it is throttled, and a primary server then hangs up.
   */
  undecodable: number;
  /** For each acknowledged notification, the ms from its first sending to its acknowledgement. */
  times: number[];
}

export function createTally(): Tally {
  const none = { sent: 0, entries: 0, failedJobs: 0, acknowledged: 0, resends: 0, accepted: 0, undecodable: 0 };
  return { ids: new Set(), ...none, times: [] };
}

const failure = v.object({
  state: v.literal(DONE),
  status: v.pipe(
    v.number(),
    v.check((status) => runOutcome(status) === 'failed'),
  ),
});

/** Adds an event of a client to the tally. */
export function note(tally: Tally, event: ClientEvent): void {
  if (event.kind === 'accepted') tally.accepted += 1;
  if (event.kind === 'undecodable') tally.undecodable += 1;
  if (event.kind === 'sent' && event.attempt > 1) tally.resends += 1;
  if (event.kind === 'sent' && event.attempt === 1) {
    const { entries } = readNotification(event.message.payload);
    tally.ids.add(event.id);
    tally.sent += 1;
    tally.entries += entries.length;
    tally.failedJobs += entries.filter(({ entry }) => v.is(failure, entry)).length;
  }
  if (event.kind === 'acknowledged') {
    tally.acknowledged += 1;
    tally.times.push(event.ms);
  }
}

/** The smallest of the numbers that `percent` percent of them do not exceed; 0 without numbers. */
export function percentile(numbers: readonly number[], percent: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0;
}
