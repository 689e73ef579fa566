import type { Pace } from '../part.ts';
import { type Extent, RECORDS_OF_DAY } from './estate.ts';
import type { QueryPlan } from './measure.ts';

/** How long facts and records of jobs are kept. */
const MOST_DAYS = 400;

/** An extent of about so many records: more days, up to how long they are kept, then more primary servers. */
export function extentOf(records: number): Extent {
  const primaries = Math.max(1, Math.ceil(records / MOST_DAYS / RECORDS_OF_DAY - 0.1));
  return { primaries, days: Math.min(MOST_DAYS, Math.round(records / RECORDS_OF_DAY / primaries)) };
}

export function planOf({ rounds, records, quick }: Pace): QueryPlan {
  if (quick) return { extents: [1_000, 2_000, 3_000].map(extentOf), rounds, asks: 2, warm: 1 };
  return { extents: [records / 100, records / 10, records].map(extentOf), rounds, asks: 400, warm: 20 };
}
