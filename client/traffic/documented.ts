import jobActive from '../../examples/03-job-active.json' with { type: 'json' };
import restoreDone from '../../examples/04-restore-done.json' with { type: 'json' };
import imageDeleted from '../../examples/05-image-deleted.json' with { type: 'json' };
import imageDeletedAir from '../../examples/06-image-deleted-air.json' with { type: 'json' };
import jobAndImages from '../../examples/07-job-and-images.json' with { type: 'json' };
import jobFailed from '../../examples/08-job-failed.json' with { type: 'json' };
import type { Traffic } from './delivery.ts';

const MESSAGES = [jobActive, restoreDone, imageDeleted, imageDeletedAir, jobAndImages, jobFailed];

/** The documented messages and a failed job, unchanged from `examples/`. */
export function documented(): Traffic {
  const deliveries = MESSAGES.map(({ id, timeStamp, payload }, index) => ({
    at: index * 1_000,
    id,
    timeStamp,
    payload,
  }));
  return { deliveries, ms: MESSAGES.length * 1_000 };
}
