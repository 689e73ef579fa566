import type { Delivery, Group, TrafficOptions } from './delivery.ts';
import { createDraw } from './draw.ts';

/** An entry, and when what it reports happens: seconds since the traffic began. */
export interface Report {
  at: number;
  object: 'JOB' | 'IMAGE';
  data: object;
  /** The job whose state it reports. Of several states between two polls, only the last is seen. */
  stateOf?: number;
}

/**
 * In every documented message, `startTime` and `createdTime` are whole hours ahead of `timeStamp`; `backupTime` is not.
 */
const AHEAD_SECONDS = 5 * 3_600;
export const startTime = (at: number) => at + AHEAD_SECONDS;
export const createdTime = startTime;

/** `notification.scheduledRate` of `nbwss.properties`: how often NetBackup looks for news, seconds. */
const POLL_SECONDS = 5;

/**
 * The most entries in a message. NetBackup's limit is not documented; the gateway's is 128 KB, which is some 500 to 900
 * entries.
 */
export const MAX_ENTRIES = 60;

/**
 * What NetBackup sends of these reports: at each poll one message with all that is new, or several if that is too much
 * for one. A job that is queued, starts and ends between two polls is first seen as DONE. `begin`: epoch seconds.
 */
export function polled(reports: readonly Report[], begin: number, { seed, firstJob }: TrafficOptions): Delivery[] {
  // Other job ids get other message ids.
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

/** Keeps only the last state of each job, at its place. */
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
