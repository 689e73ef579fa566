import type { Traffic, TrafficOptions } from './delivery.ts';
import { createDraw } from './draw.ts';
import { reportOfImage } from './job.ts';
import { polled } from './report.ts';

const DAY = 86_400;
/** For how many days each client has an image. */
const DAYS = 14;
/** Images of how many days are deleted, the newest first, and within how many seconds. */
const GONE_DAYS = 6;
const SECONDS = 600;

/**
 * Somebody deletes the young images of all clients, the newest first, within ten minutes. The first minute reports what
 * there is to delete: images of two weeks, which a primary server would have reported day by day.
 */
export function ransom(options: TrafficOptions): Traffic {
  const draw = createDraw(options.seed);
  const begin = options.endsAt - SECONDS;
  const images = Array.from({ length: options.clients }, (_, client) => {
    // Not the clients of a night: next to its young images, these would look like the old end.
    const clientName = `file${String(client + 1).padStart(4, '0')}`;
    return Array.from({ length: DAYS }, (_, day) => {
      const backupTime = begin - (day + 1) * DAY + draw.whole(0, 3_600);
      return { clientName, clientType: 'STANDARD', backupTime, day };
    });
  }).flat();
  const gone = images.filter(({ day }) => day < GONE_DAYS).sort((a, b) => b.backupTime - a.backupTime);
  const reports = [
    ...images.map((image) => reportOfImage(image, 'CREATE', 1, begin)),
    ...gone.map((image, index) => {
      const at = 60 + Math.floor((index / gone.length) * (SECONDS - 60));
      return reportOfImage(image, 'DELETE', at, begin);
    }),
  ];
  return { deliveries: polled(reports, begin, options), ms: SECONDS * 1_000 };
}
