import * as v from 'valibot';
import { overdueExpectationKey, overdueSeriesKey } from '../keys/registry.ts';
import type { ItemKey } from '../keys/tables.ts';

/** A backup that is overdue, as it is told. Times are epoch ms of receipt, durations ms. */
export const overdueBackup = v.object({
  client: v.string(),
  policy: v.string(),
  /** By what it is overdue: what it did before, or what people declared. */
  rule: v.picklist(['habit', 'declared']),
  /** Absent for what was declared: that is all backups of the client under the policy. */
  scheduleType: v.optional(v.string()),
  jobType: v.optional(v.string()),
  /** The last usable run; 0: none is known. */
  lastUsableAt: v.number(),
  /** The same, or when it was declared where none is known. */
  since: v.number(),
  /** How long it may be without a usable run. */
  limit: v.number(),
  /** Its usual gap and the longest that is to be expected; absent for what was declared. */
  usual: v.optional(v.number()),
  longest: v.optional(v.number()),
  /** For how long nothing was heard of its primary server in the time before it was found overdue; absent for never. */
  unheard: v.optional(v.number()),
  /** When that was first seen. */
  openedAt: v.number(),
  /** How many whole weeks ago that was when it was last told. */
  reminder: v.number(),
});
export type OverdueBackup = v.InferOutput<typeof overdueBackup>;

/** What is remembered of a backup from when it is overdue until that is over. */
export const overdueState = v.object({
  ...overdueBackup.entries,
  primary: v.string(),
  /** Which notice was the last to tell that it is overdue. */
  toldAt: v.number(),
  /** The usable run that ended it, and which notice tells of that; it is forgotten then. */
  resumedAt: v.optional(v.number()),
  endToldAt: v.optional(v.number()),
});
export type OverdueState = v.InferOutput<typeof overdueState>;

/** Where it is remembered. */
export function placeOf(primary: string, { client, policy, rule, scheduleType = '', jobType = '' }: Named): ItemKey {
  if (rule === 'declared') return overdueExpectationKey(primary, client, policy);
  return overdueSeriesKey({ primary, clientName: client, policyName: policy, scheduleType, jobType });
}

type Named = Pick<OverdueBackup, 'client' | 'policy' | 'rule' | 'scheduleType' | 'jobType'>;
