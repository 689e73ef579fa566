import * as v from 'valibot';
import { overdueExpectationKey, overdueSeriesKey } from '../keys/registry.ts';
import type { ItemKey } from '../keys/tables.ts';

/** An overdue backup, as alerts tell it. Times are epoch ms of receipt, durations ms. */
export const overdueBackup = v.object({
  client: v.string(),
  policy: v.string(),
  /** What makes it overdue: its own habit, or what people declared. */
  rule: v.picklist(['habit', 'declared']),
  /** Absent for `declared`, which is about all backups of the client under the policy. */
  scheduleType: v.optional(v.string()),
  jobType: v.optional(v.string()),
  /** The last usable run; 0 when none is known. */
  lastUsableAt: v.number(),
  /** The last usable run or, when none is known, when it was declared. */
  since: v.number(),
  /** How long it may go without a usable run. */
  limit: v.number(),
  /** Its usual gap, and the longest gap to be expected; absent for `declared`. */
  usual: v.optional(v.number()),
  longest: v.optional(v.number()),
  /**
   * For how long its primary server was not heard in the time before the backup was found overdue; absent when it was
   * heard throughout.
   */
  unheard: v.optional(v.number()),
  /** When it was first found overdue. */
  openedAt: v.number(),
  /** How many whole weeks after that it was last told. */
  reminder: v.number(),
});
export type OverdueBackup = v.InferOutput<typeof overdueBackup>;

/** What `watch` remembers about a backup from when it is overdue until that is over. */
export const overdueState = v.object({
  ...overdueBackup.entries,
  primary: v.string(),
  /** Identifies the last notice that told that it is overdue. */
  toldAt: v.number(),
  /** The usable run that ended it, and the notice that tells of that. Then the item is deleted. */
  resumedAt: v.optional(v.number()),
  endToldAt: v.optional(v.number()),
});
export type OverdueState = v.InferOutput<typeof overdueState>;

/** The key of an overdue backup's item. */
export function overdueKey(primary: string, { client, policy, rule, scheduleType = '', jobType = '' }: Named): ItemKey {
  if (rule === 'declared') return overdueExpectationKey(primary, client, policy);
  return overdueSeriesKey({ primary, clientName: client, policyName: policy, scheduleType, jobType });
}

type Named = Pick<OverdueBackup, 'client' | 'policy' | 'rule' | 'scheduleType' | 'jobType'>;
