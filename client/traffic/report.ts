import type { Delivery, Group, TrafficOptions } from './delivery.ts';
import { createDraw } from './draw.ts';

/** An entry, and when what it tells of happens, seconds since the traffic begins. */
export interface Report {
  at: number;
  object: 'JOB' | 'IMAGE';
  data: object;
  /** The job whose state it tells. Of several states between two polls only the last is seen. */
  stateOf?: number;
}

/** In every documented message these two run whole hours ahead of `timeStamp`, and `backupTime` does not. */
const AHEAD_SECONDS = 5 * 3_600;
export const startTime = (at: number) => at + AHEAD_SECONDS;
export const createdTime = startTime;

/** `notification.scheduledRate` of `nbwss.properties`: how often NetBackup looks what is new, seconds. */
const POLL_SECONDS = 5;

/** How many entries a message has at most. NetBackup's limit is not documented; the gateway's is 128 KB, which is some 500. */
export const MAX_ENTRIES = 60;

/**
 * What NetBackup sends of these reports: at each poll a message with all that is new, or several where that is much. A job that is
 * queued, starts and ends between two polls is first seen as DONE. `begin`: epoch seconds.
 */
export function polled(reports: readonly Report[], begin: number, { seed, firstJob }: TrafficOptions): Delivery[] {
  // Other jobs have other messages.
  const ids = createDraw(seed + firstJob);
  const byPoll = Map.groupBy(
    reports.toSorted((a, b) => a.at - b.at),
    ({ at }) => Math.max(1, Math.ceil(at / POLL_SECONDS)) * POLL_SECONDS,
  );
  return [...byPoll].flatMap(([seconds, news]) =>
    chunks(latest(news)).map((chunk) => ({
      at: seconds * 1_000,
      id: ids.id(),
      timeStamp: begin + seconds,
      payload: groupsOf(chunk),
    })),
  );
}

/** Of each job the last state, at the place of that. */
function latest(reports: readonly Report[]): Report[] {
  const last = new Map(reports.map((report) => [report.stateOf ?? report, report]));
  return reports.filter((report) => last.get(report.stateOf ?? report) === report);
}

function chunks(reports: readonly Report[]): Report[][] {
  const count = Math.ceil(reports.length / MAX_ENTRIES);
  return Array.from({ length: count }, (_, n) => reports.slice(n * MAX_ENTRIES, (n + 1) * MAX_ENTRIES));
}

function groupsOf(reports: readonly Report[]): Group[] {
  return (['JOB', 'IMAGE'] as const).flatMap((object) => {
    const data = reports.filter((report) => report.object === object).map((report) => report.data);
    return data.length === 0 ? [] : [{ notificationType: 'INFO', object, data }];
  });
}
