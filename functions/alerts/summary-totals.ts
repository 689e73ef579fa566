import { orderBy } from '../records/order.ts';
import type { DailySummaryIntent } from './intent.ts';

/** What a primary did in a day. */
export type PrimaryDay = DailySummaryIntent['primaries'][number];
export type Totals = Omit<PrimaryDay, 'primary'>;

const NONE: Totals = {
  ...{ succeeded: 0, warnings: 0, cancelled: 0, failed: 0 },
  ...{ imagesCreated: 0, imagesDeleted: 0, putAside: 0, seriesFailing: 0 },
};

/** What all primaries did together. */
export function totalOf(primaries: readonly PrimaryDay[]): Totals {
  const names = Object.keys(NONE) as (keyof Totals)[];
  const sums = names.map((name) => [name, primaries.reduce((sum, one) => sum + one[name], 0)]);
  return { ...NONE, ...Object.fromEntries(sums) };
}

export function jobsOf({ succeeded, warnings, cancelled, failed }: Totals): number {
  return succeeded + warnings + cancelled + failed;
}

/** Whether nothing was heard of a primary all day. */
export function isSilent(one: PrimaryDay): boolean {
  return jobsOf(one) + one.imagesCreated + one.imagesDeleted + one.putAside === 0;
}

/** The order in which a person wants to look at primaries. */
export const worstFirst = orderBy<PrimaryDay>(
  (one) => -one.failed,
  (one) => (isSilent(one) ? 0 : 1),
  (one) => -one.putAside,
  (one) => -one.seriesFailing,
  (one) => -one.warnings,
  (one) => one.primary,
);
